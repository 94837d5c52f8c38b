"""The ingestion pipeline: validate events, claim their ids, build rows, and forward the rows to Tinybird or queue them.

Single events, batches and all event sources use the same pipeline. Each event has its own result; the rows of one
datasource are sent events.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from pixel.foundation.errors import ApiError, ErrorCode, LoggableError
from pixel.foundation.observability import count, describe, logger
from pixel.foundation.settings import ConfigurationError
from pixel.ingest import claims, spill
from pixel.ingest.claims import Claim
from pixel.ingest.delivery import FORWARDED_BYTES_MAX, Fate, Outcome, forward, retry_policy_for
from pixel.ingest.event import ACCEPTED, DUPLICATE, QUEUED, REJECTED, IncomingEvent, PendingEvent, Result, read_pending
from pixel.ingest.spill import NotQueuedError
from pixel.tinybird.client import RetryPolicy

_RETRY_AFTER_SECONDS = 5
_CLAIMS_AT_ONCE = 16


class Placement(NamedTuple):
    """Where a row is now: in Tinybird, in a queue, or nowhere because of an error."""

    status: str
    error: ApiError | None = None


_ClaimAll = Callable[[list[PendingEvent]], None]
_StoreRows = Callable[[str, Sequence[str], RetryPolicy], list[Placement]]


class TinybirdUnavailableError(LoggableError):
    """Tinybird does not accept rows now; the source must keep its events and deliver them again."""

    def __init__(self, outcome: Outcome) -> None:
        self.retry_after_seconds = outcome.retry_after_seconds
        super().__init__(outcome.reason)


def ingest(incoming: Sequence[IncomingEvent], *, seconds: float) -> list[Result]:
    """Ingest events and return their results in order. Raises only if no event was kept."""
    return _ingest(incoming, seconds, _claim_all, _forward_or_queue)


def ingest_or_raise(incoming: Sequence[IncomingEvent], *, seconds: float) -> list[Result]:
    """Ingest events of a source that keeps them until they are done and has one consumer at a time.

    Claims are looked up events instead of being taken one by one. Raises TinybirdUnavailableError if Tinybird does not
    accept the rows.
    """
    return _ingest(incoming, seconds, _look_up_all, _forward_or_raise)


def _ingest(incoming: Sequence[IncomingEvent], seconds: float, claim_all: _ClaimAll, store: _StoreRows) -> list[Result]:
    pending_events: dict[int, PendingEvent] = {}
    rejected: dict[int, Result] = {}
    for place, entry in enumerate(incoming):
        try:
            pending_events[place] = _read(entry)
        except ApiError as failure:
            rejected[place] = Result(REJECTED, error=failure)
    leaders, followers = _group_by_claim(pending_events.values())
    claim_all(leaders)
    _store_all([pending for pending in leaders if pending.result is None], seconds, store)
    _settle_claims(leaders)
    for pending, leader in followers:
        _copy_result(pending, leader)
    results = [rejected.get(place) or _result_of(pending_events[place]) for place in range(len(incoming))]
    for result in results:
        count(f"Events{result.status.capitalize()}")
    return results


def _read(incoming: IncomingEvent) -> PendingEvent:
    """Read an event. An unexpected failure rejects only this event; a failure of the store is raised."""
    try:
        return read_pending(incoming)
    except (ApiError, LoggableError):
        raise
    except Exception as failure:
        logger.error("event could not be read", extra=describe(failure))
        raise ApiError(ErrorCode.INTERNAL_ERROR) from failure


def _result_of(pending: PendingEvent) -> Result:
    return pending.result or Result(REJECTED, error=ApiError(ErrorCode.INTERNAL_ERROR))


def _group_by_claim(
    pending_events: Iterable[PendingEvent],
) -> tuple[list[PendingEvent], list[tuple[PendingEvent, PendingEvent]]]:
    """Return the first event of each claim, the leader, and later ones together with their leader."""
    leaders: list[PendingEvent] = []
    followers: list[tuple[PendingEvent, PendingEvent]] = []
    holders: dict[str, PendingEvent] = {}
    for pending in pending_events:
        leader = next((holders[claim.claim] for claim in pending.claims if claim.claim in holders), None)
        if leader is None:
            leaders.append(pending)
            holders.update({claim.claim: pending for claim in pending.claims})
        else:
            followers.append((pending, leader))
    return leaders, followers


def _copy_result(pending: PendingEvent, leader: PendingEvent) -> None:
    same_id = pending.sender_event_id is not None and pending.sender_event_id == leader.sender_event_id
    if same_id and pending.fingerprint != leader.fingerprint:
        pending.reject(ApiError(ErrorCode.IDEMPOTENCY_CONFLICT))
    elif leader.result is None or leader.result.status == REJECTED:
        pending.result = leader.result
    else:
        pending.result = leader.result._replace(status=DUPLICATE)


def _claim_all(leaders: list[PendingEvent]) -> None:
    with_claims = [pending for pending in leaders if pending.claims]
    if len(with_claims) <= 1:
        for pending in with_claims:
            _take_claims(pending)
    else:
        with ThreadPoolExecutor(_CLAIMS_AT_ONCE) as threads:
            list(threads.map(_take_claims, with_claims))


def _take_claims(pending: PendingEvent) -> None:
    found = []
    for claim in pending.claims:
        existing = claims.take(claim)
        if existing is None:
            pending.acquired_claims.append(claim)
            continue
        found.append((claim, existing))
        if existing.fingerprint != claim.fingerprint:
            break
    _apply_claims(pending, found)


def _look_up_all(leaders: list[PendingEvent]) -> None:
    """Look up the claims of all events, except those with a transaction, which must take their claims.

    Two events of one transaction may have different event ids, and then the pipes would count both rows.
    """
    _claim_all([pending for pending in leaders if pending.has_transaction])
    others = [pending for pending in leaders if not pending.has_transaction]
    existing = claims.find(claim.claim for pending in others for claim in pending.claims)
    for pending in others:
        _apply_claims(pending, [(claim, existing[claim.claim]) for claim in pending.claims if claim.claim in existing])


def _apply_claims(pending: PendingEvent, found: Sequence[tuple[Claim, Claim]]) -> None:
    """Apply the claims that existed before to the event."""
    if any(existing.fingerprint != claim.fingerprint for claim, existing in found):
        pending.reject(ApiError(ErrorCode.IDEMPOTENCY_CONFLICT))
    elif found:
        first = found[0][1]
        pending.adopt_ids(first)
        if first.kept:
            pending.finish(DUPLICATE)


def _store_all(leaders: list[PendingEvent], seconds: float, store: _StoreRows) -> None:
    by_datasource: dict[str, list[PendingEvent]] = {}
    for pending in leaders:
        by_datasource.setdefault(pending.datasource, []).append(pending)
    for datasource, events in by_datasource.items():
        for portion in _portions(events):
            rows = [row for _, row in portion]
            retry_policy = retry_policy_for(seconds / len(by_datasource))
            for (pending, _), placement in zip(portion, store(datasource, rows, retry_policy), strict=True):
                if placement.error is not None:
                    pending.reject(placement.error)
                else:
                    pending.finish(placement.status)


def _portions(events: Sequence[PendingEvent]) -> Iterator[list[tuple[PendingEvent, str]]]:
    """Yield events with their rows, in portions that fit into one call."""
    portion: list[tuple[PendingEvent, str]] = []
    size = 0
    for pending in events:
        row = _row(pending)
        if row is None:
            continue
        row_bytes = len(row.encode()) + 1
        if portion and size + row_bytes > FORWARDED_BYTES_MAX:
            yield portion
            portion, size = [], 0
        portion.append((pending, row))
        size += row_bytes
    if portion:
        yield portion


def _row(pending: PendingEvent) -> str | None:
    try:
        return pending.row
    except Exception as failure:  # noqa: BLE001 - an unexpected failure rejects only this event
        logger.error("row could not be built", extra=describe(failure))
        pending.reject(ApiError(ErrorCode.INTERNAL_ERROR))
        return None


def _forward_or_queue(datasource: str, rows: Sequence[str], retry_policy: RetryPolicy) -> list[Placement]:
    """Forward rows to Tinybird, or queue them if it does not accept them, and return where each one is."""
    try:
        outcome = forward(datasource, rows, retry_policy)
    except ConfigurationError as failure:
        logger.error("ingest is not configured", reason=str(failure))
        return [_rejection(ErrorCode.INGEST_UNAVAILABLE)] * len(rows)
    match outcome.fate:
        case Fate.ACCEPTED:
            return [Placement(ACCEPTED)] * len(rows)
        case Fate.RETRYABLE:
            return _queued(rows, lambda: spill.enqueue(datasource, rows))
        case Fate.PARTIAL:
            return _queued(rows, lambda: spill.dead_letter(datasource, rows, outcome.reason))
        case Fate.REFUSED:
            return [_rejection(ErrorCode.TINYBIRD_ERROR)] * len(rows)


def _forward_or_raise(datasource: str, rows: Sequence[str], retry_policy: RetryPolicy) -> list[Placement]:
    """Forward rows to Tinybird. Raises TinybirdUnavailableError if it does not accept them."""
    outcome = forward(datasource, rows, retry_policy)
    match outcome.fate:
        case Fate.ACCEPTED:
            return [Placement(ACCEPTED)] * len(rows)
        case Fate.PARTIAL:
            spill.dead_letter(datasource, rows, outcome.reason)
            return [Placement(QUEUED)] * len(rows)
        case _:
            raise TinybirdUnavailableError(outcome)


def _queued(rows: Sequence[str], put: Callable[[], None]) -> list[Placement]:
    try:
        put()
    except NotQueuedError as failure:
        logger.error("rows could not be queued", rows=len(failure.positions), reason=str(failure))
        rejection = _rejection(ErrorCode.TINYBIRD_ERROR, headers={"Retry-After": str(_RETRY_AFTER_SECONDS)})
        return [rejection if place in failure.positions else Placement(QUEUED) for place in range(len(rows))]
    return [Placement(QUEUED)] * len(rows)


def _rejection(error: ErrorCode, headers: Mapping[str, str] | None = None) -> Placement:
    return Placement(REJECTED, ApiError(error, headers=headers))


def _settle_claims(leaders: list[PendingEvent]) -> None:
    """Mark the claims of events that were kept, and release those of events that were not.

    A claim that stays open causes at most a second row, which the pipes do not count.
    """
    kept = [
        pending
        for pending in leaders
        if pending.claims and pending.result is not None and pending.result.status != REJECTED
    ]
    marked = [pending.updated(claim) for pending in kept for claim in pending.claims if _must_be_marked(pending, claim)]
    released = [claim for pending in leaders if pending not in kept for claim in pending.acquired_claims]
    try:
        claims.mark_kept(marked)
        for claim in released:
            claims.release(claim)
    except LoggableError as failure:
        logger.warning("claims could not be updated", reason=str(failure))


def _must_be_marked(pending: PendingEvent, claim: Claim) -> bool:
    return pending.result is not None and (pending.result.status != DUPLICATE or claim in pending.acquired_claims)
