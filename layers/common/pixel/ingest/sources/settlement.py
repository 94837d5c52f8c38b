"""The settlement of delivered events: each is kept, sent to the dead-letter queue, or left to be retried.

A dead letter contains the event as it was sent, so that an operator can correct it. Sent to the ingest queue unchanged,
it counts as a repetition of the same delivery (see envelopes.py).
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any, NamedTuple

from pixel.aws import queues
from pixel.aws.queues import NotSentError
from pixel.events.models import FIELD_NAMES
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.ids import EVENT_ID, WEBSITE_ID
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import settings
from pixel.ingest import receipts
from pixel.ingest.delivery import BATCH_SECONDS
from pixel.ingest.event import IncomingEvent
from pixel.ingest.pipeline import ingest
from pixel.ingest.receipts import RejectedEvent
from pixel.ingest.sources.envelopes import Delivery, Unwrapped
from pixel.workspaces.known_websites import find_website_in_any_workspace

# Errors that the event did not cause: its source keeps it and delivers it again.
_RETRYABLE = {ErrorCode.TINYBIRD_ERROR, ErrorCode.INGEST_UNAVAILABLE, ErrorCode.INTERNAL_ERROR}
_PORTION_SIZE = 1000
_PORTION_SECONDS = 25.0  # for a whole portion, including claims and dead letters
_FRAME_BYTES_MAX = 1_000_000  # SQS takes 1 MiB
_FAULTS_LOGGED = 10
_NAMES_LOGGED = FIELD_NAMES | {"body", "events"}


class Rejected(NamedTuple):
    """A delivery for the dead-letter queue, and the reason."""

    delivery: Delivery
    error: ApiError


def deadline_of(context: Any) -> float:
    """Return when Lambda ends this invocation, in epoch seconds."""
    return epoch_seconds() + float(context.get_remaining_time_in_millis()) / 1000


def settle(found: Sequence[Unwrapped], *, deadline: float) -> list[bool]:
    """Ingest events and return for each whether it is done. Raises if a store cannot be reached."""
    done: list[bool] = []
    for portion in batched(found, _PORTION_SIZE, strict=False):
        if epoch_seconds() + _PORTION_SECONDS > deadline:
            break
        done += _settle(portion)
    return done + [False] * (len(found) - len(done))


def _settle(found: Sequence[Unwrapped]) -> list[bool]:
    incoming = {place: one.incoming for place, one in enumerate(found) if one.incoming is not None}
    rejected = {place: Rejected(one.delivery, one.error) for place, one in enumerate(found) if one.error is not None}
    waiting: set[int] = set()
    for place, result in zip(incoming, ingest([*incoming.values()], seconds=BATCH_SECONDS), strict=True):
        if result.error is None:
            continue
        if result.error.error in _RETRYABLE:
            waiting.add(place)
        else:
            rejected[place] = Rejected(found[place].delivery, result.error)
    places = sorted(rejected)
    waiting |= {places[number] for number in dead_letter([rejected[place] for place in places])}
    kept = [(found[place].incoming, rejected[place].error) for place in places if place not in waiting]
    receipts.record_rejected(_events_with_ids(kept))
    return [place not in waiting for place in range(len(found))]


def dead_letter(rejected: Sequence[Rejected]) -> Sequence[int]:
    """Send rejected events to the dead-letter queue and return the positions of those that may be missing there."""
    if not rejected:
        return []
    codes = Counter(one.error.error.code for one in rejected)
    faults = Counter(f"{name}: {code}" for one in rejected for name, code in _faults(one.error))
    logger.warning(
        "events rejected", events=len(rejected), codes=codes, fields=dict(faults.most_common(_FAULTS_LOGGED))
    )
    frames = {position: _frame(one) for position, one in enumerate(rejected)}
    fitting = [position for position, frame in frames.items() if len(frame) <= _FRAME_BYTES_MAX]
    failed = sorted(frames.keys() - {*fitting})  # too large; SQS moves their messages after the last receive
    try:
        queues.send(settings().dead_letter_queue_url, [frames[position] for position in fitting])
    except NotSentError as failure:
        logger.error(
            "rejected events could not be sent to the dead-letter queue",
            events=len(failure.positions),
            reason=str(failure),
        )
        failed += [fitting[number] for number in failure.positions]
    count("EventsDeadLettered", len(rejected) - len(failed))
    return failed


def _frame(rejected: Rejected) -> str:
    text, origin, at_ms = rejected.delivery
    error = {"code": rejected.error.error.code, "message": rejected.error.message, "details": rejected.error.details}
    frame = {"origin": origin, "at_ms": at_ms, "event": text}
    return json.dumps({**frame, "reason": error["code"], "error": error, "kept_at": epoch_seconds()})


def _faults(error: ApiError) -> Iterator[tuple[str, str]]:
    """Yield field names and codes for log and receipt, without names that the sender made up."""
    details: Mapping[str, Any] = error.details or {}
    for fault in details.get("fields", []):
        name = str(fault["path"]).partition(".")[0]
        yield name if name in _NAMES_LOGGED else "another", str(fault["code"])


def _events_with_ids(rejected: Iterable[tuple[IncomingEvent | None, ApiError]]) -> Iterator[RejectedEvent]:
    """Yield the events that their senders can ask for, by an id of their own and a website that exists."""
    for incoming, error in rejected:
        if incoming is None or not isinstance(incoming.body, dict):
            continue
        event_id = _matching(EVENT_ID, incoming.body.get("event_id"))
        website_id = _matching(WEBSITE_ID, incoming.body.get("website_id"))
        website = find_website_in_any_workspace(website_id) if event_id and website_id else None
        if website is not None:
            received_ms = int(epoch_seconds() * 1000) if incoming.at_ms is None else incoming.at_ms
            fields = [{"path": name, "code": code} for name, code in _faults(error)]
            yield RejectedEvent(website.workspace_id, website_id, event_id, received_ms, error.error.code, fields)


def _matching(pattern: str, value: object) -> str:
    """Return the value, or an empty text if it is not a text that matches."""
    return value if isinstance(value, str) and re.fullmatch(pattern, value) else ""
