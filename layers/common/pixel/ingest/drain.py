"""The consumer of the spill queue, which forwards rows to Tinybird in few calls, the oldest first.

A message is done when Tinybird has its rows, or when the dead-letter queue has those that it cannot take. Until then it
stays in the queue and is delivered again after longer and longer pauses. Rows that are sent twice count once.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from pixel.aws import queues
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import LoggableError
from pixel.foundation.observability import describe, flush_metrics, logger
from pixel.foundation.settings import ConfigurationError, settings
from pixel.ingest import delivery, spill
from pixel.ingest.delivery import FORWARDED_BYTES_MAX, Fate, Outcome, patience_for
from pixel.ingest.spill import Spilled, UnreadableMessageError

_PATIENCE = patience_for(5)
# Less than the function's time-out, so that it never ends in the middle of a call; what is left stays in the queue.
_SECONDS_MAX = 10.0

# After this many receives a refused row has waited about a day, in which the configuration could have been corrected.
_RECEIVES_OF_REFUSED = 100
# About nine days. The queue keeps a message for fourteen, and delivers none more than 1,000 times.
_RECEIVES_OF_ALL = 900


class _Message(NamedTuple):
    id: str
    receipt: str
    receives: int
    spilled: Spilled


class _Failure(NamedTuple):
    rows: Sequence[str]
    outcome: Outcome


def drain_spill(event: JsonObject, _context: Any) -> JsonObject:
    batch = _Batch()
    try:
        batch.take(event["Records"])
    except Exception as failure:  # noqa: BLE001 - whatever failed, a message that is not known to be done stays
        logger.error("drain failed", extra=describe(failure))
    batch.let_stay(event["Records"])
    logger.info("drained", messages=len(event["Records"]), done=len(batch.done), calls=batch.calls)
    flush_metrics()
    return queues.staying({record["messageId"] for record in event["Records"]} - batch.done)


class _Batch:
    def __init__(self) -> None:
        self.done: set[str] = set()
        self.calls = 0
        self._asked_pauses: dict[str, float] = {}
        self._ends_at = epoch_seconds() + _SECONDS_MAX

    def take(self, records: Sequence[JsonObject]) -> None:
        messages = sorted(
            self._read(records), key=lambda message: (message.spilled.datasource, message.spilled.kept_at)
        )
        groups = [list(group) for _, group in groupby(messages, key=lambda message: message.spilled.datasource)]
        for group in sorted(groups, key=lambda group: group[0].spilled.kept_at):
            for portion in _portions(group):
                self._deliver(portion)

    def let_stay(self, records: Sequence[JsonObject]) -> None:
        """Set the visibility timeout of messages that are not done; where that fails, the queue's own applies."""
        pauses = {
            record["receiptHandle"]: queues.pause(
                queues.receives(record), self._asked_pauses.get(record["messageId"], 0.0)
            )
            for record in records
            if record["messageId"] not in self.done
        }
        try:
            queues.come_back(settings().spill_queue_url, pauses)
        except LoggableError as failure:
            logger.warning("visibility timeouts were not changed", reason=str(failure))

    def _read(self, records: Sequence[JsonObject]) -> Iterator[_Message]:
        for record in records:
            try:
                spilled = spill.read(record["body"])
            except UnreadableMessageError as failure:
                self._bury_unreadable(record, f"unreadable: {failure}")
            else:
                yield _Message(record["messageId"], record["receiptHandle"], queues.receives(record), spilled)

    def _bury_unreadable(self, record: JsonObject, reason: str) -> None:
        logger.error("message cannot be read", message_id=record["messageId"], reason=reason)
        try:
            spill.bury_unreadable(record["body"], reason)
        except LoggableError as failure:
            logger.error("message cannot be buried", message_id=record["messageId"], reason=str(failure))
        else:
            self.done.add(record["messageId"])

    def _deliver(self, messages: Sequence[_Message]) -> None:
        """Forward messages of one datasource together, or in halves if only some of their rows are at fault."""
        rows = [row for message in messages for row in message.spilled.rows]
        outcome = self._forward(messages[0].spilled.datasource, rows)
        if not _may_be_split(outcome, len(rows)):
            for message in messages:
                failures = [] if outcome.fate is Fate.ACCEPTED else [_Failure(message.spilled.rows, outcome)]
                self._settle(message, failures)
        elif len(messages) == 1:
            self._settle(messages[0], list(self._sift(messages[0].spilled.datasource, rows)))
        else:
            for half in _halves(messages):
                self._deliver(half)

    def _sift(self, datasource: str, rows: Sequence[str]) -> Iterator[_Failure]:
        """Yield the rows that cannot be forwarded by themselves either."""
        for half in _halves(rows):
            outcome = self._forward(datasource, half)
            if _may_be_split(outcome, len(half)):
                yield from self._sift(datasource, half)
            elif outcome.fate is not Fate.ACCEPTED:
                yield _Failure(half, outcome)

    def _forward(self, datasource: str, rows: Sequence[str]) -> Outcome:
        if epoch_seconds() >= self._ends_at:
            return Outcome(Fate.LATER, "out of time")
        self.calls += 1
        try:
            return delivery.forward(datasource, rows, _PATIENCE)
        except ConfigurationError as failure:
            return Outcome(Fate.REFUSED, str(failure))
        except LoggableError as failure:
            return Outcome(Fate.LATER, str(failure))

    def _settle(self, message: _Message, failures: Sequence[_Failure]) -> None:
        fates = {failure.outcome.fate for failure in failures}
        if Fate.LATER in fates:
            has_waited_enough = message.receives >= _RECEIVES_OF_ALL
        elif Fate.REFUSED in fates:
            has_waited_enough = message.receives >= _RECEIVES_OF_REFUSED
        else:
            has_waited_enough = True
        if has_waited_enough and self._bury(message, failures):
            self.done.add(message.id)
        else:
            asked = max(failure.outcome.retry_after_seconds for failure in failures)
            self._asked_pauses[message.id] = asked

    def _bury(self, message: _Message, failures: Sequence[_Failure]) -> bool:
        datasource, _, kept_at = message.spilled
        try:
            for rows, outcome in failures:
                spill.bury(datasource, rows, outcome.reason, kept_at=kept_at)
        except LoggableError as failure:
            logger.error("rows cannot be buried", message_id=message.id, reason=str(failure))
            return False
        return True


def _may_be_split(outcome: Outcome, rows: int) -> bool:
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
