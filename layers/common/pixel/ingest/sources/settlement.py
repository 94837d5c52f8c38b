"""Events of sources at which nobody waits for an answer: kept, or buried with the reason, or still to be done.

A dead letter holds the event as it was sent, for whoever mends it; the queue is for the operator alone. Sent to the
ingest queue as it is, it is the same delivery as before (pixel.envelopes).
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from pixel.aws import queues
from pixel.aws.queues import NotSentError
from pixel.events.model_schemas import fields_of
from pixel.events.models import Custom, Identify, Pageview, Payment
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import settings
from pixel.ingest.pipeline import ingest
from pixel.ingest.sources.envelopes import Opened, Rejected

# No fault of the event's: the source keeps it and delivers it again.
_WAITS = {ErrorCode.TINYBIRD_ERROR, ErrorCode.INGEST_UNAVAILABLE, ErrorCode.INTERNAL_ERROR}
_SECONDS = 12.0  # for Tinybird: what it has not taken by then goes to the spill queue
_AT_ONCE = 1000
_PORTION_SECONDS = 25.0  # what a portion may take, with claims before and letters after
_FRAME_BYTES_MAX = 1_000_000  # SQS takes 1 MiB
_FAULTS_LOGGED = 10
_FIELD_NAMES = {name for model in (Pageview, Custom, Payment, Identify) for name in fields_of(model)}
_FIELD_NAMES |= {"body", "events"}


def end_of(context: Any) -> float:
    """Epoch seconds at which Lambda ends this invocation."""
    return epoch_seconds() + float(context.get_remaining_time_in_millis()) / 1000


def settle(found: Sequence[Opened | Rejected], *, ends_at: float) -> list[bool]:
    """Whether each is done; what there was no time for is not. Raises where a store is away."""
    done: list[bool] = []
    for portion in batched(found, _AT_ONCE, strict=False):
        if epoch_seconds() + _PORTION_SECONDS > ends_at:
            break
        done += _settle(portion)
    return done + [False] * (len(found) - len(done))


def _settle(found: Sequence[Opened | Rejected]) -> list[bool]:
    opened = {place: one for place, one in enumerate(found) if isinstance(one, Opened)}
    rejected = {place: one for place, one in enumerate(found) if isinstance(one, Rejected)}
    waiting: set[int] = set()
    results = ingest([one.given for one in opened.values()], seconds=_SECONDS)
    for (place, one), result in zip(opened.items(), results, strict=True):
        if result.error is None:
            continue
        if result.error.error in _WAITS:
            waiting.add(place)
        else:
            rejected[place] = Rejected(one.delivery, result.error)
    places = sorted(rejected)
    waiting |= {places[number] for number in bury([rejected[place] for place in places])}
    return [place not in waiting for place in range(len(found))]


def bury(rejected: Sequence[Rejected]) -> Sequence[int]:
    """Positions of those that the dead-letter queue may not have."""
    if not rejected:
        return []
    codes = Counter(one.error.error.code for one in rejected)
    faults = Counter(fault for one in rejected for fault in _faults(one.error))
    logger.warning(
        "events rejected", events=len(rejected), codes=codes, fields=dict(faults.most_common(_FAULTS_LOGGED))
    )
    frames = {position: _frame(one) for position, one in enumerate(rejected)}
    fitting = [position for position, frame in frames.items() if len(frame) <= _FRAME_BYTES_MAX]
    unburied = sorted(frames.keys() - {*fitting})  # SQS itself moves them in the end
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
    """Names of our fields and kinds of faults; of names that senders made up, only that they are there."""
    details: Mapping[str, Any] = error.details or {}
    for fault in details.get("fields", []):
        name = str(fault["path"]).partition(".")[0]
        yield f"{name if name in _FIELD_NAMES else 'another'}: {fault['code']}"
