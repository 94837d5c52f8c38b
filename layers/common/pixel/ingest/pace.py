"""The calls to Tinybird of one invocation of the drain: how many there may be, and how many rows each may have.

After a timeout, calls have half as many rows, down to a single one. An invocation begins with fewer rows the more often
its messages have been received, and sends more after each answer. So a slow Tinybird gets fewer rows each time, though
nothing is remembered between invocations, and one that was down gets many again after a few calls.
"""

from collections import Counter
from collections.abc import Sequence

from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import LoggableError
from pixel.foundation.settings import ConfigurationError
from pixel.ingest import delivery
from pixel.ingest.delivery import FORWARDED_BYTES_MAX, SPILLED_SECONDS, Fate, Outcome, retry_policy_for

# No call begins later, and the function's timeout leaves time for the last one. Remaining messages stay in the queue.
SECONDS_MAX = 60.0
CALLS_MAX = 200
RETRY_POLICY = retry_policy_for(SPILLED_SECONDS)
_TIMEOUTS_MAX = 4  # in a row, for one datasource
_GROWTH = 8


class Pace:
    """Forwards rows, and counts the calls."""

    def __init__(self) -> None:
        self.calls = 0
        self._deadline = self._until = epoch_seconds() + SECONDS_MAX
        self._calls_max = CALLS_MAX
        self._bytes_max: dict[str, int] = {}
        self._bytes_in_time: dict[str, int] = {}  # half of what timed out
        self._timeouts: Counter[str] = Counter()

    @property
    def is_spent(self) -> bool:
        """Whether no call can begin for the current datasource."""
        return self.calls >= self._calls_max or epoch_seconds() >= self._until

    def begin(self, datasource: str, receives: int, *, datasources_left: int) -> None:
        """Set how much the first call may have, for messages that were received so often.

        The datasource gets its share of the time and the calls that are left, so that one that is slow or has many
        damaged rows leaves some to the others.
        """
        self._bytes_max[datasource] = max(FORWARDED_BYTES_MAX >> (receives - 1), 1)
        now = epoch_seconds()
        self._until = now + (self._deadline - now) / datasources_left
        self._calls_max = self.calls + (CALLS_MAX - self.calls) // datasources_left

    def bytes_max(self, datasource: str) -> int:
        """Return how many bytes the next call may have."""
        return self._bytes_max[datasource]

    def fits(self, datasource: str, rows: Sequence[str]) -> bool:
        """Return whether one call may have these rows; a single row always fits."""
        return len(rows) == 1 or size_of(rows) <= self._bytes_max[datasource]

    def forward(self, datasource: str, rows: Sequence[str]) -> Outcome:
        """Forward rows, unless no call is left or Tinybird is too slow for this datasource."""
        if self._timeouts[datasource] >= _TIMEOUTS_MAX:
            return Outcome(Fate.RETRYABLE, "timed out again and again", may_be_kept=False)
        if self.is_spent:
            return Outcome(Fate.RETRYABLE, "no time or no call left in this invocation", may_be_kept=False)
        self.calls += 1
        outcome = _forward(datasource, rows)
        size = size_of(rows)
        if outcome.timed_out:
            self._timeouts[datasource] += 1
            self._bytes_in_time[datasource] = self._bytes_max[datasource] = max(size // 2, 1)
        elif outcome.fate is not Fate.RETRYABLE:
            self._timeouts[datasource] = 0
            grown = max(self._bytes_max[datasource], _GROWTH * size)
            self._bytes_max[datasource] = min(grown, self._bytes_in_time.get(datasource, FORWARDED_BYTES_MAX))
        return outcome


def size_of(rows: Sequence[str]) -> int:
    """Return the bytes of rows in a call."""
    return sum(len(row.encode()) + 1 for row in rows)


def _forward(datasource: str, rows: Sequence[str]) -> Outcome:
    try:
        return delivery.forward(datasource, rows, RETRY_POLICY, opens_after_timeout=False)
    except ConfigurationError as failure:
        return Outcome(Fate.REFUSED, str(failure), may_be_kept=False)
    except LoggableError as failure:
        return Outcome(Fate.RETRYABLE, str(failure))
