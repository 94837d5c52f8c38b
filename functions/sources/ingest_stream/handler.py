"""Event stream - ingests Kinesis records, shard by shard."""

from pixel.ingest.sources.stream import ingest_stream

handler = ingest_stream
