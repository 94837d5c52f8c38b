"""Events of sources at which nobody waits for an answer: kept, or buried with the reason, or still to be done.

A dead letter holds the event as it was sent, for whoever mends it; the queue is for the operator alone. Sent to the
ingest queue as it is, it is the same delivery as before (pixel.envelopes).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pixel import sqs
from pixel.clock import epoch_seconds
from pixel.config import settings
from pixel.envelopes import Opened, Rejected
from pixel.errors import ApiError, ErrorCode
from pixel.ingest import ingest
from pixel.logs import count, logger
from pixel.sqs import NotSentError

# No fault of the event's: the source keeps it and delivers it again.
_WAITS = {ErrorCode.TINYBIRD_ERROR, ErrorCode.INGEST_UNAVAILABLE, ErrorCode.INTERNAL_ERROR}
_SECONDS = 12.0  # for Tinybird: what it has not taken by then goes to the spill queue


def settle(found: Sequence[Opened | Rejected]) -> list[bool]:
    """Whether each is done. Raises where nothing is."""
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
    for one in rejected:
        code = one.error.error.code
        logger.warning("event rejected", origin=one.delivery.origin, code=code, fields=_faults(one.error))
    try:
        sqs.send(settings().dead_letter_queue_url, [_frame(one) for one in rejected])
    except NotSentError as failure:
        logger.error("rejected events cannot be buried", events=len(failure.positions), reason=str(failure))
        return failure.positions
    if rejected:
        count("EventsBuried", len(rejected))
    return []


def _frame(rejected: Rejected) -> str:
    text, origin, at_ms = rejected.delivery
    error = {"code": rejected.error.error.code, "message": rejected.error.message, "details": rejected.error.details}
    frame = {"origin": origin, "at_ms": at_ms, "event": text}
    return json.dumps({**frame, "reason": error["code"], "error": error, "kept_at": epoch_seconds()})


def _faults(error: ApiError) -> list[str]:
    """Names of fields and kinds of faults; never what stood in them."""
    details: Mapping[str, Any] = error.details or {}
    return [f"{fault['path']}: {fault['code']}" for fault in details.get("fields", [])]
