"""The envelopes of messages, and what is in them: an event, a list of events, or a notice of objects in S3.

SQS delivers what was sent, SNS and EventBridge put envelopes around it, S3 says only where an object is, and a dead
letter that is sent again names the delivery that it came from. One envelope may be inside another.
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
    """A text that a source delivered. One that is delivered again has the same origin and the same time."""

    text: str
    origin: str  # tells the delivery from all others
    at_ms: int


class Opened(NamedTuple):
    """An event as it was delivered, or the error for which there is none."""

    delivery: Delivery
    given: Given | None = None
    error: ApiError | None = None


class S3Object(NamedTuple):
    bucket: str
    key: str
    etag: str
    put: str  # tells the object from earlier and later ones of the same name


class Notice(NamedTuple):
    """The notice of S3 that objects were put."""

    text: str
    objects: list[S3Object]


def delivery_of(record: JsonObject) -> Delivery:
    """Return the delivery that a record of SQS holds."""
    attributes = record["attributes"]
    return Delivery(record["body"], f"sqs#{record['messageId']}", int(attributes["SentTimestamp"]))


def open_delivery(delivery: Delivery, depth: int = 0) -> Iterator[Opened | Notice]:
    """Yield the events and the notices in a delivery."""
    try:
        content = parse_json(delivery.text)
    except InvalidJsonError as failure:
        yield Opened(delivery, error=unreadable(str(failure)))
        return
    if not isinstance(content, dict):
        yield _open_event(delivery, content)
    elif depth < _DEPTH_MAX and (inner := _inner(delivery, content)) is not None:
        yield from open_delivery(inner, depth + 1)
    elif (objects := _objects(content)) is not None:
        yield Notice(json.dumps(content), objects)
    elif content.get("Event") == "s3:TestEvent":
        return  # sent once, when notices are set up
    elif content.keys() == {"events"}:
        yield from _open_list(delivery, content["events"])
    elif content.keys() >= {"id", "source", "detail-type", "detail"}:
        yield _open_detail(delivery._replace(origin=f"eventbridge#{content['id']}"), content)
    else:
        yield _open_event(delivery, content)


def _inner(delivery: Delivery, content: JsonObject) -> Delivery | None:
    """Return what is in the envelope of SNS, or in a dead letter of ours."""
    match content:
        case {"Type": "Notification", "MessageId": str(message_id), "Message": str(message)}:
            return Delivery(message, f"sns#{message_id}", _at_ms(content.get("Timestamp"), delivery.at_ms))
        case {"origin": str(origin), "at_ms": int(at_ms), "event": str(event)}:
            return Delivery(event, origin, _credible(at_ms, delivery.at_ms))
        case _:
            return None


def _at_ms(stated: Any, otherwise: int) -> int:
    """Return when a source received the event, if what it states is credible."""
    with suppress(ValueError, TypeError, OverflowError):
        return _credible(int(from_iso(stated).timestamp() * 1000), otherwise)
    return otherwise


def _credible(at_ms: int, otherwise: int) -> int:
    age_ms = int(epoch_seconds() * 1000) - at_ms
    return at_ms if -_AHEAD_MS_MAX <= age_ms <= _AGE_MS_MAX else otherwise


def _objects(content: JsonObject) -> list[S3Object] | None:
    """Return the objects of a notice, which EventBridge or S3 itself sent; None where this is no notice."""
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


def _open_list(delivery: Delivery, events: Any) -> Iterator[Opened]:
    if not isinstance(events, list) or not events:
        sentence = "`events` must be an array of at least one event."
        yield Opened(delivery, error=field_error(ErrorCode.INVALID_BODY, "events", "missing", sentence))
    elif len(events) > EVENTS_MAX:
        yield Opened(delivery, error=ApiError(ErrorCode.PAYLOAD_TOO_LARGE, details={"limit_events": EVENTS_MAX}))
    else:
        for index, event in enumerate(events):
            yield _open_event(delivery._replace(text=json.dumps(event), origin=f"{delivery.origin}#{index}"), event)


def _open_detail(delivery: Delivery, content: JsonObject) -> Opened:
    """Return an event of EventBridge, whose detail-type may give its name."""
    detail, name = content["detail"], content["detail-type"]
    if not isinstance(detail, dict):
        return _open_event(delivery, detail)
    if detail.get("name", name) != name:
        sentence = "`name` must be the same as the detail-type, or left out."
        return Opened(delivery, error=field_error(ErrorCode.INVALID_BODY, "name", "invalid", sentence))
    return _open_event(delivery._replace(at_ms=_at_ms(content.get("time"), delivery.at_ms)), {"name": name, **detail})


def _open_event(delivery: Delivery, event: Any) -> Opened:
    if len(delivery.text) > EVENT_BYTES_MAX / 4 and is_too_large(event):
        return Opened(delivery, error=too_large(EVENT_BYTES_MAX))
    return Opened(delivery, Given(event, None, read_event_or_identify, delivery.origin, delivery.at_ms))
