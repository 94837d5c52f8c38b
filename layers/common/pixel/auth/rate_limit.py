"""The rate limit of a workspace: requests per minute, counted in fixed windows that begin on the minute.

Each request costs one unconditional UpdateItem. A container that has seen a workspace exceed its limit rejects further
requests without a call until the window ends. If the counter cannot be reached, the request is allowed, because losing
a customer's event is worse than one request too many.
"""

from math import ceil
from typing import NamedTuple

from pixel.aws import tables
from pixel.aws.json_service import AwsError
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import settings

WINDOW_SECONDS = 60
DEFAULT_LIMIT = 60
_KEPT_SECONDS = 3600  # long enough to inspect after an incident, short enough to cost almost nothing


class Block(NamedTuple):
    """A workspace that has exceeded its limit, until the window ends."""

    limit: int
    until: int

    def holds(self, limit: int, now: float) -> bool:
        """Return whether the workspace is still blocked; raising its limit ends the block."""
        return self.until > now and limit <= self.limit


class Allowance(NamedTuple):
    """What is left of a workspace's limit in this window."""

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


def take(workspace_id: str, limit: int) -> Allowance:
    """Count one request of the workspace. Raise `rate_limit_exceeded` if it exceeds the limit."""
    now = epoch_seconds()
    window = int(now) // WINDOW_SECONDS
    resets_at = (window + 1) * WINDOW_SECONDS
    block = _blocked.get(workspace_id)
    if block is not None and block.holds(limit, now):
        raise _refusal(limit, resets_at, now)
    hits = _count(workspace_id, window)
    if hits is None:
        return Allowance(limit, limit - 1, resets_at, is_counted=False)
    if hits > limit:
        _remember(workspace_id, Block(limit, resets_at), now)
        raise _refusal(limit, resets_at, now)
    return Allowance(limit, limit - hits, resets_at, is_counted=True)


def _count(workspace_id: str, window: int) -> int | None:
    """Return the number of requests in the window, or None if the counter cannot be reached."""
    try:
        return tables.database().add(
            settings().counters_table,
            {"workspace_minute": f"{workspace_id}#{window}"},
            "hits",
            expires_at=(window + 1) * WINDOW_SECONDS + _KEPT_SECONDS,
        )
    except AwsError as failure:
        logger.warning("request allowed without being counted", workspace_id=workspace_id, reason=str(failure))
        count("UncountedRequests")
        return None


def _remember(workspace_id: str, block: Block, now: float) -> None:
    for other in [other for other, old in _blocked.items() if old.until <= now]:
        del _blocked[other]
    _blocked[workspace_id] = block


def _refusal(limit: int, resets_at: int, now: float) -> ApiError:
    seconds = ceil(resets_at - now)
    return ApiError(
        ErrorCode.RATE_LIMIT_EXCEEDED,
        details={"limit": limit, "window": "1 minute"},
        headers={**Allowance(limit, 0, resets_at, is_counted=True).headers(), "Retry-After": str(seconds)},
        limit=limit,
        seconds=seconds,
    )
