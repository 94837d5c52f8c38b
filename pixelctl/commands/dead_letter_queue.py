"""The dead-letter queue: rows that could not be stored and events that were refused, each with the reason.

SQS shows a message only by delivering it. Messages that are read here are hidden from other consumers for up to a
minute, and released at the end. A message is deleted only after it has been sent on, or when the operator purges it.
"""

from __future__ import annotations

import json
import math
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import LoggableError
from pixel.ingest.receipts import Kind, items_of_rows
from pixel.ingest.spill import UNREADABLE
from pixelctl.failures import AWS_FAILURES, ControlError, error_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_sqs.type_defs import MessageTypeDef, ReceiveMessageResultTypeDef

    from pixelctl.target import Target

VISIBILITY_TIMEOUT_SECONDS = 60
WAIT_SECONDS = 1  # with long polling, SQS asks all of its servers
_QUEUES_OF_EVENTS = ("-ingest", "-files")
_REFUSED_CODES = {"InvalidParameterValue", "InvalidMessageContents", "AWS.SimpleQueueService.BatchRequestTooLong"}
MOVED_BY_SQS = "received too often"
NO_DATASOURCE = "-"


class DeadLetter(NamedTuple):
    message_id: str
    receipt: str
    datasource: str
    reason: str
    rows: list[str]
    kept_at: float  # epoch seconds
    original: str  # the body to send when the message is replayed
    is_event: bool  # an event of another AWS service; otherwise rows
    error: dict[str, Any] | None  # why an event was refused

    @property
    def event_ids(self) -> list[str]:
        return [str(event["event_id"]) for row in self.rows if "event_id" in (event := _object(row))]


class Selection(NamedTuple):
    """The messages to work on; None matches any value."""

    reason: str | None = None
    datasource: str | None = None
    message_id: str | None = None

    def holds(self, letter: DeadLetter) -> bool:
        return (
            self.reason in (None, letter.reason)
            and self.datasource in (None, letter.datasource)
            and self.message_id in (None, letter.message_id)
        )


def find(target: Target, selection: Selection) -> list[DeadLetter]:
    """Return the messages that can be received now; other commands may hide some for up to a minute."""
    with _received(target) as letters:
        return [letter for letter in letters if selection.holds(letter)]


class Replayed(NamedTuple):
    """The messages that were sent for another attempt, and those that were left, with the reason."""

    sent: list[DeadLetter]
    left: list[tuple[DeadLetter, str]]


def replay(target: Target, selection: Selection) -> Replayed:
    """Send messages for another attempt, then delete them from the dead-letter queue.

    A message whose replay is interrupted in between is in both queues; its rows still count once.
    """
    left: list[tuple[DeadLetter, str]] = []

    def send(letter: DeadLetter) -> bool:
        since = epoch_seconds()
        try:
            queue = target.ingest_queue if letter.is_event else target.spill_queue
            target.sqs.send_message(QueueUrl=queue, MessageBody=letter.original)
        except ControlError as failure:
            left.append((letter, str(failure)))
        except ClientError as failure:
            if error_code(failure) not in _REFUSED_CODES:
                raise
            left.append((letter, "SQS refuses the message: it is too large or has invalid characters."))
        else:
            _record_queued(target, letter.rows, since)
            return True
        return False

    return Replayed(_remove(target, selection, send), left)


def _record_queued(target: Target, rows: list[str], since: float) -> None:
    """Write receipts of rows that are queued again; without them the rows arrive all the same."""
    receipts = {item["claim"]: item for item in items_of_rows(Kind.QUEUED, rows, "replayed", since=since)}
    with suppress(ControlError, LoggableError, *AWS_FAILURES):
        target.database.put_all(target.physical_id("ClaimsTable"), [*receipts.values()])


def purge(target: Target, selection: Selection) -> list[DeadLetter]:
    """Delete messages permanently."""
    return _remove(target, selection, lambda _letter: True)


def _remove(target: Target, selection: Selection, may_go: Callable[[DeadLetter], bool]) -> list[DeadLetter]:
    removed = []
    with _received(target) as letters:
        for letter in letters:
            if selection.holds(letter) and may_go(letter):
                target.sqs.delete_message(QueueUrl=target.dead_letter_queue, ReceiptHandle=letter.receipt)
                removed.append(letter)
    return removed


@contextmanager
def _received(target: Target) -> Iterator[Iterator[DeadLetter]]:
    """Yield the messages one by one, and make those that remain visible to others at the end.

    Messages that arrived after the first one was received are left out. Otherwise a message whose replay fails would
    come back and be replayed again without end.
    """
    seen: dict[str, str] = {}

    def receive() -> Iterator[DeadLetter]:
        until = math.inf
        while True:
            answer = _receive(target)
            page = [message for message in answer.get("Messages", []) if message["MessageId"] not in seen]
            if not page:
                return  # the queue is read, or so long that the first messages are visible again
            seen.update({message["MessageId"]: message["ReceiptHandle"] for message in page})
            until = min(until, _time_of(answer) + 1)  # the header has whole seconds
            yield from (_read(message) for message in page if _sent_at(message) <= until)

    try:
        yield receive()
    finally:
        with suppress(*AWS_FAILURES):  # their visibility timeout ends within a minute anyway
            _release(target, list(seen.values()))


def _receive(target: Target) -> ReceiveMessageResultTypeDef:
    return target.sqs.receive_message(
        QueueUrl=target.dead_letter_queue,
        MaxNumberOfMessages=10,
        VisibilityTimeout=VISIBILITY_TIMEOUT_SECONDS,
        WaitTimeSeconds=WAIT_SECONDS,
        MessageSystemAttributeNames=["SentTimestamp", "DeadLetterQueueSourceArn"],
    )


def _time_of(answer: ReceiveMessageResultTypeDef) -> float:
    """Return the time by the clock of SQS, which also sets the times of messages."""
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()


def _sent_at(message: MessageTypeDef) -> float:
    return int(message.get("Attributes", {}).get("SentTimestamp", "0")) / 1000


def _release(target: Target, receipts: list[str]) -> None:
    for start in range(0, len(receipts), 10):
        target.sqs.change_message_visibility_batch(
            QueueUrl=target.dead_letter_queue,
            Entries=[
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for number, receipt in enumerate(receipts[start : start + 10])
            ],
        )


def _read(message: MessageTypeDef) -> DeadLetter:
    body = _object(message["Body"])
    reason = str(body.pop("reason", MOVED_BY_SQS))
    rows, kept_at, error = body.get("rows"), body.get("kept_at"), body.get("error")
    are_rows = isinstance(rows, list) and isinstance(body.get("datasource"), str)
    moved_from = message.get("Attributes", {}).get("DeadLetterQueueSourceArn", "")
    is_event = moved_from.endswith(_QUEUES_OF_EVENTS) or not (are_rows or UNREADABLE in body)
    are_rows = are_rows and not is_event
    return DeadLetter(
        message_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        datasource=body["datasource"] if are_rows else NO_DATASOURCE,
        reason=reason,
        rows=[str(row) for row in rows or []] if are_rows else [],
        kept_at=kept_at if isinstance(kept_at, int | float) else _sent_at(message),
        original=_delivery(message) if is_event else json.dumps(body) if are_rows else str(body[UNREADABLE]),
        is_event=is_event,
        error=error if isinstance(error, dict) else None,
    )


def _delivery(message: MessageTypeDef) -> str:
    """Return the event in the form in which the consumer of the ingest queue stores it here.

    A message that SQS or another service moved here gets its origin too, so that an event that was stored before its
    message failed is recognized as the same event.
    """
    if _object(message["Body"]).keys() >= {"origin", "at_ms", "event"}:
        return message["Body"]
    at_ms = round(_sent_at(message) * 1000)
    frame = {"origin": f"sqs#{message['MessageId']}", "at_ms": at_ms, "event": message["Body"]}
    return json.dumps(frame, ensure_ascii=False)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
