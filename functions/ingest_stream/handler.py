"""Event stream - records of Kinesis, shard by shard."""

from pixel.stream_events import ingest_stream

handler = ingest_stream
