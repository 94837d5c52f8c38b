"""The way of events into the warehouse: validate, claim ids, make rows, and forward them to Tinybird or queue them.

One event, a batch and every event source take the same way. Each event has a result of its own; the rows of one
datasource share calls to Tinybird.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from pixel.foundation.errors import ApiError, ErrorCode, LoggableError
from pixel.foundation.observability import count, describe, logger
from pixel.foundation.settings import ConfigurationError
from pixel.ingest import claims, spill
from pixel.ingest.claims import Claim
from pixel.ingest.delivery import FORWARDED_BYTES_MAX, Fate, Outcome, forward, patience_for
from pixel.ingest.event import ACCEPTED, DUPLICATE, QUEUED, REJECTED, Given, Result, SentEvent, read_sent
from pixel.ingest.spill import NotKeptError
from pixel.tinybird.client import Patience

_RETRY_AFTER_SECONDS = 5
_CLAIMS_AT_ONCE = 16


class Placement(NamedTuple):
    """Where a row is now: with Tinybird, in a queue of ours, or nowhere because of an error."""

    status: str
    error: ApiError | None = None


_ClaimAll = Callable[[list[SentEvent]], None]
_Keep = Callable[[str, Sequence[str], Patience], list[Placement]]


class NotNowError(LoggableError):
    """Tinybird takes no rows at present; the source has to keep its events and deliver them again."""

    def __init__(self, outcome: Outcome) -> None:
        self.retry_after_seconds = outcome.retry_after_seconds
        super().__init__(outcome.reason)


def ingest(given: Sequence[Given], *, seconds: float) -> list[Result]:
    """Take events in and return the result of each, in their order. Raises only where none at all was kept."""
    return _ingest(given, seconds, _claim_all, _keep)


def ingest_or_wait(given: Sequence[Given], *, seconds: float) -> list[Result]:
    """Take in events of a source that keeps them until they are done and hands them to one consumer at a time.

    Claims are looked up together instead of being taken one by one. Raises NotNowError where Tinybird takes no rows.
    """
    return _ingest(given, seconds, _look_up_all, _keep_or_wait)


def _ingest(given: Sequence[Given], seconds: float, claim_all: _ClaimAll, keep: _Keep) -> list[Result]:
    under_way: dict[int, SentEvent] = {}
    rejected: dict[int, Result] = {}
    for place, entry in enumerate(given):
        try:
            under_way[place] = _read(entry)
        except ApiError as failure:
            rejected[place] = Result(REJECTED, error=failure)
    leaders, followers = _split(under_way.values())
    claim_all(leaders)
    _keep_all([sent for sent in leaders if sent.result is None], seconds, keep)
    _settle_claims(leaders)
    for sent, leader in followers:
        _follow(sent, leader)
    results = [rejected.get(place) or _result_of(under_way[place]) for place in range(len(given))]
    for result in results:
        count(f"Events{result.status.capitalize()}")
    return results


def _read(given: Given) -> SentEvent:
    """Read an event. A failure that nobody foresaw rejects this event alone; without the store, none can be read."""
    try:
        return read_sent(given)
    except (ApiError, LoggableError):
        raise
    except Exception as failure:
        logger.error("an event failed", extra=describe(failure))
        raise ApiError(ErrorCode.INTERNAL_ERROR) from failure


def _result_of(sent: SentEvent) -> Result:
    return sent.result or Result(REJECTED, error=ApiError(ErrorCode.INTERNAL_ERROR))


def _split(under_way: Iterable[SentEvent]) -> tuple[list[SentEvent], list[tuple[SentEvent, SentEvent]]]:
    """Split off the events that share a claim with an earlier one, its leader: they get the leader's result."""
    leaders: list[SentEvent] = []
    followers: list[tuple[SentEvent, SentEvent]] = []
    holders: dict[str, SentEvent] = {}
    for sent in under_way:
        leader = next((holders[claim.claim] for claim in sent.wanted if claim.claim in holders), None)
        if leader is None:
            leaders.append(sent)
            holders.update({claim.claim: sent for claim in sent.wanted})
        else:
            followers.append((sent, leader))
    return leaders, followers


def _follow(sent: SentEvent, leader: SentEvent) -> None:
    same_id = sent.own_id is not None and sent.own_id == leader.own_id
    if same_id and sent.fingerprint != leader.fingerprint:
        sent.fails(ApiError(ErrorCode.IDEMPOTENCY_CONFLICT))
    elif leader.result is None or leader.result.status == REJECTED:
        sent.result = leader.result
    else:
        sent.result = leader.result._replace(status=DUPLICATE)


def _claim_all(leaders: list[SentEvent]) -> None:
    with_claims = [sent for sent in leaders if sent.wanted]
    if len(with_claims) <= 1:
        for sent in with_claims:
            _take_claims(sent)
    else:
        with ThreadPoolExecutor(_CLAIMS_AT_ONCE) as threads:
            list(threads.map(_take_claims, with_claims))


def _take_claims(sent: SentEvent) -> None:
    found = []
    for claim in sent.wanted:
        there = claims.take(claim)
        if there is None:
            sent.taken.append(claim)
            continue
        found.append((claim, there))
        if there.fingerprint != claim.fingerprint:
            break
    _respect(sent, found)


def _look_up_all(leaders: list[SentEvent]) -> None:
    """Look up the claims of all events but those with a transaction, which have to take theirs.

    Two reports of a transaction may come under different event ids, and the pipes would count the rows of both.
    """
    _claim_all([sent for sent in leaders if sent.has_transaction])
    others = [sent for sent in leaders if not sent.has_transaction]
    there = claims.find(claim.claim for sent in others for claim in sent.wanted)
    for sent in others:
        _respect(sent, [(claim, there[claim.claim]) for claim in sent.wanted if claim.claim in there])


def _respect(sent: SentEvent, found: Sequence[tuple[Claim, Claim]]) -> None:
    """Make of the event what the claims that were there first say."""
    if any(there.fingerprint != claim.fingerprint for claim, there in found):
        sent.fails(ApiError(ErrorCode.IDEMPOTENCY_CONFLICT))
    elif found:
        first = found[0][1]
        sent.takes_over(first)
        if first.kept:
            sent.becomes(DUPLICATE)


def _keep_all(leaders: list[SentEvent], seconds: float, keep: _Keep) -> None:
    by_datasource: dict[str, list[SentEvent]] = {}
    for sent in leaders:
        by_datasource.setdefault(sent.datasource, []).append(sent)
    for datasource, together in by_datasource.items():
        for portion in _portions(together):
            rows = [row for _, row in portion]
            patience = patience_for(seconds / len(by_datasource))
            for (sent, _), placement in zip(portion, keep(datasource, rows, patience), strict=True):
                if placement.error is not None:
                    sent.fails(placement.error)
                else:
                    sent.becomes(placement.status)


def _portions(together: Sequence[SentEvent]) -> Iterator[list[tuple[SentEvent, str]]]:
    """Yield events with their rows, in portions that Tinybird takes in one call."""
    portion: list[tuple[SentEvent, str]] = []
    size = 0
    for sent in together:
        row = _row(sent)
        if row is None:
            continue
        row_bytes = len(row.encode()) + 1
        if portion and size + row_bytes > FORWARDED_BYTES_MAX:
            yield portion
            portion, size = [], 0
        portion.append((sent, row))
        size += row_bytes
    if portion:
        yield portion


def _row(sent: SentEvent) -> str | None:
    try:
        return sent.row
    except Exception as failure:  # noqa: BLE001 - as in _read
        logger.error("an event has no row", extra=describe(failure))
        sent.fails(ApiError(ErrorCode.INTERNAL_ERROR))
        return None


def _keep(datasource: str, rows: Sequence[str], patience: Patience) -> list[Placement]:
    """Forward rows to Tinybird, or queue them where it cannot take them, and say where each is."""
    try:
        outcome = forward(datasource, rows, patience)
    except ConfigurationError as failure:
        logger.error("ingest is not configured", reason=str(failure))
        return [_nowhere(ErrorCode.INGEST_UNAVAILABLE)] * len(rows)
    match outcome.fate:
        case Fate.ACCEPTED:
            return [Placement(ACCEPTED)] * len(rows)
        case Fate.LATER:
            return _queued(rows, lambda: spill.keep(datasource, rows))
        case Fate.DAMAGED:
            return _queued(rows, lambda: spill.bury(datasource, rows, outcome.reason))
        case Fate.REFUSED:
            return [_nowhere(ErrorCode.TINYBIRD_ERROR)] * len(rows)


def _keep_or_wait(datasource: str, rows: Sequence[str], patience: Patience) -> list[Placement]:
    """Forward rows to Tinybird. Raises NotNowError where it cannot take them."""
    outcome = forward(datasource, rows, patience)
    match outcome.fate:
        case Fate.ACCEPTED:
            return [Placement(ACCEPTED)] * len(rows)
        case Fate.DAMAGED:
            spill.bury(datasource, rows, outcome.reason)
            return [Placement(QUEUED)] * len(rows)
        case _:
            raise NotNowError(outcome)


def _queued(rows: Sequence[str], put: Callable[[], None]) -> list[Placement]:
    try:
        put()
    except NotKeptError as failure:
        logger.error("rows could not be kept", rows=len(failure.positions), reason=str(failure))
        lost = _nowhere(ErrorCode.TINYBIRD_ERROR, headers={"Retry-After": str(_RETRY_AFTER_SECONDS)})
        return [lost if place in failure.positions else Placement(QUEUED) for place in range(len(rows))]
    return [Placement(QUEUED)] * len(rows)


def _nowhere(error: ErrorCode, headers: Mapping[str, str] | None = None) -> Placement:
    return Placement(REJECTED, ApiError(error, headers=headers))


def _settle_claims(leaders: list[SentEvent]) -> None:
    """Mark the claims of events that were kept, and give back those of events that were not.

    A claim that stays open costs a second row at most, which the pipes do not count.
    """
    kept = [sent for sent in leaders if sent.wanted and sent.result is not None and sent.result.status != REJECTED]
    renewed = [sent.final(claim) for sent in kept for claim in sent.wanted if _is_to_mark(sent, claim)]
    refused = [claim for sent in leaders if sent not in kept for claim in sent.taken]
    try:
        claims.mark_kept(renewed)
        for claim in refused:
            claims.release(claim)
    except LoggableError as failure:
        logger.warning("claims stay open", reason=str(failure))


def _is_to_mark(sent: SentEvent, claim: Claim) -> bool:
    return sent.result is not None and (sent.result.status != DUPLICATE or claim in sent.taken)
