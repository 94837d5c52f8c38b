"""Ingest queue - ingests events of other services, in any supported envelope."""

from pixel.ingest.sources.queue import ingest_queue

handler = ingest_queue
