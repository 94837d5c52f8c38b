"""The envelopes of messages, and their contents: an event, a list of events, or an S3 event notification.

SQS delivers a message as it was sent, SNS and EventBridge wrap it in an envelope, S3 names only the object, and a dead
letter that is sent again names its original delivery. Envelopes may be nested.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from pixel.events.fields import AGE_MAX_MS, AHEAD_MAX_MS
from pixel.events.models import EVENT_BYTES_MAX, EVENTS_MAX, is_too_large, read_event_or_identify
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds, from_iso
from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.http.request_bodies import InvalidJsonError, parse_json, too_large, unreadable
from pixel.ingest.event import IncomingEvent

_DEPTH_MAX = 4
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")  # JSON can contain it, but no name in S3
_NAME_CHARACTERS_MAX = 1024  # of a key in S3; its other names are shorter


class Delivery(NamedTuple):
    """A text that a source delivered. A repeated delivery has the same origin and time."""

    text: str
    origin: str  # identifies the delivery
    at_ms: int


class Unwrapped(NamedTuple):
    """An event from a delivery, or the error that prevented reading one."""

    delivery: Delivery
    incoming: IncomingEvent | None = None
    error: ApiError | None = None


class S3Object(NamedTuple):
    """An object that a notification names."""

    bucket: str
    key: str
    etag: str
    version: str  # distinguishes the object from others of the same name


class S3Notification(NamedTuple):
    """An S3 event notification that objects were created."""

    objects: list[S3Object]

    @property
    def texts(self) -> list[str]:
        """Return a small notification for each object, without what is not needed to import it."""
        return [_text_of(found) for found in self.objects]


def delivery_of(record: JsonObject) -> Delivery:
    """Return the delivery of an SQS record."""
    attributes = record["attributes"]
    return Delivery(record["body"], f"sqs#{record['messageId']}", int(attributes["SentTimestamp"]))


def unwrap(delivery: Delivery, depth: int = 0) -> Iterator[Unwrapped | S3Notification]:
    """Yield the events and S3 event notifications in a delivery."""
    try:
        content = parse_json(delivery.text)
    except InvalidJsonError as failure:
        yield Unwrapped(delivery, error=unreadable(str(failure)))
        return
    if not isinstance(content, dict):
        yield _unwrap_event(delivery, content)
    elif depth < _DEPTH_MAX and (inner := _inner(delivery, content)) is not None:
        yield from unwrap(inner, depth + 1)
    elif _is_notification(content):
        objects = _objects(content)
        yield Unwrapped(delivery, error=_unreadable_notification()) if objects is None else S3Notification(objects)
    elif content.get("Event") == "s3:TestEvent":
        return  # S3 sends it once, when notifications are configured
    elif content.keys() == {"events"}:
        yield from _unwrap_list(delivery, content["events"])
    elif content.keys() >= {"id", "source", "detail-type", "detail"}:
        yield _unwrap_detail(delivery._replace(origin=f"eventbridge#{content['id']}"), content)
    else:
        yield _unwrap_event(delivery, content)


def _inner(delivery: Delivery, content: JsonObject) -> Delivery | None:
    """Return the content of an SNS envelope or of a dead letter of this stack, or None if it is neither."""
    match content:
        case {"Type": "Notification", "MessageId": str(message_id), "Message": str(message)}:
            return Delivery(message, f"sns#{message_id}", _at_ms(content.get("Timestamp"), delivery.at_ms))
        case {"origin": str(origin), "at_ms": int(at_ms), "event": str(event)}:
            return Delivery(event, origin, _plausible(at_ms, delivery.at_ms))
        case _:
            return None


def _at_ms(stated: Any, otherwise: int) -> int:
    """Return the stated time at which a source received the event if it is plausible, else `otherwise`."""
    with suppress(ValueError, TypeError, OverflowError):
        return _plausible(int(from_iso(stated).timestamp() * 1000), otherwise)
    return otherwise


def _plausible(at_ms: int, otherwise: int) -> int:
    age_ms = int(epoch_seconds() * 1000) - at_ms
    return at_ms if -AHEAD_MAX_MS <= age_ms <= AGE_MAX_MS else otherwise


def _is_notification(content: JsonObject) -> bool:
    match content:
        case {"source": "aws.s3", "detail-type": _, "detail": _} | {"Records": [{"eventSource": "aws:s3"}, *_]}:
            return True
        case _:
            return False


def _unreadable_notification() -> ApiError:
    sentence = (
        "An S3 event notification must be about created objects, and name the bucket and the key of each; "
        "upload the files again."
    )
    return field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)


def _objects(content: JsonObject) -> list[S3Object] | None:
    """Return the objects of a notification from EventBridge or S3, or None if any cannot be imported."""
    match content:
        case {"detail-type": "Object Created", "detail": {"bucket": bucket, "object": named}}:
            found = [_object(bucket, named, "etag", lambda key: key)]
        case {"Records": records}:
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
        case {"name": str(bucket_name)}, {"key": str(key)}:
            etag = str(named.get(etag_name) or "").strip('"')
            found = S3Object(bucket_name, read_key(key), etag, str(named.get("sequencer") or etag))
            return found if all(_is_name(part) for part in found) else None
        case _:
            return None


def _is_name(text: str) -> bool:
    return len(text) <= _NAME_CHARACTERS_MAX and not _HALF_CHARACTER.search(text)


def _text_of(found: S3Object) -> str:
    named = {"key": found.key, "etag": found.etag, "sequencer": found.version}
    detail = {"bucket": {"name": found.bucket}, "object": named}
    return json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})


def _unwrap_list(delivery: Delivery, events: Any) -> Iterator[Unwrapped]:
    if not isinstance(events, list) or not events:
        sentence = "`events` must be an array of at least one event."
        yield Unwrapped(delivery, error=field_error(ErrorCode.INVALID_BODY, "events", "missing", sentence))
    elif len(events) > EVENTS_MAX:
        yield Unwrapped(delivery, error=ApiError(ErrorCode.PAYLOAD_TOO_LARGE, details={"limit_events": EVENTS_MAX}))
    else:
        for index, event in enumerate(events):
            yield _unwrap_event(delivery._replace(text=json.dumps(event), origin=f"{delivery.origin}#{index}"), event)


def _unwrap_detail(delivery: Delivery, content: JsonObject) -> Unwrapped:
    """Return an EventBridge event, whose name may be given by its detail-type."""
    detail, name = content["detail"], content["detail-type"]
    if not isinstance(detail, dict):
        return _unwrap_event(delivery, detail)
    if detail.get("name", name) != name:
        sentence = "`name` must equal the detail-type, or be omitted."
        return Unwrapped(delivery, error=field_error(ErrorCode.INVALID_BODY, "name", "invalid", sentence))
    return _unwrap_event(delivery._replace(at_ms=_at_ms(content.get("time"), delivery.at_ms)), {"name": name, **detail})


def _unwrap_event(delivery: Delivery, event: Any) -> Unwrapped:
    if len(delivery.text) > EVENT_BYTES_MAX / 4 and is_too_large(event):
        return Unwrapped(delivery, error=too_large(EVENT_BYTES_MAX))
    return Unwrapped(delivery, IncomingEvent(event, None, read_event_or_identify, delivery.origin, delivery.at_ms))
