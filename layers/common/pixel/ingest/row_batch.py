"""A batch of messages with rows, which is forwarded to Tinybird in few calls, the oldest first.

The consumers of the spill queue and of the clicks queue share it. A message is done when Tinybird has its rows, or the
dead-letter queue has those that Tinybird rejects. Until then it stays in the queue and is retried after increasing
delays. If only some of its rows are done, the others replace it as new messages in the spill queue, which alone has
messages with several rows. Rows that are sent twice count once.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from pixel.aws import queues
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import LoggableError
from pixel.foundation.observability import describe, logger
from pixel.ingest import receipts, spill
from pixel.ingest.delivery import Fate, Outcome
from pixel.ingest.pace import Pace, size_of
from pixel.ingest.spill import Spilled, UnreadableMessageError

# For the rows of one message. It is enough to separate some damaged rows, and less than an invocation may make.
_CALLS_PER_MESSAGE = 64

# After this many receives, rows that Tinybird refuses have waited about a day for a correction of the configuration.
_RECEIVES_MAX_REFUSED = 100
# About nine days. The queue keeps a message for fourteen days and delivers it at most 1,000 times.
_RECEIVES_MAX = 900


class _Message(NamedTuple):
    id: str
    receives: int  # including those of earlier messages that contained the rows
    spilled: Spilled


class _Failure(NamedTuple):
    rows: Sequence[str]
    outcome: Outcome


class RowBatch:
    """The messages that a consumer got, and what became of them."""

    def __init__(self, records: Sequence[JsonObject], queue_url: str, read: Callable[[JsonObject], Spilled]) -> None:
        """Take records of a queue; `read` returns the rows of one, or raises UnreadableMessageError."""
        self._records = records
        self._queue_url = queue_url
        self._read_rows = read
        self.done: set[str] = set()
        self.pace = Pace()
        self._retry_after: dict[str, float] = {}
        self._can_move = True  # rows to other messages; after a failure, trying again would use up the function's time

    @property
    def failures(self) -> JsonObject:
        """Return the batch item failures: Lambda deletes all other messages."""
        return queues.batch_item_failures({record["messageId"] for record in self._records} - self.done)

    def forward(self) -> None:
        """Forward the rows, and hide messages that are not done until they may be tried again."""
        try:
            self._process()
        except Exception as failure:  # noqa: BLE001 - after any failure, messages not known to be done must stay
            logger.error("batch of rows failed", extra=describe(failure))
        self._set_visibility_timeouts()

    def _process(self) -> None:
        messages = sorted(self._read(), key=lambda message: (message.spilled.datasource, message.spilled.kept_at))
        groups = [list(group) for _, group in groupby(messages, key=lambda message: message.spilled.datasource)]
        groups.sort(key=lambda group: group[0].spilled.kept_at)
        for place, group in enumerate(groups):
            receives = max(message.receives for message in group)
            self.pace.begin(group[0].spilled.datasource, receives, datasources_left=len(groups) - place)
            number = 0
            while number < len(group):
                portion = self._portion(group[number:])
                self._deliver(portion)
                number += len(portion)

    def _set_visibility_timeouts(self) -> None:
        """Set the visibility timeouts of messages that are not done. If that fails, the queue's own applies."""
        delays = {
            record["receiptHandle"]: queues.retry_delay(
                queues.receive_count(record), self._retry_after.get(record["messageId"], 0.0)
            )
            for record in self._records
            if record["messageId"] not in self.done
        }
        try:
            queues.change_visibility(self._queue_url, delays)
        except LoggableError as failure:
            logger.warning("visibility timeouts could not be changed", reason=str(failure))

    def _read(self) -> Iterator[_Message]:
        for record in self._records:
            try:
                spilled = self._read_rows(record)
            except UnreadableMessageError as failure:
                self._dead_letter_unreadable(record, f"unreadable: {failure}")
            else:
                yield _Message(record["messageId"], queues.receive_count(record) + spilled.receives, spilled)

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

    def _portion(self, messages: Sequence[_Message]) -> list[_Message]:
        """Return the first messages, as many as fit into one call, and at least one."""
        bytes_left = self.pace.bytes_max(messages[0].spilled.datasource)
        portion: list[_Message] = []
        for message in messages:
            bytes_left -= size_of(message.spilled.rows)
            if portion and bytes_left < 0:
                break
            portion.append(message)
        return portion

    def _deliver(self, messages: Sequence[_Message]) -> None:
        """Forward the rows of messages to one datasource, and halve them if that helps."""
        if len(messages) == 1:
            calls_max = self.pace.calls + _CALLS_PER_MESSAGE
            self._settle(messages[0], list(self._deliver_rows(messages[0], messages[0].spilled.rows, calls_max)))
            return
        rows = [row for message in messages for row in message.spilled.rows]
        outcome = self.pace.forward(messages[0].spilled.datasource, rows)
        if _can_be_halved(outcome, len(rows)):
            for half in _halves(messages):
                self._deliver(half)
            return
        for message in messages:
            self._settle(message, [] if outcome.fate is Fate.ACCEPTED else [_Failure(message.spilled.rows, outcome)])

    def _deliver_rows(
        self, message: _Message, rows: Sequence[str], calls_max: int, whole: Outcome | None = None
    ) -> Iterator[_Failure]:
        """Forward rows of a message, in halves if that helps, and yield those that are not accepted.

        `whole` is the outcome of a call that contained these rows and others.
        """
        datasource = message.spilled.datasource
        if self.pace.fits(datasource, rows):
            if self.pace.calls >= calls_max or (whole is not None and self.pace.is_spent):
                yield _Failure(rows, _outcome_without_a_call(whole))
                return
            outcome = self.pace.forward(datasource, rows)
            if outcome.fate is Fate.ACCEPTED:
                return
            is_known = message.spilled.refused and outcome.fate is Fate.REFUSED
            is_final = _is_final(outcome, message.receives)
            if not _can_be_halved(outcome, len(rows)) or (is_known and not is_final):
                yield _Failure(rows, outcome)
                return
            whole = outcome
        for half in _halves(rows):
            yield from self._deliver_rows(message, half, calls_max, whole)

    def _settle(self, message: _Message, failures: Sequence[_Failure]) -> None:
        """Dead-letter what is rejected, and put the other rows back unless the message would be the same."""
        rejected = [failure for failure in failures if _is_final(failure.outcome, message.receives)]
        left = [failure for failure in failures if not _is_final(failure.outcome, message.receives)]
        is_same = sum(len(failure.rows) for failure in left) == len(message.spilled.rows) and len(_fates(left)) == 1
        if not failures or (
            self._can_move and self._dead_letter(message, rejected) and not is_same and self._put_back(message, left)
        ):
            self.done.add(message.id)
        else:
            self._retry_after[message.id] = max(failure.outcome.retry_after_seconds for failure in failures)

    def _dead_letter(self, message: _Message, failures: Sequence[_Failure]) -> bool:
        try:
            for reason in sorted({failure.outcome.reason for failure in failures}):
                rows = [row for failure in failures if failure.outcome.reason == reason for row in failure.rows]
                since = epoch_seconds()
                spill.dead_letter(message.spilled.datasource, rows, reason, kept_at=message.spilled.kept_at)
                receipts.record_rows(receipts.Kind.DEAD_LETTERED, rows, reason, since=since)
        except LoggableError as failure:
            logger.error("rows could not be sent to the dead-letter queue", message_id=message.id, reason=str(failure))
            self._can_move = False
            return False
        return True

    def _put_back(self, message: _Message, failures: Sequence[_Failure]) -> bool:
        """Put rows back. Those that Tinybird refuses get a message of their own, or the others would wait for them."""
        try:
            for fate in _fates(failures):
                ones = [failure for failure in failures if failure.outcome.fate is fate]
                rows = tuple(row for one in ones for row in one.rows)
                requested = max(one.outcome.retry_after_seconds for one in ones)
                spill.put_back(
                    message.spilled._replace(
                        rows=rows, receives=message.receives, refused=fate is Fate.REFUSED and _is_about_rows(ones)
                    ),
                    delay_seconds=min(queues.retry_delay(message.receives, requested), queues.DELAY_SECONDS_MAX),
                )
        except LoggableError as failure:
            logger.error("rows could not be put back into the queue", message_id=message.id, reason=str(failure))
            self._can_move = False
            return False
        return True


def _fates(failures: Sequence[_Failure]) -> list[Fate]:
    return sorted({failure.outcome.fate for failure in failures})


def _is_about_rows(failures: Sequence[_Failure]) -> bool:
    return all(failure.outcome.is_about_rows for failure in failures)


def _is_final(outcome: Outcome, receives: int) -> bool:
    match outcome.fate:
        case Fate.RETRYABLE:
            return receives >= _RECEIVES_MAX
        case Fate.REFUSED:
            return receives >= _RECEIVES_MAX_REFUSED
        case _:
            return True


def _outcome_without_a_call(whole: Outcome | None) -> Outcome:
    """Return the outcome of rows for which no call is left.

    If Tinybird stored only some rows of a call that contained them, they are dead-lettered as they are: those that are
    stored count once if they are sent again.
    """
    if whole is not None and whole.fate is Fate.PARTIAL:
        return whole
    return Outcome(Fate.RETRYABLE, "no call left for this message")


def _can_be_halved(outcome: Outcome, rows: int) -> bool:
    return rows > 1 and (outcome.timed_out or (outcome.is_about_rows and outcome.damaged_rows < rows))


def _halves[Part](parts: Sequence[Part]) -> tuple[Sequence[Part], Sequence[Part]]:
    middle = len(parts) // 2
    return parts[:middle], parts[middle:]
