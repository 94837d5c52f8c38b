"""Files - events in objects of the bucket, in bulk."""

from pixel.ingest.files.consumer import ingest_file

handler = ingest_file
