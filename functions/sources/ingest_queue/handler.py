"""Ingest queue - events that other services send, in whatever envelope."""

from pixel.ingest.sources.queue import ingest_queue

handler = ingest_queue
