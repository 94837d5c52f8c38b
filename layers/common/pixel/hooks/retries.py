"""When a delivery is tried again, and when a destination is given up: pure functions of what was answered."""

import random
from datetime import datetime, timedelta
from typing import Final

from pixel.hooks.calling import Answer
from pixel.workspaces.vocabulary import DisabledReason

DELAYS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""The pauses of Standard Webhooks: 5 s, 5 min, 30 min, and 2, 5, 10, 14, 20 and 24 hours."""
RETRY_AFTER_MAX: Final = timedelta(hours=24)
FAILING_MAX: Final = timedelta(days=5)
"""A destination to which nothing was delivered for so long is disabled."""
_JITTER: Final = 0.2
_GONE: Final = {"webhook": {410}, "slack": {403, 404, 410}}


def next_delay(tries: int, answer: Answer) -> timedelta | None:
    """Return the pause after so many attempts, the last of which was answered like this, or None if it was the last."""
    if tries > len(DELAYS):
        return None
    spread = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - jitter, not a secret
    delay = DELAYS[tries - 1] * spread
    asked = timedelta(seconds=answer.retry_after_seconds or 0)
    return max(delay, min(asked, RETRY_AFTER_MAX))


def disabled_reason(kind: str, answer: Answer, failing_since: datetime | None, at: datetime) -> DisabledReason | None:
    """Return why a destination is to be disabled after an attempt that failed, or None if it is not."""
    if answer.status in _GONE[kind]:
        return "gone"
    if failing_since is not None and at - failing_since >= FAILING_MAX:
        return "failing"
    return None
