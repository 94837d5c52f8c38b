"""The consumer of the event stream: records of Kinesis, each with an event or a list of events.

The records of a shard are taken in order. Lambda delivers them again from the first that cannot be done now. Events
behind it that were kept make the same rows again, which count once.
"""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from typing import Any

from pixel.foundation import JsonObject
from pixel.foundation.errors import ErrorCode, LoggableError, field_error
from pixel.foundation.observability import describe, flush_metrics, logger
from pixel.ingest.sources.envelopes import Delivery, Notice, Opened, open_delivery
from pixel.ingest.sources.settlement import end_of, settle


class BatchFailedError(LoggableError):
    """Hides the exception that failed a batch: Lambda prints what is raised, and its text may quote an event."""


def ingest_stream(event: JsonObject, context: Any) -> JsonObject:
    """Take a batch. An unforeseen failure is raised: Lambda then halves the batch until it has the record at fault."""
    records = event["Records"]
    try:
        waits = waiting_records(records, ends_at=end_of(context))
    except Exception as failure:  # noqa: BLE001 - raised again under a name of ours
        logger.error("ingest from the stream failed", extra=describe(failure))
        raise BatchFailedError("the batch failed; the log line before this one says at what") from None
    finally:
        flush_metrics()
    logger.info("taken from the stream", records=len(records), wait=len(waits))
    return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]} for record in waits[:1]]}


def waiting_records(records: Sequence[JsonObject], *, ends_at: float) -> list[JsonObject]:
    """Take records and return those that are not done."""
    found = [(record, one) for record in records for one in _open(record)]
    done = settle([one for _, one in found], ends_at=ends_at)
    waiting = {id(record) for (record, _), is_done in zip(found, done, strict=True) if not is_done}
    return [record for record in records if id(record) in waiting]


def _open(record: JsonObject) -> Iterator[Opened]:
    kinesis = record["kinesis"]
    delivery = Delivery(
        text=_text(kinesis["data"]),
        origin=f"kinesis#{record['eventSourceARN']}#{record['eventID']}",
        at_ms=int(kinesis["approximateArrivalTimestamp"] * 1000),
    )
    for one in open_delivery(delivery):
        if isinstance(one, Notice):
            sentence = "This is a notice of S3, and the stream takes events only; send it to the ingest queue."
            yield Opened(delivery, error=field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence))
        else:
            yield one


def _text(data: str) -> str:
    """Decode a record. One that is not UTF-8 is not JSON either, and is rejected as such."""
    return b64decode(data).decode(errors="replace")
