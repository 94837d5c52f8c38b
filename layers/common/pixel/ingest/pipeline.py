"""Events on their way in: validated, claimed, made rows of, and kept - by Tinybird, or by us until Tinybird can.

The same for one event, a batch and every event source. Each event has a fate of its own; rows of one datasource share
one call.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

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

_ClaimAll = Callable[[list[SentEvent]], None]
_Keep = Callable[[str, Sequence[str], Patience], list[str | ApiError]]


class NotNowError(LoggableError):
    """Tinybird takes no rows; the source is to keep them, and to come again."""

    def __init__(self, outcome: Outcome) -> None:
        self.retry_after_seconds = outcome.retry_after_seconds
        super().__init__(outcome.reason)


def ingest(given: Sequence[Given], *, seconds: float) -> list[Result]:
    """A result for each, in their order. Raises only where nothing at all was kept."""
    return _ingest(given, seconds, _claim_all, _keep)


def ingest_or_wait(given: Sequence[Given], *, seconds: float) -> list[Result]:
    """For a source that keeps its events until they are done, and of which nobody else has these in hand: claims are
    looked up together instead of being taken one by one. Raises NotNowError where Tinybird cannot take rows."""
    return _ingest(given, seconds, _look_up_all, _keep_or_wait)


def _ingest(given: Sequence[Given], seconds: float, claim_all: _ClaimAll, keep: _Keep) -> list[Result]:
    read = [_read(entry) for entry in given]
    leaders, followers = _split([sent for sent in read if isinstance(sent, SentEvent)])
    claim_all(leaders)
    _keep_all([sent for sent in leaders if sent.result is None], seconds, keep)
    _settle_claims(leaders)
    for sent, leader in followers:
        _follow(sent, leader)
    results = [sent.result if isinstance(sent, SentEvent) and sent.result else _failed(sent) for sent in read]
    for result in results:
        count(f"Events{result.status.capitalize()}")
    return results


def _read(given: Given) -> SentEvent | ApiError:
    """What nobody foresaw costs this event alone; a store that is away, all of them."""
    try:
        return read_sent(given)
    except LoggableError:
        raise
    except Exception as failure:  # noqa: BLE001 - see above
        logger.error("an event failed", extra=describe(failure))
        return ApiError(ErrorCode.INTERNAL_ERROR)


def _failed(sent: object) -> Result:
    error = sent if isinstance(sent, ApiError) else ApiError(ErrorCode.INTERNAL_ERROR)
    return Result(REJECTED, error=error)


def _split(under_way: list[SentEvent]) -> tuple[list[SentEvent], list[tuple[SentEvent, SentEvent]]]:
    """Of events that share a claim, the first leads and the others get what it gets."""
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
    """But for those with a transaction: of two rows under different ids the pipes would count both."""
    _claim_all([sent for sent in leaders if sent.has_transaction])
    others = [sent for sent in leaders if not sent.has_transaction]
    there = claims.find(claim.claim for sent in others for claim in sent.wanted)
    for sent in others:
        _respect(sent, [(claim, there[claim.claim]) for claim in sent.wanted if claim.claim in there])


def _respect(sent: SentEvent, found: Sequence[tuple[Claim, Claim]]) -> None:
    """What follows from claims that were there first."""
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
            for (sent, _), placed in zip(portion, keep(datasource, rows, patience), strict=True):
                if isinstance(placed, ApiError):
                    sent.fails(placed)
                else:
                    sent.becomes(placed)


def _portions(together: Sequence[SentEvent]) -> Iterator[list[tuple[SentEvent, str]]]:
    """As much as Tinybird surely takes in a call."""
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


def _keep(datasource: str, rows: Sequence[str], patience: Patience) -> list[str | ApiError]:
    """Where each row is now: with Tinybird, or with us on its way there; or why nowhere."""
    try:
        outcome = forward(datasource, rows, patience)
    except ConfigurationError as failure:
        logger.error("ingest is not configured", reason=str(failure))
        return [ApiError(ErrorCode.INGEST_UNAVAILABLE)] * len(rows)
    match outcome.fate:
        case Fate.ACCEPTED:
            return [ACCEPTED] * len(rows)
        case Fate.LATER:
            return _spilled(rows, lambda: spill.keep(datasource, rows))
        case Fate.DAMAGED:
            return _spilled(rows, lambda: spill.bury(datasource, rows, outcome.reason))
        case Fate.REFUSED:
            return [ApiError(ErrorCode.TINYBIRD_ERROR)] * len(rows)


def _keep_or_wait(datasource: str, rows: Sequence[str], patience: Patience) -> list[str | ApiError]:
    outcome = forward(datasource, rows, patience)
    match outcome.fate:
        case Fate.ACCEPTED:
            return [ACCEPTED] * len(rows)
        case Fate.DAMAGED:
            spill.bury(datasource, rows, outcome.reason)
            return [QUEUED] * len(rows)
        case _:
            raise NotNowError(outcome)


def _spilled(rows: Sequence[str], put: Callable[[], None]) -> list[str | ApiError]:
    try:
        put()
    except NotKeptError as failure:
        logger.error("rows could not be kept", rows=len(failure.positions), reason=str(failure))
        refusal = ApiError(ErrorCode.TINYBIRD_ERROR, headers={"Retry-After": str(_RETRY_AFTER_SECONDS)})
        return [refusal if place in failure.positions else QUEUED for place in range(len(rows))]
    return [QUEUED] * len(rows)


def _settle_claims(leaders: list[SentEvent]) -> None:
    """What is kept is marked so; what is not gives its claims back. A claim that stays open only costs a second row."""
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
