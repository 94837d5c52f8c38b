"""Ingest queue - events that other services send, in whatever envelope."""

from pixel.queue_events import ingest_queue

handler = ingest_queue
