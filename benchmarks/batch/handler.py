"""Convert the lines of a body to rows for Tinybird in one thread, to measure what one core does per second."""

import time
from statistics import median
from typing import Any

from pixel.http.request_bodies import parse_json
from pixel.ingest.event import IncomingEvent, read_pending


def handler(event: dict[str, Any], _context: object) -> dict[str, float]:
    lines, workspace_id = event["lines"], event["workspace_id"]
    _rows(lines, workspace_id)  # looks up the website before the measurement
    seconds = []
    for _ in range(event["rounds"]):
        before = time.process_time()
        _rows(lines, workspace_id)
        seconds.append(time.process_time() - before)
    return {"events_per_second": len(lines) / median(seconds)}


def _rows(lines: list[str], workspace_id: str) -> bytes:
    rows = (read_pending(IncomingEvent(parse_json(line), workspace_id)).row for line in lines)
    return "\n".join(rows).encode()
