"""Rate limits: so many requests in a fixed window, which begins on a multiple of its length since 1970.

A workspace has a limit for the core's routes; other limits are those of a key. Each request costs one unconditional
UpdateItem. A container that has seen a limit exceeded rejects further requests without a call until the window ends. If
the counter cannot be reached, the request is allowed, because losing a customer's event is worse than one request too
many.
"""

from math import ceil
from typing import Final, NamedTuple

from pixel.aws import tables
from pixel.aws.json_service import AwsError
from pixel.faces.face import Allowance, Limit
from pixel.faces.pixel_api import WORKSPACE
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import settings

WINDOW_SECONDS: Final = WORKSPACE.window_seconds
DEFAULT_LIMIT: Final = WORKSPACE.requests
_KEPT_SECONDS = 3600  # long enough to inspect after an incident, short enough to cost almost nothing
_WINDOWS: Final = {60: "1 minute", 3600: "1 hour", 86_400: "1 day"}


class Block(NamedTuple):
    """A limit that was exceeded, until the window ends."""

    limit: int
    until: int

    def holds(self, limit: int, now: float) -> bool:
        """Return whether requests are still blocked; raising the limit ends the block."""
        return self.until > now and limit <= self.limit


class LimitExceededError(ApiError):
    """A limit was exceeded, so nothing of it is left until the window ends."""

    def __init__(self, limit: Limit, resets_at: int, now: float, *, latency_ms: int = 0) -> None:
        seconds = ceil(resets_at - now)
        window = _WINDOWS.get(limit.window_seconds, f"{limit.window_seconds} seconds")
        super().__init__(
            ErrorCode.RATE_LIMIT_EXCEEDED,
            details={"limit": limit.requests, "window": window},
            headers={"Retry-After": str(seconds)},
            limit=limit.requests,
            window=window,
            seconds=seconds,
        )
        self.allowance = Allowance(limit.requests, 0, resets_at, is_counted=True, latency_ms=latency_ms)


_blocked: dict[str, Block] = kept({})


def take(limit: Limit) -> Allowance:
    """Count one request. Raises LimitExceededError if it exceeds the limit."""
    now = epoch_seconds()
    window = int(now) // limit.window_seconds
    resets_at = (window + 1) * limit.window_seconds
    block = _blocked.get(limit.counter)
    if block is not None and block.holds(limit.requests, now):
        raise LimitExceededError(limit, resets_at, now)
    hits = _count(limit.counter, window, resets_at)
    latency_ms = max(0, round((epoch_seconds() - now) * 1000))
    if hits is None:
        return Allowance(limit.requests, limit.requests - 1, resets_at, is_counted=False, latency_ms=latency_ms)
    if hits > limit.requests:
        _remember(limit.counter, Block(limit.requests, resets_at), now)
        raise LimitExceededError(limit, resets_at, now, latency_ms=latency_ms)
    return Allowance(limit.requests, limit.requests - hits, resets_at, is_counted=True, latency_ms=latency_ms)


def used(limit: Limit) -> int:
    """Return how many requests were counted in the present window."""
    window = int(epoch_seconds()) // limit.window_seconds
    counted = tables.database().get(settings().counters_table, _key(limit.counter, window))
    return 0 if counted is None else int(counted["hits"])


def _key(counter: str, window: int) -> dict[str, str]:
    return {"workspace_minute": f"{counter}#{window}"}


def _count(counter: str, window: int, resets_at: int) -> int | None:
    """Return the number of requests in the window, or None if the counter cannot be reached."""
    try:
        return tables.database().add(
            settings().counters_table,
            _key(counter, window),
            "hits",
            expires_at=resets_at + _KEPT_SECONDS,
        )
    except AwsError as failure:
        logger.warning("request allowed without being counted", counter=counter, reason=str(failure))
        count("UncountedRequests")
        return None


def _remember(counter: str, block: Block, now: float) -> None:
    for other in [other for other, old in _blocked.items() if old.until <= now]:
        del _blocked[other]
    _blocked[counter] = block
