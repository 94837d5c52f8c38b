"""The consumer of the event stream: Kinesis records, each with an event or a list of events.

The records of a shard are processed in order. Lambda delivers them again from the first that failed. Later events that
were already kept result in the same rows again, which count once.
"""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from typing import Any

from pixel.foundation import JsonObject
from pixel.foundation.errors import ErrorCode, LoggableError, field_error
from pixel.foundation.observability import describe, flush_metrics, logger
from pixel.ingest.sources.envelopes import Delivery, S3Notification, Unwrapped, unwrap
from pixel.ingest.sources.settlement import deadline_of, settle


class BatchFailedError(LoggableError):
    """A batch failed. It replaces the original exception, whose text Lambda would log and which may quote an event."""


def ingest_stream(event: JsonObject, context: Any) -> JsonObject:
    """Ingest a batch and return its first failure. On an unexpected failure raise, so that Lambda bisects the batch."""
    records = event["Records"]
    try:
        failed = unfinished_records(records, deadline=deadline_of(context))
    except Exception as failure:  # noqa: BLE001 - raised again without its text
        logger.error("stream batch failed", extra=describe(failure))
        raise BatchFailedError("the batch failed; see the previous log line") from None
    finally:
        flush_metrics()
    logger.info("stream batch processed", records=len(records), failed=len(failed))
    return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]} for record in failed[:1]]}


def unfinished_records(records: Sequence[JsonObject], *, deadline: float) -> list[JsonObject]:
    """Process records and return those that are not done."""
    found = [(record, one) for record in records for one in _open(record)]
    done = settle([one for _, one in found], deadline=deadline)
    waiting = {id(record) for (record, _), is_done in zip(found, done, strict=True) if not is_done}
    return [record for record in records if id(record) in waiting]


def _open(record: JsonObject) -> Iterator[Unwrapped]:
    kinesis = record["kinesis"]
    delivery = Delivery(
        text=_text(kinesis["data"]),
        origin=f"kinesis#{record['eventSourceARN']}#{record['eventID']}",
        at_ms=int(kinesis["approximateArrivalTimestamp"] * 1000),
    )
    for one in unwrap(delivery):
        if isinstance(one, S3Notification):
            sentence = (
                "This is an S3 event notification, but the stream accepts only events; send it to the ingest queue."
            )
            yield Unwrapped(delivery, error=field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence))
        else:
            yield one


def _text(data: str) -> str:
    """Decode the text of a record, in which invalid UTF-8 is replaced."""
    return b64decode(data).decode(errors="replace")
