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
from pixel.faces.face import Limit
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


class Allowance(NamedTuple):
    """What is left of a limit in this window."""

    limit: int
    remaining: int
    resets_at: int
    is_counted: bool  # False if the counter could not be reached

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.resets_at),
        }


_blocked: dict[str, Block] = kept({})


def take(limit: Limit) -> Allowance:
    """Count one request. Raise `rate_limit_exceeded` if it exceeds the limit."""
    now = epoch_seconds()
    window = int(now) // limit.window_seconds
    resets_at = (window + 1) * limit.window_seconds
    block = _blocked.get(limit.counter)
    if block is not None and block.holds(limit.requests, now):
        raise _refusal(limit, resets_at, now)
    hits = _count(limit.counter, window, resets_at)
    if hits is None:
        return Allowance(limit.requests, limit.requests - 1, resets_at, is_counted=False)
    if hits > limit.requests:
        _remember(limit.counter, Block(limit.requests, resets_at), now)
        raise _refusal(limit, resets_at, now)
    return Allowance(limit.requests, limit.requests - hits, resets_at, is_counted=True)


def _count(counter: str, window: int, resets_at: int) -> int | None:
    """Return the number of requests in the window, or None if the counter cannot be reached."""
    try:
        return tables.database().add(
            settings().counters_table,
            {"workspace_minute": f"{counter}#{window}"},
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


def _refusal(limit: Limit, resets_at: int, now: float) -> ApiError:
    seconds = ceil(resets_at - now)
    window = _WINDOWS.get(limit.window_seconds, f"{limit.window_seconds} seconds")
    return ApiError(
        ErrorCode.RATE_LIMIT_EXCEEDED,
        details={"limit": limit.requests, "window": window},
        headers={**Allowance(limit.requests, 0, resets_at, is_counted=True).headers(), "Retry-After": str(seconds)},
        limit=limit.requests,
        window=window,
        seconds=seconds,
    )
