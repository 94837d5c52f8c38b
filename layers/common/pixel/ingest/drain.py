"""The consumer of the spill queue, which forwards rows to Tinybird, or to the dead-letter queue with the reason."""

from typing import Any

from pixel.aws import queues
from pixel.foundation import JsonObject
from pixel.foundation.observability import flush_metrics, logger, record_age
from pixel.foundation.settings import settings
from pixel.ingest import spill
from pixel.ingest.row_batch import RowBatch
from pixel.ingest.spill import Spilled


def drain_spill(event: JsonObject, _context: Any) -> JsonObject:
    """Forward a batch of messages and return its batch item failures."""
    records = event["Records"]
    record_age("SpillQueueWait", queues.oldest_seconds(records))
    batch = RowBatch(records, settings().spill_queue_url, _read)
    batch.forward()
    logger.info("spill batch processed", messages=len(records), done=len(batch.done), calls=batch.pace.calls)
    flush_metrics()
    return batch.failures


def _read(record: JsonObject) -> Spilled:
    return spill.read(record["body"])
