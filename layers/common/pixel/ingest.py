"""Events on their way in: validated, claimed, made rows of, and kept - by Tinybird, or by us until Tinybird can.

The same for one event, a batch and every event source. Each event has a fate of its own; rows of one datasource share
one call.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pixel import claims, spill
from pixel.claims import Claim
from pixel.config import ConfigurationError
from pixel.errors import ApiError, ErrorCode, LoggableError
from pixel.forwarding import Fate, forward, patience_for
from pixel.logs import count, logger
from pixel.sent_events import ACCEPTED, DUPLICATE, QUEUED, REJECTED, Result, SentEvent, read_sent
from pixel.spill import NotKeptError

_RETRY_AFTER_SECONDS = 5
_CLAIMS_AT_ONCE = 16


def ingest(workspace_id: str, given: Sequence[Any], *, seconds: float) -> list[Result]:
    """A result for each, in their order. Raises only where nothing at all was kept."""
    read = [read_sent(workspace_id, entry) for entry in given]
    under_way = [sent for sent in read if isinstance(sent, SentEvent)]
    leaders, followers = _split(under_way)
    _claim_all(leaders)
    _keep_all([sent for sent in leaders if sent.result is None], seconds)
    _settle_claims(leaders)
    for sent, leader in followers:
        _follow(sent, leader)
    results = [sent.result if isinstance(sent, SentEvent) and sent.result else _failed(sent) for sent in read]
    for result in results:
        count(f"Events{result.status.capitalize()}")
    return results


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
    same_id = sent.event.event_id is not None and sent.event.event_id == leader.event.event_id
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
    first: Claim | None = None
    for claim in sent.wanted:
        found = claims.take(claim)
        if found is None:
            sent.taken.append(claim)
        elif found.fingerprint != claim.fingerprint:
            sent.fails(ApiError(ErrorCode.IDEMPOTENCY_CONFLICT))
            return
        else:
            first = first or found
    if first is not None:
        sent.takes_over(first)
        if first.kept:
            sent.becomes(DUPLICATE)


def _keep_all(leaders: list[SentEvent], seconds: float) -> None:
    by_datasource: dict[str, list[SentEvent]] = {}
    for sent in leaders:
        by_datasource.setdefault(sent.datasource, []).append(sent)
    for datasource, together in by_datasource.items():
        rows = [sent.row for sent in together]
        for sent, placed in zip(together, keep(datasource, rows, seconds=seconds / len(by_datasource)), strict=True):
            if isinstance(placed, ApiError):
                sent.fails(placed)
            else:
                sent.becomes(placed)


def keep(datasource: str, rows: Sequence[str], *, seconds: float) -> list[str | ApiError]:
    """Where each row is now: with Tinybird, or with us on its way there; or why nowhere."""
    try:
        outcome = forward(datasource, rows, patience_for(seconds))
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
