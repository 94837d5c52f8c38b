"""Files - imports events from objects in the bucket."""

from pixel.ingest.files.consumer import ingest_file

handler = ingest_file
