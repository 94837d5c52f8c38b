"""The consumer of the spill queue, which forwards rows to Tinybird in few calls, the oldest first.

A message is done when Tinybird has its rows, or the dead-letter queue has those that Tinybird rejects. Until then it
stays in the queue and is retried after increasing delays. Rows that are sent twice count once.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from pixel.aws import queues
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import LoggableError
from pixel.foundation.observability import describe, flush_metrics, logger, record_age
from pixel.foundation.settings import ConfigurationError, settings
from pixel.ingest import delivery, spill
from pixel.ingest.delivery import FORWARDED_BYTES_MAX, Fate, Outcome, retry_policy_for
from pixel.ingest.spill import Spilled, UnreadableMessageError

_RETRY_POLICY = retry_policy_for(5)
# Less than the function's timeout, so that it never ends during a call. Remaining messages stay in the queue.
_SECONDS_MAX = 10.0

# After this many receives, rows that Tinybird refuses have waited about a day for a correction of the configuration.
_RECEIVES_MAX_REFUSED = 100
# About nine days. The queue keeps a message for fourteen days and delivers it at most 1,000 times.
_RECEIVES_MAX = 900


class _Message(NamedTuple):
    id: str
    receipt: str
    receives: int
    spilled: Spilled


class _Failure(NamedTuple):
    rows: Sequence[str]
    outcome: Outcome


def drain_spill(event: JsonObject, _context: Any) -> JsonObject:
    """Forward a batch of messages and return its batch item failures."""
    batch = _Batch()
    record_age("SpillQueueWait", queues.oldest_seconds(event["Records"]))
    try:
        batch.process(event["Records"])
    except Exception as failure:  # noqa: BLE001 - after any failure, messages not known to be done must stay
        logger.error("spill batch failed", extra=describe(failure))
    batch.set_visibility_timeouts(event["Records"])
    logger.info("spill batch processed", messages=len(event["Records"]), done=len(batch.done), calls=batch.calls)
    flush_metrics()
    return queues.batch_item_failures({record["messageId"] for record in event["Records"]} - batch.done)


class _Batch:
    def __init__(self) -> None:
        self.done: set[str] = set()
        self.calls = 0
        self._retry_after: dict[str, float] = {}
        self._deadline = epoch_seconds() + _SECONDS_MAX

    def process(self, records: Sequence[JsonObject]) -> None:
        messages = sorted(
            self._read(records), key=lambda message: (message.spilled.datasource, message.spilled.kept_at)
        )
        groups = [list(group) for _, group in groupby(messages, key=lambda message: message.spilled.datasource)]
        for group in sorted(groups, key=lambda group: group[0].spilled.kept_at):
            for portion in _portions(group):
                self._deliver(portion)

    def set_visibility_timeouts(self, records: Sequence[JsonObject]) -> None:
        """Set the visibility timeouts of messages that are not done. If that fails, the queue's own applies."""
        delays = {
            record["receiptHandle"]: queues.retry_delay(
                queues.receive_count(record), self._retry_after.get(record["messageId"], 0.0)
            )
            for record in records
            if record["messageId"] not in self.done
        }
        try:
            queues.change_visibility(settings().spill_queue_url, delays)
        except LoggableError as failure:
            logger.warning("visibility timeouts could not be changed", reason=str(failure))

    def _read(self, records: Sequence[JsonObject]) -> Iterator[_Message]:
        for record in records:
            try:
                spilled = spill.read(record["body"])
            except UnreadableMessageError as failure:
                self._dead_letter_unreadable(record, f"unreadable: {failure}")
            else:
                yield _Message(record["messageId"], record["receiptHandle"], queues.receive_count(record), spilled)

    def _dead_letter_unreadable(self, record: JsonObject, reason: str) -> None:
        logger.error("message could not be read", message_id=record["messageId"], reason=reason)
        try:
            spill.dead_letter_unreadable(record["body"], reason)
        except LoggableError as failure:
            logger.error(
                "message could not be sent to the dead-letter queue",
                message_id=record["messageId"],
                reason=str(failure),
            )
        else:
            self.done.add(record["messageId"])

    def _deliver(self, messages: Sequence[_Message]) -> None:
        """Forward the rows of messages to one datasource, and bisect them if only some are invalid."""
        rows = [row for message in messages for row in message.spilled.rows]
        outcome = self._forward(messages[0].spilled.datasource, rows)
        if not _can_be_bisected(outcome, len(rows)):
            for message in messages:
                failures = [] if outcome.fate is Fate.ACCEPTED else [_Failure(message.spilled.rows, outcome)]
                self._settle(message, failures)
        elif len(messages) == 1:
            self._settle(messages[0], list(self._bisect(messages[0].spilled.datasource, rows)))
        else:
            for half in _halves(messages):
                self._deliver(half)

    def _bisect(self, datasource: str, rows: Sequence[str]) -> Iterator[_Failure]:
        """Bisect rows, forward the parts, and yield those that fail."""
        for half in _halves(rows):
            outcome = self._forward(datasource, half)
            if _can_be_bisected(outcome, len(half)):
                yield from self._bisect(datasource, half)
            elif outcome.fate is not Fate.ACCEPTED:
                yield _Failure(half, outcome)

    def _forward(self, datasource: str, rows: Sequence[str]) -> Outcome:
        if epoch_seconds() >= self._deadline:
            return Outcome(Fate.RETRYABLE, "no time left in this invocation")
        self.calls += 1
        try:
            return delivery.forward(datasource, rows, _RETRY_POLICY)
        except ConfigurationError as failure:
            return Outcome(Fate.REFUSED, str(failure))
        except LoggableError as failure:
            return Outcome(Fate.RETRYABLE, str(failure))

    def _settle(self, message: _Message, failures: Sequence[_Failure]) -> None:
        fates = {failure.outcome.fate for failure in failures}
        if Fate.RETRYABLE in fates:
            is_final = message.receives >= _RECEIVES_MAX
        elif Fate.REFUSED in fates:
            is_final = message.receives >= _RECEIVES_MAX_REFUSED
        else:
            is_final = True
        if is_final and self._dead_letter(message, failures):
            self.done.add(message.id)
        else:
            delay = max(failure.outcome.retry_after_seconds for failure in failures)
            self._retry_after[message.id] = delay

    def _dead_letter(self, message: _Message, failures: Sequence[_Failure]) -> bool:
        datasource, _, kept_at = message.spilled
        try:
            for rows, outcome in failures:
                spill.dead_letter(datasource, rows, outcome.reason, kept_at=kept_at)
        except LoggableError as failure:
            logger.error("rows could not be sent to the dead-letter queue", message_id=message.id, reason=str(failure))
            return False
        return True


def _can_be_bisected(outcome: Outcome, rows: int) -> bool:
    return outcome.is_about_rows and rows > 1 and outcome.damaged_rows < rows


def _halves[Part](parts: Sequence[Part]) -> tuple[Sequence[Part], Sequence[Part]]:
    middle = len(parts) // 2
    return parts[:middle], parts[middle:]


def _portions(messages: Sequence[_Message]) -> Iterator[list[_Message]]:
    portion: list[_Message] = []
    size = 0
    for message in messages:
        message_bytes = sum(len(row.encode()) + 1 for row in message.spilled.rows)
        if portion and size + message_bytes > FORWARDED_BYTES_MAX:
            yield portion
            portion, size = [], 0
        portion.append(message)
        size += message_bytes
    if portion:
        yield portion
