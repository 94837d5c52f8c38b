"""Process one batch of a shard: retry, bisect, resume at the first failed record, and finally discard.

Later batches of the same lane wait until the batch is done, which preserves the order of records.
"""

import asyncio
import time
import traceback
from typing import Any, NamedTuple

from local.lambdas.event_sources import failure_destination
from local.lambdas.event_sources.batch_item_failures import failed_ids
from local.lambdas.event_sources.failure_destination import Condition
from local.lambdas.event_sources.records import Record, StreamSource, event_of
from local.lambdas.runtime_api import Outcome

_FIRST_PAUSE_SECONDS = 0.2
_PAUSE_SECONDS_MAX = 10.0


class Attempt(NamedTuple):
    records: list[Record]
    retries: int = 0  # bisecting does not count
    invocations: int = 0


class Batches:
    def __init__(self, source: StreamSource, shard_id: str, s3: Any) -> None:
        self._source = source
        self._shard_id = shard_id
        self._s3 = s3

    async def process(self, records: list[Record]) -> None:
        attempts = [Attempt(records)]
        while attempts:
            attempts[:1] = await self._run(attempts[0])

    async def _run(self, attempt: Attempt) -> list[Attempt]:
        """Run the attempt, and return the attempts that must follow before any later one."""
        attempt = await self._without_expired(attempt)
        if not attempt.records:
            return []
        outcome = await self._invoke(attempt.records)
        failed = failed_ids(outcome, reports_failures=self._source.reports_failures)
        done = 0 if failed is None else _done(attempt.records, failed)
        rest = attempt._replace(records=attempt.records[done:], invocations=attempt.invocations + 1)
        if not rest.records:
            return []
        if self._source.bisects and done:
            return [rest]
        if self._source.bisects and failed is None and len(rest.records) > 1:
            middle = len(rest.records) // 2
            return [rest._replace(records=half) for half in (rest.records[:middle], rest.records[middle:])]
        return await self._retry(rest, outcome)

    async def _retry(self, rest: Attempt, outcome: Outcome) -> list[Attempt]:
        if rest.retries == self._source.retries_max:
            await self._discard(rest, "RetryAttemptsExhausted", outcome)
            return []
        await asyncio.sleep(min(_FIRST_PAUSE_SECONDS * 2 ** min(rest.retries, 10), _PAUSE_SECONDS_MAX))
        return [rest._replace(retries=rest.retries + 1)]

    async def _without_expired(self, attempt: Attempt) -> Attempt:
        if self._source.age_seconds_max < 0:
            return attempt
        oldest = time.time() - self._source.age_seconds_max
        arrived = [record["ApproximateArrivalTimestamp"].timestamp() for record in attempt.records]
        expired = next((place for place, moment in enumerate(arrived) if moment >= oldest), len(arrived))
        if expired:
            await self._discard(attempt._replace(records=attempt.records[:expired]), "RecordAgeExceeded", None)
        return attempt._replace(records=attempt.records[expired:])

    async def _invoke(self, records: list[Record]) -> Outcome:
        try:
            return await self._source.function.invoke(event_of(self._source, self._shard_id, records).encode())
        except Exception:  # noqa: BLE001 - as on AWS, no failure of a batch ends the polling
            traceback.print_exc()
            return Outcome(b"", "Unhandled")

    async def _discard(self, attempt: Attempt, condition: Condition, outcome: Outcome | None) -> None:
        print(f"{self._source.name}: discarded {len(attempt.records)} records of {self._shard_id}: {condition}")
        if self._source.failures_bucket is None:
            return
        failed_batch = failure_destination.FailedBatch(
            source=self._source,
            shard_id=self._shard_id,
            records=attempt.records,
            invocations=attempt.invocations,
            condition=condition,
            outcome=outcome,
        )
        try:
            await asyncio.to_thread(failure_destination.write, self._s3, self._source.failures_bucket, failed_batch)
        except Exception:  # noqa: BLE001 - as above
            traceback.print_exc()


def _done(records: list[Record], failed: set[str]) -> int:
    """Return how many records precede the first failed one, where Lambda resumes."""
    return next((place for place, record in enumerate(records) if record["SequenceNumber"] in failed), len(records))
