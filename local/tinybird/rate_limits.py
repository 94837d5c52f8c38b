"""Rate limits in requests per second, by bucket, in fixed windows of a second."""

import time
from math import ceil
from typing import NamedTuple

from local.tinybird.errors import ApiError

_BUCKETS_MAX = 10_000


class _Window(NamedTuple):
    second: int
    taken: int


class RateLimiter:
    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}

    def take(self, bucket: str, per_second: float) -> dict[str, str]:
        """Count a request and return the headers of its answer; raise ApiError 429 if the window is full."""
        now = time.monotonic()
        limit = max(1, ceil(per_second))
        window = self._windows.get(bucket, _Window(0, 0))
        taken = window.taken if window.second == int(now) else 0
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - taken - 1)),
            "X-RateLimit-Reset": "1",  # whole seconds until the window ends
        }
        if taken >= limit:
            raise ApiError(
                429,
                "Too many requests: the limit of requests per second has been reached",
                headers={**headers, "Retry-After": "1"},
            )
        if len(self._windows) > _BUCKETS_MAX:
            self._windows.clear()
        self._windows[bucket] = _Window(int(now), taken + 1)
        return headers
