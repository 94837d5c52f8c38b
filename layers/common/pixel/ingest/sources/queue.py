"""The consumer of the ingest queue, to which other services of the account send events.

A message is done when each of its events is kept, or in the dead-letter queue with the reason. A message that cannot be
done now stays in the queue and is delivered again; the others of its batch are not.
"""

from collections.abc import Sequence
from typing import Any

from pixel.aws import queues
from pixel.aws.queues import NotSentError
from pixel.foundation import JsonObject
from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.foundation.observability import describe, flush_metrics, logger
from pixel.foundation.settings import settings
from pixel.ingest.sources.envelopes import Notice, Opened, delivery_of, open_delivery
from pixel.ingest.sources.settlement import end_of, settle


def ingest_queue(event: JsonObject, context: Any) -> JsonObject:
    records = event["Records"]
    try:
        stays = _take(records, ends_at=end_of(context))
    except Exception as failure:  # noqa: BLE001 - whatever failed, a message that is not known to be done stays
        logger.error("ingest from the queue failed", extra=describe(failure))
        stays = {record["messageId"] for record in records}
    logger.info("taken from the queue", messages=len(records), stay=len(stays))
    flush_metrics()
    return queues.staying(stays)


def _take(records: Sequence[JsonObject], *, ends_at: float) -> set[str]:
    """Take messages and return the ids of those that stay."""
    found: list[tuple[str, Opened]] = []
    notices: list[tuple[str, Notice]] = []
    for record in records:
        message_id = record["messageId"]
        for one in open_delivery(delivery_of(record)):
            if not isinstance(one, Notice):
                found.append((message_id, one))
            elif settings().file_queue_url:
                notices.append((message_id, one))
            else:
                found.append((message_id, Opened(delivery_of(record), error=_files_are_off())))
    done = settle([one for _, one in found], ends_at=ends_at)
    stays = {message_id for (message_id, _), is_done in zip(found, done, strict=True) if not is_done}
    return stays | _hand_on(notices)


def _files_are_off() -> ApiError:
    sentence = "This is a notice of S3, but files are not enabled; deploy the stack with EnableFiles=true."
    return field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)


def _hand_on(notices: Sequence[tuple[str, Notice]]) -> set[str]:
    """Send notices on to the queue of files, and return the ids of the messages for which that failed."""
    try:
        queues.send(settings().file_queue_url, [notice.text for _, notice in notices])
    except NotSentError as failure:
        logger.error("notices of files cannot be handed on", reason=str(failure))
        return {notices[position][0] for position in failure.positions}
    return set()
