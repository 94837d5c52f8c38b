"""Events of sources that get no answer: each is kept, or in the dead-letter queue with the reason, or still to be done.

A dead letter holds the event as it was sent, for the operator to correct. Sent to the ingest queue as it is, it counts
as the same delivery again (see envelopes.py).
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import Any, NamedTuple

from pixel.aws import queues
from pixel.aws.queues import NotSentError
from pixel.events.models import FIELD_NAMES
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import settings
from pixel.ingest.pipeline import ingest
from pixel.ingest.sources.envelopes import Delivery, Opened

# The event is not at fault: its source keeps it and delivers it again.
_WAITS = {ErrorCode.TINYBIRD_ERROR, ErrorCode.INGEST_UNAVAILABLE, ErrorCode.INTERNAL_ERROR}
_SECONDS = 12.0  # that Tinybird may take; after that rows go to the spill queue
_AT_ONCE = 1000
_PORTION_SECONDS = 25.0  # that a portion may take in all, claims and dead letters included
_FRAME_BYTES_MAX = 1_000_000  # SQS takes 1 MiB
_FAULTS_LOGGED = 10
_NAMES_LOGGED = FIELD_NAMES | {"body", "events"}


class Rejected(NamedTuple):
    """A delivery for the dead-letter queue, and the reason."""

    delivery: Delivery
    error: ApiError


def end_of(context: Any) -> float:
    """Return the epoch seconds at which Lambda ends this invocation."""
    return epoch_seconds() + float(context.get_remaining_time_in_millis()) / 1000


def settle(found: Sequence[Opened], *, ends_at: float) -> list[bool]:
    """Take events in and return for each whether it is done. Raises where a store cannot be reached."""
    done: list[bool] = []
    for portion in batched(found, _AT_ONCE, strict=False):
        if epoch_seconds() + _PORTION_SECONDS > ends_at:
            break
        done += _settle(portion)
    return done + [False] * (len(found) - len(done))


def _settle(found: Sequence[Opened]) -> list[bool]:
    given = {place: one.given for place, one in enumerate(found) if one.given is not None}
    rejected = {place: Rejected(one.delivery, one.error) for place, one in enumerate(found) if one.error is not None}
    waiting: set[int] = set()
    for place, result in zip(given, ingest([*given.values()], seconds=_SECONDS), strict=True):
        if result.error is None:
            continue
        if result.error.error in _WAITS:
            waiting.add(place)
        else:
            rejected[place] = Rejected(found[place].delivery, result.error)
    places = sorted(rejected)
    waiting |= {places[number] for number in bury([rejected[place] for place in places])}
    return [place not in waiting for place in range(len(found))]


def bury(rejected: Sequence[Rejected]) -> Sequence[int]:
    """Send rejected events to the dead-letter queue and return the positions of those that may not be in it."""
    if not rejected:
        return []
    codes = Counter(one.error.error.code for one in rejected)
    faults = Counter(fault for one in rejected for fault in _faults(one.error))
    logger.warning(
        "events rejected", events=len(rejected), codes=codes, fields=dict(faults.most_common(_FAULTS_LOGGED))
    )
    frames = {position: _frame(one) for position, one in enumerate(rejected)}
    fitting = [position for position, frame in frames.items() if len(frame) <= _FRAME_BYTES_MAX]
    unburied = sorted(frames.keys() - {*fitting})  # SQS moves them after the last receive
    try:
        queues.send(settings().dead_letter_queue_url, [frames[position] for position in fitting])
    except NotSentError as failure:
        logger.error("rejected events cannot be buried", events=len(failure.positions), reason=str(failure))
        unburied += [fitting[number] for number in failure.positions]
    count("EventsBuried", len(rejected) - len(unburied))
    return unburied


def _frame(rejected: Rejected) -> str:
    text, origin, at_ms = rejected.delivery
    error = {"code": rejected.error.error.code, "message": rejected.error.message, "details": rejected.error.details}
    frame = {"origin": origin, "at_ms": at_ms, "event": text}
    return json.dumps({**frame, "reason": error["code"], "error": error, "kept_at": epoch_seconds()})


def _faults(error: ApiError) -> Iterator[str]:
    """Yield field names and codes for the log; names that senders made up are not logged."""
    details: Mapping[str, Any] = error.details or {}
    for fault in details.get("fields", []):
        name = str(fault["path"]).partition(".")[0]
        yield f"{name if name in _NAMES_LOGGED else 'another'}: {fault['code']}"
