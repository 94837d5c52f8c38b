"""Spill queue - forwards spilled rows to Tinybird, or to the dead-letter queue with the reason."""

from pixel.ingest.drain import drain_spill

handler = drain_spill
