"""The consumer of the clicks queue, which forwards clicks of short links to Tinybird.

A message is a row of the datasource `clicks`, complete. Its `received_at` becomes the time at which the queue got the
message, which is the same however often it is delivered. What Tinybird cannot take now stays in the queue; what it
cannot take at all goes to the dead-letter queue with the reason. A click that is sent twice has one `click_id`, and
counts once.
"""

import json
from datetime import UTC, datetime
from typing import Any

from pixel.aws import queues
from pixel.foundation import JsonObject
from pixel.foundation.observability import flush_metrics, logger, record_age
from pixel.foundation.settings import settings
from pixel.http.request_bodies import InvalidJsonError, parse_json
from pixel.ingest.row_batch import RowBatch
from pixel.ingest.spill import Spilled, UnreadableMessageError
from pixel.tinybird import CLICKS


def record_clicks(event: JsonObject, _context: Any) -> JsonObject:
    """Forward a batch of clicks and return its batch item failures."""
    records = event["Records"]
    record_age("ClicksQueueWait", queues.oldest_seconds(records))
    batch = RowBatch(records, settings().clicks_queue_url, _read)
    batch.forward()
    logger.info("clicks batch processed", messages=len(records), done=len(batch.done), calls=batch.pace.calls)
    flush_metrics()
    return batch.failures


def _read(record: JsonObject) -> Spilled:
    """Return the row of a click. Raises UnreadableMessageError."""
    try:
        columns = parse_json(record["body"])
    except InvalidJsonError as failure:
        raise UnreadableMessageError("not JSON") from failure
    if not isinstance(columns, dict) or not all(
        isinstance(columns.get(name), str) for name in ("workspace_id", "click_id")
    ):
        raise UnreadableMessageError("not a click")
    sent_ms = int(record["attributes"]["SentTimestamp"])
    received_at = datetime.fromtimestamp(sent_ms / 1000, UTC).isoformat(timespec="milliseconds")
    row = json.dumps({**columns, "received_at": f"{received_at.removesuffix('+00:00')}Z"})
    return Spilled(CLICKS, (row,), sent_ms / 1000)
