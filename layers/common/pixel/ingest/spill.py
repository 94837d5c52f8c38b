"""The spill queue for rows that Tinybird cannot accept now, and the dead-letter queue for rows that it rejects.

A message contains complete rows, with hashes in place of personal data. Their contents are never logged.
"""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pixel.aws import queues
from pixel.aws.queues import NotSentError
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import LoggableError
from pixel.foundation.observability import count
from pixel.foundation.settings import settings

_VERSION = 1
_BODY_BYTES_MAX = 240_000
_FRAME_BYTES = 500  # around the rows
UNREADABLE = "unreadable"


class Spilled(NamedTuple):
    """The rows in a message."""

    datasource: str
    rows: tuple[str, ...]
    kept_at: float  # epoch seconds
    receives: int = 0  # of the messages that contained the rows before
    refused: bool = False  # whether Tinybird refused each of the rows alone


class NotQueuedError(LoggableError):
    """Rows could not be queued: those at `positions` may not be in the queue; all others are."""

    def __init__(self, positions: Sequence[int], reason: str) -> None:
        self.positions = positions
        super().__init__(f"rows could not be queued: {reason}")


class UnreadableMessageError(LoggableError):
    """A message does not contain rows. The reason contains nothing of its text."""


def enqueue(datasource: str, rows: Sequence[str]) -> None:
    """Put rows into the spill queue. Raises NotQueuedError."""
    _send(settings().spill_queue_url, Spilled(datasource, tuple(rows), epoch_seconds()))
    count("RowsSpilled", len(rows))


def messages_of(datasource: str, rows: Sequence[str]) -> list[str]:
    """Return the bodies of messages for the spill queue, for programs that have a queue client of their own."""
    return [body for body, _ in _bodies(Spilled(datasource, tuple(rows), epoch_seconds()))]


def put_back(spilled: Spilled, *, delay_seconds: int) -> None:
    """Put rows of a message that is not done into the queue again. Raises NotQueuedError."""
    _send(settings().spill_queue_url, spilled, delay_seconds=delay_seconds)


def dead_letter(datasource: str, rows: Sequence[str], reason: str, *, kept_at: float | None = None) -> None:
    """Put rows into the dead-letter queue; `kept_at` is when they were spilled. Raises NotQueuedError."""
    since = epoch_seconds() if kept_at is None else kept_at
    _send(settings().dead_letter_queue_url, Spilled(datasource, tuple(rows), since), reason)
    count("RowsDeadLettered", len(rows))


def dead_letter_unreadable(body: str, reason: str) -> None:
    """Put a message that cannot be read into the dead-letter queue as it is. Raises NotQueuedError."""
    frame = {"version": _VERSION, "reason": reason, "kept_at": epoch_seconds(), UNREADABLE: body}
    try:
        queues.send(settings().dead_letter_queue_url, [json.dumps(frame)])
    except NotSentError as failure:
        raise NotQueuedError((0,), str(failure)) from failure


def read(body: str) -> Spilled:
    """Return the rows in a message. Raises UnreadableMessageError."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as failure:
        raise UnreadableMessageError("not JSON") from failure
    if not isinstance(message, dict) or message.get("version") != _VERSION:
        raise UnreadableMessageError("not a message of version 1")
    datasource, rows, kept_at = (message.get(name) for name in ("datasource", "rows", "kept_at"))
    if not isinstance(datasource, str) or not isinstance(kept_at, int | float):
        raise UnreadableMessageError("without datasource or time")
    receives = message.get("receives", 0)
    if type(receives) is not int or receives < 0:
        raise UnreadableMessageError("without a number of receives")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, str) and _is_text(row) for row in rows):
        raise UnreadableMessageError("without rows")
    return Spilled(datasource, tuple(rows), kept_at, receives, message.get("refused") is True)


def _is_text(row: str) -> bool:
    """Return whether the row can be sent: JSON can contain half a surrogate pair, but UTF-8 cannot."""
    try:
        row.encode()
    except UnicodeEncodeError:
        return False
    return True


def _send(queue_url: str, spilled: Spilled, reason: str | None = None, *, delay_seconds: int = 0) -> None:
    bodies = _bodies(spilled, reason)
    try:
        queues.send(queue_url, [body for body, _ in bodies], delay_seconds=delay_seconds)
    except NotSentError as failure:
        starts = [0]
        for _, rows in bodies:
            starts.append(starts[-1] + rows)
        failed = [row for number in failure.positions for row in range(starts[number], starts[number + 1])]
        raise NotQueuedError(failed, str(failure)) from failure


def _bodies(spilled: Spilled, reason: str | None = None) -> list[tuple[str, int]]:
    """Return the bodies of messages, each with the number of its rows."""
    frame: JsonObject = {"version": _VERSION, "datasource": spilled.datasource, "kept_at": spilled.kept_at}
    if spilled.receives:
        frame["receives"] = spilled.receives
    if spilled.refused:
        frame["refused"] = True
    if reason is not None:
        frame["reason"] = reason
    prefix = json.dumps(frame)[:-1]
    chunks = _chunks([json.dumps(row) for row in spilled.rows])
    return [(f'{prefix}, "rows": [{", ".join(chunk)}]}}', len(chunk)) for chunk in chunks]


def _chunks(encoded: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = _FRAME_BYTES
    for row in encoded:
        if chunk and size + len(row) > _BODY_BYTES_MAX:
            yield chunk
            chunk, size = [], _FRAME_BYTES
        chunk.append(row)
        size += len(row) + 2
    if chunk:
        yield chunk
