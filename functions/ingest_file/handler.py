"""Files - events in objects of the bucket, in bulk."""

from pixel.file_events import ingest_file

handler = ingest_file
