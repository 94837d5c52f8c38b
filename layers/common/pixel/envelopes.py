"""What a message holds, whoever wrapped it: an event, a list of events, or the notice of a file.

SQS brings what was sent, SNS and EventBridge put their envelopes around it, S3 says only where an object is, and a dead
letter that is sent again names the delivery that it came from. Envelopes may stand inside each other.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from pixel.aws import JsonObject
from pixel.clock import epoch_seconds, from_iso
from pixel.errors import ApiError, ErrorCode
from pixel.event_models import EVENT_BYTES_MAX, EVENTS_MAX, is_too_large, read_event_or_identify
from pixel.faults import error_of
from pixel.request_bodies import InvalidJsonError, parse_json, too_large, unreadable
from pixel.sent_events import Given

_DEPTH_MAX = 4
_AHEAD_MS_MAX = 3_600_000
_AGE_MS_MAX = 400 * 86_400_000  # an archive that is replayed


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


class Notice(NamedTuple):
    """That S3 has an object, as S3 says it."""

    text: str


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
    elif _is_notice_of_s3(content):
        yield Notice(json.dumps(content))
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
            return Delivery(event, origin, at_ms)
        case _:
            return None


def _at_ms(told: Any, otherwise: int) -> int:
    """When a source took the event, where it says so credibly."""
    with suppress(ValueError, TypeError):
        at_ms = int(from_iso(told).timestamp() * 1000)
        age_ms = epoch_seconds() * 1000 - at_ms
        return at_ms if -_AHEAD_MS_MAX <= age_ms <= _AGE_MS_MAX else otherwise
    return otherwise


def _is_notice_of_s3(content: JsonObject) -> bool:
    match content:
        case {"source": "aws.s3", "detail": {"bucket": dict(), "object": dict()}}:
            return True
        case {"Records": [{"eventSource": "aws:s3"}, *_]}:
            return True
        case _:
            return False


def _open_list(delivery: Delivery, events: Any) -> Iterator[Opened | Rejected]:
    if not isinstance(events, list) or not events:
        sentence = 'Send {"events": [...]} with at least one event.'
        yield Rejected(delivery, error_of(ErrorCode.INVALID_BODY, "events", "missing", sentence))
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
        return Rejected(delivery, error_of(ErrorCode.INVALID_BODY, "name", "invalid", sentence))
    return _open_event(delivery._replace(at_ms=_at_ms(content.get("time"), delivery.at_ms)), {"name": name, **detail})


def _open_event(delivery: Delivery, event: Any) -> Opened | Rejected:
    if len(delivery.text) > EVENT_BYTES_MAX / 4 and is_too_large(event):
        return Rejected(delivery, too_large(EVENT_BYTES_MAX))
    return Opened(delivery, Given(event, None, read_event_or_identify, delivery.origin, delivery.at_ms))
