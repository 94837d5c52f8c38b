"""Clicks queue - forwards clicks of short links to Tinybird, or to the dead-letter queue with the reason."""

from pixel.ingest.clicks import record_clicks

handler = record_clicks
