"""What a message holds, whoever wrapped it: an event, a list of events, or the notice of a file.

SQS brings what was sent, SNS and EventBridge put their envelopes around it, S3 says only where an object is, and a dead
letter that is sent again names the delivery that it came from. Envelopes may stand inside each other.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from pixel.events.models import EVENT_BYTES_MAX, EVENTS_MAX, is_too_large, read_event_or_identify
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds, from_iso
from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.http.request_bodies import InvalidJsonError, parse_json, too_large, unreadable
from pixel.ingest.event import Given

_DEPTH_MAX = 4
_AHEAD_MS_MAX = 3_600_000
_AGE_MS_MAX = 5 * 366 * 86_400_000  # as old as an event may be


class Delivery(NamedTuple):
    """A text, the name of this delivery among all that ever were, and when it came. Delivered anew, it is the same."""

    text: str
    origin: str
    at_ms: int


class Opened(NamedTuple):
    delivery: Delivery
    given: Given


class Rejected(NamedTuple):
    delivery: Delivery
    error: ApiError


class S3Object(NamedTuple):
    bucket: str
    key: str
    etag: str
    put: str  # tells it from others that lay, or will lie, under its name


class Notice(NamedTuple):
    """That objects were put into S3, as S3 says it."""

    text: str
    objects: list[S3Object]


def delivery_of(record: JsonObject) -> Delivery:
    """A message as SQS brings it."""
    attributes = record["attributes"]
    return Delivery(record["body"], f"sqs#{record['messageId']}", int(attributes["SentTimestamp"]))


def open_delivery(delivery: Delivery, depth: int = 0) -> Iterator[Opened | Rejected | Notice]:
    try:
        content = parse_json(delivery.text)
    except InvalidJsonError as failure:
        yield Rejected(delivery, unreadable(str(failure)))
        return
    if not isinstance(content, dict):
        yield _open_event(delivery, content)
    elif depth < _DEPTH_MAX and (inner := _inner(delivery, content)) is not None:
        yield from open_delivery(inner, depth + 1)
    elif (objects := _objects(content)) is not None:
        yield Notice(json.dumps(content), objects)
    elif content.get("Event") == "s3:TestEvent":
        return  # S3 says once that it can send
    elif content.keys() == {"events"}:
        yield from _open_list(delivery, content["events"])
    elif content.keys() >= {"id", "source", "detail-type", "detail"}:
        yield _open_detail(delivery._replace(origin=f"eventbridge#{content['id']}"), content)
    else:
        yield _open_event(delivery, content)


def _inner(delivery: Delivery, content: JsonObject) -> Delivery | None:
    """What stands in the envelope of SNS, or in one of our own dead letters."""
    match content:
        case {"Type": "Notification", "MessageId": str(message_id), "Message": str(message)}:
            return Delivery(message, f"sns#{message_id}", _at_ms(content.get("Timestamp"), delivery.at_ms))
        case {"origin": str(origin), "at_ms": int(at_ms), "event": str(event)}:
            return Delivery(event, origin, _credible(at_ms, delivery.at_ms))
        case _:
            return None


def _at_ms(told: Any, otherwise: int) -> int:
    """When a source took the event, where it says so credibly."""
    with suppress(ValueError, TypeError, OverflowError):
        return _credible(int(from_iso(told).timestamp() * 1000), otherwise)
    return otherwise


def _credible(at_ms: int, otherwise: int) -> int:
    age_ms = int(epoch_seconds() * 1000) - at_ms
    return at_ms if -_AHEAD_MS_MAX <= age_ms <= _AGE_MS_MAX else otherwise


def _objects(content: JsonObject) -> list[S3Object] | None:
    """That were put into S3, as EventBridge tells of one and S3 itself of some; None where it is no such notice."""
    match content:
        case {"source": "aws.s3", "detail-type": "Object Created", "detail": {"bucket": bucket, "object": named}}:
            found = [_object(bucket, named, "etag", lambda key: key)]
        case {"Records": [{"eventSource": "aws:s3"}, *_] as records}:
            found = [_object_of_record(record) for record in records]
        case _:
            return None
    return None if None in found else [one for one in found if one is not None]


def _object_of_record(record: Any) -> S3Object | None:
    match record:
        case {"eventName": str(name), "s3": {"bucket": bucket, "object": named}} if name.startswith("ObjectCreated"):
            return _object(bucket, named, "eTag", unquote_plus)
        case _:
            return None


def _object(bucket: Any, named: Any, etag_name: str, read_key: Callable[[str], str]) -> S3Object | None:
    match bucket, named:
        case {"name": str(bucket_name)}, {"key": str(key)} if key.isprintable():
            etag = str(named.get(etag_name) or "").strip('"')
            return S3Object(bucket_name, read_key(key), etag, str(named.get("sequencer") or etag))
        case _:
            return None


def _open_list(delivery: Delivery, events: Any) -> Iterator[Opened | Rejected]:
    if not isinstance(events, list) or not events:
        sentence = 'Send {"events": [...]} with at least one event.'
        yield Rejected(delivery, field_error(ErrorCode.INVALID_BODY, "events", "missing", sentence))
    elif len(events) > EVENTS_MAX:
        yield Rejected(delivery, ApiError(ErrorCode.PAYLOAD_TOO_LARGE, details={"limit_events": EVENTS_MAX}))
    else:
        for index, event in enumerate(events):
            yield _open_event(delivery._replace(text=json.dumps(event), origin=f"{delivery.origin}#{index}"), event)


def _open_detail(delivery: Delivery, content: JsonObject) -> Opened | Rejected:
    """An event that its detail-type names, at the time that EventBridge was told."""
    detail, name = content["detail"], content["detail-type"]
    if not isinstance(detail, dict):
        return _open_event(delivery, detail)
    if detail.get("name", name) != name:
        sentence = "Send the name that the detail-type says, or none."
        return Rejected(delivery, field_error(ErrorCode.INVALID_BODY, "name", "invalid", sentence))
    return _open_event(delivery._replace(at_ms=_at_ms(content.get("time"), delivery.at_ms)), {"name": name, **detail})


def _open_event(delivery: Delivery, event: Any) -> Opened | Rejected:
    if len(delivery.text) > EVENT_BYTES_MAX / 4 and is_too_large(event):
        return Rejected(delivery, too_large(EVENT_BYTES_MAX))
    return Opened(delivery, Given(event, None, read_event_or_identify, delivery.origin, delivery.at_ms))
