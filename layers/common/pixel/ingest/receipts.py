"""Receipts of events that are not in the warehouse: their rows wait in a queue, or they are dead letters.

A receipt is written after the row or the event is in its queue, and says for thirty days where it went. Whether it is
written decides nothing: a failure is logged, and the row stays where it is. Each kind of receipt has an item of its
own, so that those of functions that run at the same moment never replace each other; the last one is valid.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import batched
from typing import Any, Final, NamedTuple, Self

from pixel.aws.attributes import Item
from pixel.aws.json_service import JsonService
from pixel.aws.tables import PROTOCOL, Database
from pixel.foundation.clock import epoch_seconds, read_instant
from pixel.foundation.container import made_once
from pixel.foundation.observability import describe, logger
from pixel.foundation.settings import aws_environment, settings

RECEIPT_SECONDS: Final = 30 * 86_400
# A receipt may take this long and no more: it must not use up the time in which the function has to answer.
_TIMEOUT_SECONDS = 0.5
_SECONDS_MAX = 2.0
_AT_ONCE = 25  # the items of a BatchWriteItem


class Kind(StrEnum):
    """What a receipt is about."""

    QUEUED = "queued"  # a row in the spill queue
    DEAD_LETTERED = "dead_lettered"  # a row in the dead-letter queue
    REJECTED = "rejected"  # an event in the dead-letter queue, which never became a row


class Receipt(NamedTuple):
    """A receipt, as it is stored."""

    kind: str
    website_id: str
    since_ms: int
    reason: str
    received_ms: int  # of the event
    fields: Sequence[Mapping[str, str]] = ()  # of a rejected event: the path and the code of each fault

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(**{name: item[name] for name in cls._fields})

    def to_item(self, workspace_id: str, event_id: str) -> Item:
        return {
            "claim": name_of(Kind(self.kind), workspace_id, event_id),
            **self._asdict(),
            "expires_at": self.since_ms // 1000 + RECEIPT_SECONDS,
        }


class RejectedEvent(NamedTuple):
    """An event in the dead-letter queue, as far as a receipt is about it."""

    workspace_id: str
    website_id: str
    event_id: str
    received_ms: int
    code: str  # of the error
    fields: Sequence[Mapping[str, str]]


def name_of(kind: Kind, workspace_id: str, event_id: str) -> str:
    """Return the name of a receipt in the table of claims."""
    return f"{workspace_id}#receipt#{kind}#{event_id}"


def items_of_rows(kind: Kind, rows: Iterable[str], reason: str, *, since: float) -> Iterator[Item]:
    """Yield the receipts of rows of events, which are in a queue since then. Other rows have no receipt."""
    for row in rows:
        try:
            columns: dict[str, Any] = json.loads(row)
            received_ms = round(read_instant(columns["received_at"]).timestamp() * 1000)
            receipt = Receipt(kind, columns["website_id"], int(since * 1000), reason, received_ms)
            yield receipt.to_item(columns["workspace_id"], columns["event_id"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            continue  # damaged, or of another datasource than those of events


def record_rows(kind: Kind, rows: Iterable[str], reason: str, *, since: float) -> None:
    """Write receipts of rows that are in a queue since then. A failure is logged, never raised."""
    _write(items_of_rows(kind, rows, reason, since=since))


def record_rejected(events: Iterable[RejectedEvent]) -> None:
    """Write receipts of events that are in the dead-letter queue now. A failure is logged, never raised."""
    _write(
        Receipt(
            kind=Kind.REJECTED,
            website_id=event.website_id,
            since_ms=int(epoch_seconds() * 1000),
            reason=event.code,
            received_ms=event.received_ms,
            fields=event.fields,
        ).to_item(event.workspace_id, event.event_id)
        for event in events
    )


def _write(items: Iterable[Item]) -> None:
    """Write items in batches until the time is up, each name once because a batch refuses to have one twice."""
    left: list[tuple[Item, ...]] = []
    deadline = epoch_seconds() + _SECONDS_MAX
    try:
        by_name = {item["claim"]: item for item in items}
        left += batched(by_name.values(), _AT_ONCE, strict=False)
        while left and epoch_seconds() < deadline:
            _database().put_all(settings().claims_table, left[0])
            left.pop(0)
    except Exception as failure:  # noqa: BLE001 - rows and events are in their queues, whatever fails here
        logger.error("receipts could not be written", extra=describe(failure))
        return
    if left:
        logger.error("receipts could not be written", receipts=sum(map(len, left)), reason="it took too long")


@made_once
def _database() -> Database:
    """Return a connection of its own, which gives up sooner than that of claims."""
    return Database(JsonService(PROTOCOL, aws_environment(), timeout_seconds=_TIMEOUT_SECONDS))
