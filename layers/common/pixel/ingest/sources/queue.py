"""The consumer of the ingest queue, to which other services of the account send events.

A message is done when each of its events is kept, or is in the dead-letter queue with the reason. A message that cannot
be processed now is reported as a batch item failure and delivered again; the rest of the batch is not.
"""

from collections.abc import Sequence
from typing import Any

from pixel.aws import queues
from pixel.aws.queues import NotSentError
from pixel.foundation import JsonObject
from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.foundation.observability import describe, flush_metrics, logger, record_age
from pixel.foundation.settings import settings
from pixel.ingest.sources.envelopes import S3Notification, Unwrapped, delivery_of, unwrap
from pixel.ingest.sources.settlement import deadline_of, settle


def ingest_queue(event: JsonObject, context: Any) -> JsonObject:
    """Ingest a batch of messages and return its batch item failures."""
    records = event["Records"]
    record_age("IngestQueueWait", queues.oldest_seconds(records))
    try:
        failed = _process(records, deadline=deadline_of(context))
    except Exception as failure:  # noqa: BLE001 - after any failure, messages not known to be done must stay
        logger.error("queue batch failed", extra=describe(failure))
        failed = {record["messageId"] for record in records}
    logger.info("queue batch processed", messages=len(records), failed=len(failed))
    flush_metrics()
    return queues.batch_item_failures(failed)


def _process(records: Sequence[JsonObject], *, deadline: float) -> set[str]:
    """Process messages and return the ids of those that failed."""
    found: list[tuple[str, Unwrapped]] = []
    notifications: list[tuple[str, S3Notification]] = []
    for record in records:
        message_id = record["messageId"]
        for one in unwrap(delivery_of(record)):
            if not isinstance(one, S3Notification):
                found.append((message_id, one))
            elif settings().file_queue_url:
                notifications.append((message_id, one))
            else:
                found.append((message_id, Unwrapped(delivery_of(record), error=_files_are_disabled())))
    done = settle([one for _, one in found], deadline=deadline)
    failed = {message_id for (message_id, _), is_done in zip(found, done, strict=True) if not is_done}
    return failed | _forward_notifications(notifications)


def _files_are_disabled() -> ApiError:
    sentence = (
        "This is an S3 event notification, but file imports are disabled; deploy the stack with EnableFiles=true."
    )
    return field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)


def _forward_notifications(notifications: Sequence[tuple[str, S3Notification]]) -> set[str]:
    """Forward notifications to the file queue, one message for each object, whatever the size of the notification.

    Returns the ids of the messages for which that failed.
    """
    texts = [(message_id, text) for message_id, notification in notifications for text in notification.texts]
    try:
        queues.send(settings().file_queue_url, [text for _, text in texts])
    except NotSentError as failure:
        logger.error("S3 notifications could not be forwarded", reason=str(failure))
        return {texts[position][0] for position in failure.positions}
    return set()
