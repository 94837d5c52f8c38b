"""The consumer of the queue of files: a notice of S3 names an object, whose events are imported in bulk.

The visibility timeout of a message is extended by some minutes at a time while its file is read, so the message is
delivered again soon after a run is killed. Batches that Lambda gave up on a stream lie in the same bucket and are taken
in the same way.
"""

import json
from collections.abc import Sequence
from typing import Any

from pixel.aws import objects, queues
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ErrorCode, LoggableError, field_error
from pixel.foundation.observability import describe, flush_metrics, logger
from pixel.foundation.settings import settings
from pixel.ingest.event import Given, Result
from pixel.ingest.files.importer import Imported, Verdict, import_object
from pixel.ingest.files.results import INCOMING
from pixel.ingest.pipeline import ingest_or_wait
from pixel.ingest.sources.envelopes import Delivery, Notice, S3Object, delivery_of, open_delivery
from pixel.ingest.sources.settlement import Rejected, bury, end_of
from pixel.ingest.sources.stream import waiting_records

_GIVEN_UP = "aws/lambda/"  # where Lambda puts the batches that it gave up
_HIDDEN_SECONDS = 180
_HIDDEN_SECONDS_MIN = 120
_STOP_SECONDS = 20.0  # to save the progress and to return
_PAUSE_SECONDS = 60


def ingest_file(event: JsonObject, context: Any) -> JsonObject:
    ends_at = end_of(context) - _STOP_SECONDS
    stays = [record["messageId"] for record in event["Records"] if not _is_done(record, ends_at)]
    flush_metrics()
    return queues.staying(stays)


def _is_done(record: JsonObject, ends_at: float) -> bool:
    message = _Visibility(record["receiptHandle"])
    try:
        imported = _take(record, message, ends_at)
    except Exception as failure:  # noqa: BLE001 - whatever failed, a message that is not known to be done stays
        logger.error("a file failed", extra=describe(failure))
        imported = Imported(Verdict.LATER, type(failure).__name__, _PAUSE_SECONDS)
    match imported.verdict:
        case Verdict.CONTINUE:
            message.change(0)
        case Verdict.LATER:
            message.change(queues.pause(queues.receives(record), imported.seconds))
        case Verdict.DONE:
            return True
    return False


class _Visibility:
    """The visibility timeout of a message."""

    def __init__(self, receipt: str) -> None:
        self._receipt = receipt
        self._until = 0.0

    def extend(self) -> None:
        if self._until - epoch_seconds() < _HIDDEN_SECONDS_MIN:
            self.change(_HIDDEN_SECONDS)
            self._until = epoch_seconds() + _HIDDEN_SECONDS

    def change(self, seconds: int) -> None:
        try:
            queues.come_back(settings().file_queue_url, {self._receipt: seconds})
        except LoggableError as failure:
            logger.warning("visibility timeout was not changed", reason=str(failure))


def _take(record: JsonObject, message: _Visibility, ends_at: float) -> Imported:
    """Import the objects of a message and return the least finished result."""
    delivery = delivery_of(record)
    verdicts = [Imported(Verdict.DONE)]
    for found in open_delivery(delivery):
        if isinstance(found, Notice):
            verdicts += [_take_object(pointer, delivery, message, ends_at) for pointer in found.objects]
        else:
            verdicts.append(_bury(delivery, "This is not a notice of S3; send events to the ingest queue."))
    return max(verdicts, key=lambda imported: list(Verdict).index(imported.verdict))


def _take_object(pointer: S3Object, delivery: Delivery, message: _Visibility, ends_at: float) -> Imported:
    if pointer.bucket != settings().files_bucket:
        return _bury(delivery, "The object is in another bucket; copy it to incoming/ in the bucket of this stack.")
    if pointer.key.startswith(_GIVEN_UP):
        return _take_batch(pointer, delivery, ends_at)
    if not pointer.key.startswith(INCOMING) or pointer.key.endswith("/"):
        logger.info("not a file to import", key_prefix=pointer.key.partition("/")[0])
        return Imported(Verdict.DONE)

    def ingest(given: Sequence[Given], *, seconds: float) -> list[Result]:
        message.extend()
        return ingest_or_wait(given, seconds=seconds)

    message.extend()
    return import_object(pointer, ingest, ends_at=ends_at)


def _take_batch(pointer: S3Object, delivery: Delivery, ends_at: float) -> Imported:
    """Take a batch that Lambda gave up as if the stream delivered it again."""
    content = objects.get_object(pointer.bucket, pointer.key)
    if content is None:
        return Imported(Verdict.DONE, "it is gone")
    records = _records(content)
    if records is None:
        return _bury(delivery, "The object is not a batch that Lambda gave up; put files under incoming/.")
    waits = waiting_records(records, ends_at=ends_at)
    logger.info("taken from a batch that was given up", records=len(records), wait=len(waits))
    return Imported(Verdict.LATER if waits else Verdict.DONE, seconds=_PAUSE_SECONDS)


def _records(content: bytes) -> list[JsonObject] | None:
    """Return the records of a batch, which Lambda writes as text within JSON; None where this is no batch."""
    try:
        payload = json.loads(content)["payload"]
        records = (json.loads(payload) if isinstance(payload, str) else payload)["Records"]
    except (ValueError, KeyError, TypeError):
        return None
    return records if isinstance(records, list) else None


def _bury(delivery: Delivery, sentence: str) -> Imported:
    rejected = Rejected(delivery, field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence))
    return Imported(Verdict.LATER if bury([rejected]) else Verdict.DONE, seconds=_PAUSE_SECONDS)
