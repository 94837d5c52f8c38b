"""The consumer of the file queue, which imports the objects that S3 event notifications name.

The visibility timeout of a message is extended by some minutes at a time while its file is read, so that the message is
delivered again soon after a run is killed. Lambda stores failed batches of the stream in the same bucket, and they are
processed in the same way.
"""

import json
from collections.abc import Sequence
from typing import Any

from pixel.aws import objects, queues
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ErrorCode, LoggableError, field_error
from pixel.foundation.observability import describe, flush_metrics, logger, record_age
from pixel.foundation.settings import settings
from pixel.ingest.event import IncomingEvent, Result
from pixel.ingest.files import attempts
from pixel.ingest.files.importer import Imported, ImportState, import_object
from pixel.ingest.files.results import INCOMING
from pixel.ingest.pipeline import ingest_or_raise
from pixel.ingest.sources.envelopes import Delivery, S3Notification, S3Object, delivery_of, unwrap
from pixel.ingest.sources.settlement import Rejected, dead_letter, deadline_of
from pixel.ingest.sources.stream import unfinished_records

_FAILED_BATCHES = "aws/lambda/"  # where Lambda stores failed batches of the stream
_VISIBILITY_SECONDS = 180
_VISIBILITY_SECONDS_MIN = 120
_STOP_SECONDS = 20.0  # reserved for saving the progress and returning
_DELAY_SECONDS = 60


def ingest_file(event: JsonObject, context: Any) -> JsonObject:
    """Import the files of a batch of messages and return its batch item failures."""
    deadline = deadline_of(context) - _STOP_SECONDS
    record_age("FileQueueWait", queues.oldest_seconds(event["Records"]))
    failed = [record["messageId"] for record in event["Records"] if not _is_done(record, deadline)]
    flush_metrics()
    return queues.batch_item_failures(failed)


def _is_done(record: JsonObject, deadline: float) -> bool:
    message = _Visibility(record["receiptHandle"])
    try:
        imported = _attempt(record, message, deadline)
    except Exception as failure:  # noqa: BLE001 - after any failure, the message must stay
        logger.error("file import failed", extra=describe(failure))
        imported = Imported(ImportState.RETRY, type(failure).__name__, _DELAY_SECONDS)
    match imported.state:
        case ImportState.CONTINUE:
            message.change(0)
        case ImportState.RETRY:
            message.change(queues.retry_delay(queues.receive_count(record), imported.seconds))
        case ImportState.DONE:
            return True
    return False


def _attempt(record: JsonObject, message: "_Visibility", deadline: float) -> Imported:
    """Process a message, or send it to the dead-letter queue if it failed too often."""
    if queues.receive_count(record) == 1:
        return _process(record, message, deadline)
    message_id = record["messageId"]
    failures = attempts.failures(message_id)
    if failures >= attempts.FAILURES_MAX:
        logger.error("file import given up", message_id=message_id, failures=failures)
        return _give_up(delivery_of(record))
    attempts.note(message_id, failures + 1)
    imported = _process(record, message, deadline)
    if not imported.is_failed:
        attempts.note(message_id, 0 if imported.is_attempt else failures)
    return imported


class _Visibility:
    """The visibility timeout of a message."""

    def __init__(self, receipt: str) -> None:
        self._receipt = receipt
        self._until = 0.0

    def extend(self) -> None:
        if self._until - epoch_seconds() < _VISIBILITY_SECONDS_MIN:
            self.change(_VISIBILITY_SECONDS)
            self._until = epoch_seconds() + _VISIBILITY_SECONDS

    def change(self, seconds: int) -> None:
        try:
            queues.change_visibility(settings().file_queue_url, {self._receipt: seconds})
        except LoggableError as failure:
            logger.warning("visibility timeout could not be changed", reason=str(failure))


def _process(record: JsonObject, message: _Visibility, deadline: float) -> Imported:
    """Import the objects of a message and return the result that is furthest from done."""
    delivery = delivery_of(record)
    results = [Imported(ImportState.DONE)]
    for found in unwrap(delivery):
        if isinstance(found, S3Notification):
            results += [_import_object(pointer, delivery, message, deadline) for pointer in found.objects]
        else:
            results.append(
                _dead_letter(delivery, "This is not an S3 event notification; send events to the ingest queue.")
            )
    return max(results, key=lambda imported: (list(ImportState).index(imported.state), imported.is_failed))


def _import_object(pointer: S3Object, delivery: Delivery, message: _Visibility, deadline: float) -> Imported:
    if pointer.bucket != settings().files_bucket:
        return _dead_letter(
            delivery, "The object is in another bucket; copy it to incoming/ in the bucket of this stack."
        )
    if pointer.key.startswith(_FAILED_BATCHES):
        return _ingest_failed_batch(pointer, delivery, deadline)
    if not pointer.key.startswith(INCOMING) or pointer.key.endswith("/"):
        logger.info("object is not a file to import", is_incoming=pointer.key.startswith(INCOMING))
        return Imported(ImportState.DONE)

    def ingest(incoming: Sequence[IncomingEvent], *, seconds: float) -> list[Result]:
        message.extend()
        return ingest_or_raise(incoming, seconds=seconds)

    message.extend()
    return import_object(pointer, ingest, deadline=deadline)


def _ingest_failed_batch(pointer: S3Object, delivery: Delivery, deadline: float) -> Imported:
    """Ingest a batch that Lambda stored as failed, as if the stream delivered it again."""
    content = objects.get_object(pointer.bucket, pointer.key)
    if content is None:
        return Imported(ImportState.DONE, "the object no longer exists")
    records = _records(content)
    if records is None:
        return _dead_letter(
            delivery, "The object is not the record of a failed Lambda batch; upload files under incoming/."
        )
    failed = unfinished_records(records, deadline=deadline)
    logger.info("failed batch processed", records=len(records), failed=len(failed))
    return Imported(ImportState.RETRY if failed else ImportState.DONE, seconds=_DELAY_SECONDS)


def _records(content: bytes) -> list[JsonObject] | None:
    """Return the records of a failed batch, which Lambda stores as text within JSON, or None if it is not one."""
    try:
        payload = json.loads(content)["payload"]
        records = (json.loads(payload) if isinstance(payload, str) else payload)["Records"]
    except (ValueError, KeyError, TypeError):
        return None
    return records if isinstance(records, list) else None


def _dead_letter(delivery: Delivery, sentence: str) -> Imported:
    return _settle(Rejected(delivery, field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)))


def _give_up(delivery: Delivery) -> Imported:
    sentence = (
        "The import failed again and again; see the log of ingest_file, and replay this once the cause is corrected."
    )
    return _settle(Rejected(delivery, field_error(ErrorCode.INTERNAL_ERROR, "body", "failed", sentence)))


def _settle(rejected: Rejected) -> Imported:
    return Imported(ImportState.RETRY if dead_letter([rejected]) else ImportState.DONE, seconds=_DELAY_SECONDS)
