"""The event sources beside the API: how to find each one and how to put events into it."""

from __future__ import annotations

import json
import time
from itertools import batched
from typing import TYPE_CHECKING, Any, NamedTuple

from pixelctl.failures import ControlError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from pixelctl.target import Target

    # Sends events and returns the positions of those that failed.
    Send = Callable[[Any, str, Sequence[str]], list[int]]

_ROUNDS = 5
_PAUSE_SECONDS = 0.5
_BYTES_AT_ONCE_MAX = 240_000  # SQS, SNS and EventBridge accept 256 KiB in a call


class Source(NamedTuple):
    logical_id: str
    service: str
    parameter: str  # the template parameter that enables it
    at_once: int
    send: Send


def _to_queue(sqs: Any, url: str, events: Sequence[str]) -> list[int]:
    entries = [{"Id": str(place), "MessageBody": event} for place, event in enumerate(events)]
    return _failed(sqs.send_message_batch(QueueUrl=url, Entries=entries))


def _to_topic(sns: Any, arn: str, events: Sequence[str]) -> list[int]:
    entries = [{"Id": str(place), "Message": event} for place, event in enumerate(events)]
    return _failed(sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries))


def _failed(answer: Any) -> list[int]:
    return sorted(int(entry["Id"]) for entry in answer.get("Failed", []))


def _to_bus(events_api: Any, bus: str, events: Sequence[str]) -> list[int]:
    entries = [
        {"EventBusName": bus, "Source": "pixelctl", "DetailType": _name(event), "Detail": event} for event in events
    ]
    answer = events_api.put_events(Entries=entries)
    return [place for place, entry in enumerate(answer["Entries"]) if "ErrorCode" in entry]


def _to_stream(kinesis: Any, stream: str, events: Sequence[str]) -> list[int]:
    records = [{"Data": event.encode(), "PartitionKey": _visitor(event)} for event in events]
    answer = kinesis.put_records(StreamName=stream, Records=records)
    return [place for place, record in enumerate(answer["Records"]) if "ErrorCode" in record]


SOURCES = {
    "queue": Source("IngestQueue", "sqs", "EnableQueue", 10, _to_queue),
    "bus": Source("EventBus", "events", "EnableBus", 10, _to_bus),
    "topic": Source("EventTopic", "sns", "EnableTopic", 10, _to_topic),
    "stream": Source("EventStream", "kinesis", "EnableStream", 500, _to_stream),
}
FILES = "files"
_BUCKET = ("FilesBucket", "EnableFiles")


def list_sources(target: Target) -> dict[str, str | None]:
    """Return the physical name of each source, or None for one that is off."""
    logical_ids = {name: source.logical_id for name, source in SOURCES.items()} | {FILES: _BUCKET[0]}
    return {name: target.resources.get(logical_id) for name, logical_id in logical_ids.items()}


def put_events(target: Target, name: str, events: Iterable[str]) -> int:
    """Put each event at least once and return their number.

    Raise ControlError if some events still fail after several attempts; all events before them have been put.
    """
    source = SOURCES[name]
    place = _place(target, name, source.logical_id, source.parameter)
    client = target.connect(source.service)
    put = 0
    for batch in _batches(events, source.at_once):
        waiting = batch
        for attempt in range(_ROUNDS):
            waiting = [waiting[position] for position in source.send(client, place, waiting)]
            if not waiting:
                break
            time.sleep(_PAUSE_SECONDS * 2**attempt)
        else:
            raise ControlError(
                f"The {name} accepts no more events now; the first {put} are in it. Put the others later."
            )
        put += len(batch)
    return put


def put_file(target: Target, path: Path, key: str) -> str:
    """Upload a file unchanged and return its address; the API reads it later."""
    bucket = _place(target, FILES, *_BUCKET)
    target.connect("s3").upload_file(str(path), bucket, key)
    return f"s3://{bucket}/{key}"


def _place(target: Target, name: str, logical_id: str, parameter: str) -> str:
    if logical_id not in target.resources:
        raise ControlError(f"The stack has no {name}; deploy it with {parameter}=true.")
    return target.physical_id(logical_id)


def _batches(events: Iterable[str], at_once: int) -> Iterable[list[str]]:
    for together in batched(events, at_once, strict=False):
        batch: list[str] = []
        size = 0
        for event in together:
            if batch and size + len(event.encode()) > _BYTES_AT_ONCE_MAX:
                yield batch
                batch, size = [], 0
            batch.append(event)
            size += len(event.encode())
        yield batch


def _field(event: str, name: str) -> str:
    try:
        content = json.loads(event)
    except ValueError:
        return ""
    found = content.get(name) if isinstance(content, dict) else None
    return found if isinstance(found, str) else ""


def _name(event: str) -> str:
    return _field(event, "name") or "unknown"


def _visitor(event: str) -> str:
    """Return the partition key, which keeps the events of a visitor in order."""
    return (_field(event, "visitor_id") or "nobody")[:256]
