"""Collect queue - forwards events of browsers to Tinybird, or to the dead-letter queue with the reason."""

from pixel.ingest.drain import drain_collect

handler = drain_collect
