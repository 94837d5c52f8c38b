"""The consumers of the spill queue and of the collect queue, whose messages have whole rows.

They forward them to Tinybird, or to the dead-letter queue with the reason. A message of the collect queue has the rows
of one request of a browser and one datasource, and a batch of them takes one call for each datasource.
"""

from typing import Any

from pixel.aws import queues
from pixel.foundation import JsonObject
from pixel.foundation.observability import flush_metrics, logger, record_age
from pixel.foundation.settings import settings
from pixel.ingest import spill
from pixel.ingest.row_batch import RowBatch
from pixel.ingest.spill import Spilled


def drain_spill(event: JsonObject, _context: Any) -> JsonObject:
    """Forward a batch of messages of the spill queue and return its batch item failures."""
    record_age("SpillQueueWait", queues.oldest_seconds(event["Records"]))
    return _drain(event["Records"], settings().spill_queue_url, "spill")


def drain_collect(event: JsonObject, _context: Any) -> JsonObject:
    """Forward a batch of messages of the collect queue and return its batch item failures."""
    record_age("CollectQueueWait", queues.oldest_seconds(event["Records"]))
    return _drain(event["Records"], settings().collect_queue_url, "collect")


def _drain(records: list[JsonObject], queue_url: str, name: str) -> JsonObject:
    batch = RowBatch(records, queue_url, _read)
    batch.forward()
    logger.info(f"{name} batch processed", messages=len(records), done=len(batch.done), calls=batch.pace.calls)
    flush_metrics()
    return batch.failures


def _read(record: JsonObject) -> Spilled:
    return spill.read(record["body"])
