"""Events: the rows of one tenant, each counted once, bots left out."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from tests.pipes.oracle.question import Question, Window

KINDS = {"pageviews": "pageview", "custom_goals": "custom", "visitor_payments": "payment"}


@dataclass(frozen=True)
class Event:
    """A row as it was sent, under the names of its columns."""

    kind: str
    row: Mapping[str, Any]

    def text(self, column: str) -> str:
        return str(self.row.get(column, ""))

    @property
    def website_id(self) -> str:
        return self.text("website_id")

    @property
    def visitor_id(self) -> str:
        return self.text("visitor_id")

    @property
    def path(self) -> str:
        return self.text("path")

    @cached_property
    def timestamp(self) -> datetime:
        return datetime.fromisoformat(self.row["timestamp"])

    @cached_property
    def received_at(self) -> datetime:
        return datetime.fromisoformat(self.row["received_at"])

    @property
    def is_bot(self) -> bool:
        return bool(self.row.get("is_bot", 0))

    @property
    def is_refund(self) -> bool:
        return bool(self.row.get("refund", 0))

    @property
    def is_purchase(self) -> bool:
        return self.kind == "payment" and not self.is_refund

    @property
    def amount(self) -> Decimal:
        """Return the signed amount: a refund is negative."""
        amount = Decimal(str(self.row.get("amount", 0)))
        return -amount if self.is_refund else amount

    @property
    def value(self) -> Decimal:
        return Decimal(str(self.row.get("value", 0)))

    @property
    def properties(self) -> str:
        return str(self.row.get("properties", "{}"))

    @property
    def property_keys(self) -> set[str]:
        return set(json.loads(self.properties))

    def property_text(self, key: str) -> str | None:
        """Return text as sent and any other value as in JSON, or None if the event does not have the property."""
        found = json.loads(self.properties)
        if key not in found:
            return None
        return found[key] if isinstance(found[key], str) else json.dumps(found[key])

    @property
    def name(self) -> str:
        return self.text({"pageview": "path", "custom": "goal_name", "payment": "product_name"}[self.kind])

    @property
    def id_used_at(self) -> datetime | None:
        """Return the time that tells apart the events of one sender's id; ids made by the API are used once."""
        event_id = self.text("event_id")
        return None if event_id.startswith("evt_") and len(event_id.encode()) == 36 else self.timestamp

    @cached_property
    def order(self) -> tuple[datetime, bytes, str, str]:
        """Return the key that sorts a visitor's events, by website too if there are several."""
        return (self.timestamp, self.text("event_id").encode(), self.kind, self.website_id)


def read_events(question: Question, seen: Window, *, include_bots: bool) -> list[Event]:
    """Return the workspace's events within `seen` in order; of the copies of one event, the one received last."""
    counted: dict[tuple[str, str, str, datetime | None], Event] = {}
    arrivals = sorted(read_copies(question, seen), key=lambda event: (event.received_at, event.timestamp))
    for event in reversed(arrivals):
        counted.setdefault((event.website_id, event.kind, event.text("event_id"), event.id_used_at), event)
    return sorted(
        (event for event in counted.values() if include_bots or not event.is_bot), key=lambda event: event.order
    )


def wants_bots(question: Question) -> bool:
    return question.number("include_bots", 0) == 1


def visitors(events: Iterable[Event]) -> int:
    return len({event.visitor_id for event in events})


def count(events: Iterable[Event], kind: str) -> int:
    return sum(event.kind == kind for event in events)


def seconds(duration: timedelta) -> float:
    return duration // timedelta(milliseconds=1) / 1000


def read_copies(question: Question, seen: Window) -> Iterable[Event]:
    website_id = question.text("website_id")
    for table, kind in KINDS.items():
        for row in question.tables[table]:
            event = Event(kind, row)
            is_of_tenant = row["workspace_id"] == question.parameters["workspace_id"]
            if is_of_tenant and website_id in {"", event.website_id} and seen.holds(event.timestamp):
                yield event
