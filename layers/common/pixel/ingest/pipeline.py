"""The ingestion pipeline: validate events, claim their ids, build rows, and forward the rows to Tinybird or queue them.

Single events, batches and all event sources use the same pipeline. Each event has its own result; the rows of one
datasource are sent together.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import NamedTuple

from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode, ErrorDefinition, LoggableError
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
_SECONDS_MIN = 1.0  # for the last portion of many


class Placement(NamedTuple):
    """Where a row is now: in Tinybird, in a queue, or nowhere because of an error.

    After some errors, such as a timeout, it is unknown whether the row is kept.
    """

    status: str
    error: ApiError | None = None
    may_be_kept: bool = True


StoreRows = Callable[[str, Sequence[str], RetryPolicy], list[Placement]]


class TinybirdUnavailableError(LoggableError):
    """Tinybird does not accept rows now; the source must keep its events and deliver them again."""

    def __init__(self, outcome: Outcome) -> None:
        self.retry_after_seconds = outcome.retry_after_seconds
        self.may_be_kept = outcome.may_be_kept
        super().__init__(outcome.reason)


def ingest(incoming: Sequence[IncomingEvent], *, seconds: float) -> list[Result]:
    """Ingest events and return their results in order. Raises only if no event was kept."""
    return ingest_into(_forward_or_queue, incoming, seconds=seconds)


def ingest_or_raise(incoming: Sequence[IncomingEvent], *, seconds: float) -> list[Result]:
    """Ingest events of a source that keeps them until they are done.

    Raises TinybirdUnavailableError if Tinybird does not accept the rows.
    """
    return ingest_into(_forward_or_raise, incoming, seconds=seconds)


def ingest_into(store: StoreRows, incoming: Sequence[IncomingEvent], *, seconds: float) -> list[Result]:
    """Ingest events whose rows `store` keeps, and return their results in order."""
    pending_events: dict[int, PendingEvent] = {}
    rejected: dict[int, Result] = {}
    for place, entry in enumerate(incoming):
        try:
            pending_events[place] = _read(entry)
        except ApiError as failure:
            rejected[place] = Result(REJECTED, error=failure)
    in_order = list(pending_events.values())
    try:
        _claim_all(in_order)
        _store_all([pending for pending in in_order if pending.result is None and not pending.leader], seconds, store)
        for pending in in_order:
            _share_result(pending)
    finally:
        _settle_claims(in_order)
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


def _claim_all(pending_events: Sequence[PendingEvent]) -> None:
    groups = _group_by_claim(pending_events)
    if len(groups) <= 1:
        for group in groups:
            _claim_group(group)
    else:
        with ThreadPoolExecutor(_CLAIMS_AT_ONCE) as threads:
            list(threads.map(_claim_group, groups))


def _group_by_claim(pending_events: Iterable[PendingEvent]) -> list[list[PendingEvent]]:
    """Return the events with claims in groups, so that events of different groups have no claim in common."""
    groups: dict[str, list[PendingEvent]] = {}
    for pending in pending_events:
        joined = {id(group): group for claim in pending.claims if (group := groups.get(claim.claim))}
        group = [*chain.from_iterable(joined.values()), pending]
        groups.update({claim.claim: group for member in group for claim in member.claims})
    return list({id(group): group for group in groups.values()}.values())


def _claim_group(group: Sequence[PendingEvent]) -> None:
    """Claim the ids of events one after the other, as if each had a request of its own."""
    held: dict[str, tuple[PendingEvent, Claim]] = {}
    for pending in group:
        for claim in pending.claims:
            if pending.result is None and pending.leader is None:
                _take_claim(pending, claim, held)
        if pending.is_rejected:
            _leave_claims(pending)  # at once, so that the rest of the batch may use its id
            held = {name: holding for name, holding in held.items() if holding[0] is not pending}


def _take_claim(pending: PendingEvent, claim: Claim, held: dict[str, tuple[PendingEvent, Claim]]) -> None:
    """Take a claim, unless an earlier event of the group holds it, whose result then counts for this event too."""
    leader, existing = held.get(claim.claim, (None, None))
    if leader is None:
        existing = claims.take(pending.updated(claim), pending.holder)
    if existing is not None and existing.fingerprint != claim.fingerprint:
        pending.reject(ApiError(ErrorCode.IDEMPOTENCY_CONFLICT))
        return
    if leader is not None:
        pending.leader = leader
        return
    if existing is not None:
        pending.adopt_identity(existing)
        if existing.kept:
            pending.finish(DUPLICATE, event_id=existing.event_id)
            return
    pending.held_claims.append(claim)
    held[claim.claim] = (pending, claim)


def _share_result(pending: PendingEvent) -> None:
    """Give an event the result of the earlier event of the batch that holds its claim."""
    leader = pending.leader
    if leader is None or leader.result is None:
        return
    pending.result = leader.result if leader.is_rejected else leader.result._replace(status=DUPLICATE)
    pending.identity, pending.may_be_kept = leader.identity, leader.may_be_kept


def _store_all(leaders: Sequence[PendingEvent], seconds: float, store: StoreRows) -> None:
    by_datasource: dict[str, list[PendingEvent]] = {}
    for pending in leaders:
        by_datasource.setdefault(pending.datasource, []).append(pending)
    deadline = epoch_seconds() + seconds
    if len(by_datasource) <= 1:
        for datasource, events in by_datasource.items():
            _store(datasource, events, deadline, store)
    else:  # at the same time, so that each datasource has the whole time
        with ThreadPoolExecutor(len(by_datasource)) as threads:
            stored = [
                threads.submit(_store, datasource, events, deadline, store)
                for datasource, events in by_datasource.items()
            ]
        for one in stored:
            one.result()


def _store(datasource: str, events: Sequence[PendingEvent], deadline: float, store: StoreRows) -> None:
    for portion in _portions(events):
        rows = [row for _, row in portion]
        retry_policy = retry_policy_for(max(deadline - epoch_seconds(), _SECONDS_MIN))
        for pending, _ in portion:
            pending.may_be_kept = True
        try:
            placements = store(datasource, rows, retry_policy)
        except TinybirdUnavailableError as failure:
            for pending, _ in portion:
                pending.may_be_kept = failure.may_be_kept
            raise
        for (pending, _), placement in zip(portion, placements, strict=True):
            pending.may_be_kept = placement.may_be_kept
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
        return [_rejection(ErrorCode.INGEST_UNAVAILABLE, may_be_kept=False)] * len(rows)
    match outcome.fate:
        case Fate.ACCEPTED:
            return [Placement(ACCEPTED)] * len(rows)
        case Fate.RETRYABLE:
            return _queued(rows, outcome, lambda: spill.enqueue(datasource, rows))
        case Fate.PARTIAL:
            return _queued(rows, outcome, lambda: spill.dead_letter(datasource, rows, outcome.reason))
        case Fate.REFUSED:
            return [_rejection(ErrorCode.TINYBIRD_ERROR, may_be_kept=outcome.may_be_kept)] * len(rows)


def _forward_or_raise(datasource: str, rows: Sequence[str], retry_policy: RetryPolicy) -> list[Placement]:
    """Forward rows to Tinybird. Raises TinybirdUnavailableError if it does not accept them."""
    outcome = forward(datasource, rows, retry_policy)
    match outcome.fate:
        case Fate.ACCEPTED:
            return [Placement(ACCEPTED)] * len(rows)
        case Fate.PARTIAL:
            since = epoch_seconds()
            spill.dead_letter(datasource, rows, outcome.reason)
            _record(rows, outcome, since)
            return [Placement(QUEUED)] * len(rows)
        case _:
            raise TinybirdUnavailableError(outcome)


def _queued(rows: Sequence[str], outcome: Outcome, put: Callable[[], None]) -> list[Placement]:
    since = epoch_seconds()  # before the row is in the queue, so that no later receipt of the row is older
    try:
        put()
    except NotQueuedError as failure:
        _record([row for place, row in enumerate(rows) if place not in failure.positions], outcome, since)
        logger.error("rows could not be queued", rows=len(failure.positions), reason=str(failure))
        headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)}
        rejection = _rejection(ErrorCode.TINYBIRD_ERROR, may_be_kept=True, headers=headers)
        return [rejection if place in failure.positions else Placement(QUEUED) for place in range(len(rows))]
    _record(rows, outcome, since)
    return [Placement(QUEUED)] * len(rows)


def _record(rows: Sequence[str], outcome: Outcome, since: float) -> None:
    """Write receipts of rows that are in a queue."""
    from pixel.ingest import receipts  # noqa: PLC0415 - a start does without it, and most containers never need it

    kind = receipts.Kind.QUEUED if outcome.fate is Fate.RETRYABLE else receipts.Kind.DEAD_LETTERED
    receipts.record_rows(kind, rows, outcome.reason, since=since)


def _rejection(error: ErrorDefinition, *, may_be_kept: bool, headers: Mapping[str, str] | None = None) -> Placement:
    return Placement(REJECTED, ApiError(error, headers=headers), may_be_kept)


def _settle_claims(pending_events: Sequence[PendingEvent]) -> None:
    """Mark the claims of events that were kept, and leave those of events that were certainly not.

    A claim that stays open lets the same event through again; its row is the same, and the pipes count it once.
    """
    kept = [pending for pending in pending_events if pending.result is not None and not pending.is_rejected]
    try:
        claims.mark_kept((pending.updated(claim), pending.holder) for pending in kept for claim in pending.held_claims)
    except LoggableError as failure:
        logger.warning("claims could not be updated", reason=str(failure))
    for pending in pending_events:
        if (pending.result is None or pending.is_rejected) and not pending.may_be_kept:
            _leave_claims(pending)


def _leave_claims(pending: PendingEvent) -> None:
    try:
        for claim in pending.held_claims:
            claims.leave(claim, pending.holder)
    except LoggableError as failure:
        logger.warning("claims could not be updated", reason=str(failure))
    pending.held_claims = []
