"""What is sent to a workspace: right events, with what must be stored for them, and wrong ones, which must be refused.

A title says whose an event is and what it is: it is new with each event, and the same in all reports of a payment.
"""

import random
import threading
from collections import Counter, deque
from typing import Any, NamedTuple

from pixel.foundation.clock import now, to_iso

Event = dict[str, Any]

CONFLICT, NOT_FOUND = "idempotency_conflict", "website_not_found"
_REMEMBERED = 500


class Report(NamedTuple):
    """An event as it is sent, and the code with which it must be refused, or None if it must be kept."""

    event: Event
    code: str | None = None


class Ledger:
    """What a workspace has after all: clients and sources write it at the same time."""

    def __init__(self, name: str, website_id: str, foreign_id: str) -> None:
        self.name = name
        self.website_id = website_id
        self.foreign_id = foreign_id  # of the other workspace's website
        self.titles: dict[str, set[str]] = {"pageviews": set(), "custom_goals": set(), "visitor_payments": set()}
        self.cents: dict[str, int] = {}  # by title; those of refunds are negative
        self.events: Counter[str] = Counter()  # by source; other reports of an event are not counted
        self.reports: Counter[str] = Counter()
        self.refused_events: set[str] = set()  # that sources were sent, as `canonical` writes them
        self.refused_rows: set[str] = set()  # of files
        self.recent: deque[Event] = deque(maxlen=_REMEMBERED)
        self.orders: deque[Event] = deque(maxlen=_REMEMBERED)  # payments and refunds without an event id
        self.answered: deque[Event] = deque(maxlen=_REMEMBERED)  # that were answered as kept
        self.lock = threading.Lock()

    def total(self) -> int:
        return self.events.total()


class Author:
    """The author of the events of one client or source. Authors of one number use the same ids in each workspace."""

    def __init__(self, ledger: Ledger, number: int, source: str, *, visitors: int) -> None:
        self.ledger = ledger
        self.source = source
        self.dice = random.Random(f"{ledger.name} {number}")
        self.is_foreign_sent = source == "http"  # the other sources have no key, and so no workspace
        self.number = number
        self._visitors = visitors
        self._ids: Counter[str] = Counter()

    def write(self, count: int, *, may_lack_id: bool = False) -> list[Report]:
        """Return reports of at least this many events, in the order in which they are to be sent."""
        reports: list[Report] = []
        with self.ledger.lock:
            while len(reports) < count:
                reports += self._next(may_lack_id=may_lack_id)
            self.ledger.reports[self.source] += len(reports)
        return reports

    def _next(self, *, may_lack_id: bool) -> list[Report]:
        ledger, chance = self.ledger, self.dice.random()
        if chance < 0.05 and ledger.recent:
            return [Report(self.dice.choice(ledger.recent))]
        if chance < 0.15 and ledger.orders:
            return [Report(self._reported_again(self.dice.choice(ledger.orders)))]
        if chance < 0.18 and ledger.answered:
            return self._wrong()
        if chance < 0.19 and self.is_foreign_sent:
            return [Report({**self._page(self._title("foreign")), "website_id": ledger.foreign_id}, NOT_FOUND)]
        return [Report(self._new(may_lack_id=may_lack_id))]

    def _new(self, *, may_lack_id: bool) -> Event:
        self.ledger.events[self.source] += 1
        match self.dice.randrange(8):
            case 0 | 1:
                event = self._payment()
            case 2:
                event = self._refund()
            case 3 | 4:
                title = self._title("goal")
                self.ledger.titles["custom_goals"].add(title)
                event = {**self._common(title), "name": "custom", "goal_name": "signup"}
            case _:
                title = self._title("page")
                self.ledger.titles["pageviews"].add(title)
                event = self._page(title)
        if "event_id" in event or "transaction_id" in event:
            self.ledger.recent.append(event)
            return event
        if may_lack_id and self.dice.random() < 0.4:
            return event
        event["event_id"] = self._id("e")
        self.ledger.recent.append(event)
        return event

    def _payment(self) -> Event:
        title = self._title("payment")
        order = {**self._money(title), "transaction_id": self._id("t")}
        self.ledger.orders.append(order)
        return self._reported_again(order)

    def _refund(self) -> Event:
        """Return a refund of an order, which may have several; each has an id of its own."""
        of_order = self.dice.choice(self.ledger.orders)["transaction_id"] if self.ledger.orders else self._id("t")
        title = self._title("refund")
        refund = {**self._money(title), "transaction_id": of_order, "refund": True}
        self.ledger.cents[title] *= -1
        if self.dice.random() < 0.3:
            return {**refund, "event_id": self._id("e")}  # which is what tells it apart
        refund["refund_id"] = self._id("r")
        self.ledger.orders.append(refund)
        return self._reported_again(refund)

    def _reported_again(self, order: Event) -> Event:
        """Return a report of a payment or refund under an event id of its own or none, perhaps with its own time."""
        report = dict(order)
        if self.dice.random() < 0.7:
            report["event_id"] = self._id("e")
        if self.dice.random() < 0.3:
            report["timestamp"] = to_iso(now())
        return report

    def _wrong(self) -> list[Report]:
        """Return a report that contradicts an event that was answered as kept."""
        kept = self.dice.choice(self.ledger.answered)
        if "transaction_id" in kept and "event_id" in kept and self.dice.random() < 0.7:
            if kept.get("refund") and "refund_id" not in kept:
                return [Report({**kept, "amount": _more(kept)}, CONFLICT)]
            return [Report({**kept, "amount": _more(kept), "event_id": self._id("e")}, CONFLICT)]
        if "event_id" not in kept:
            return [Report({**kept, "amount": _more(kept)}, CONFLICT)]
        if self.dice.random() < 0.5:
            return [Report({**self._page(self._title("wrong")), "event_id": kept["event_id"]}, CONFLICT)]
        self.ledger.events[self.source] += 1
        right = self._payment()
        # Once under an id that is used, which must not keep the transaction from the right report.
        return [Report({**right, "event_id": kept["event_id"]}, CONFLICT), Report(right)]

    def _common(self, title: str) -> Event:
        event = {"website_id": self.ledger.website_id, "title": title}
        event["visitor_id"] = f"v{self.dice.randrange(self._visitors)}"
        if self.dice.random() < 0.3:
            event["timestamp"] = to_iso(now())
        return event

    def _page(self, title: str) -> Event:
        return {**self._common(title), "name": "pageview", "path": "/"}

    def _money(self, title: str) -> Event:
        cents = self.dice.randrange(1, 100_000)
        self.ledger.titles["visitor_payments"].add(title)
        self.ledger.cents[title] = cents
        common = self._common(title)
        common.pop("timestamp", None)
        return {**common, "name": "payment", "amount": cents / 100, "currency": "USD"}

    def _title(self, kind: str) -> str:
        return f"{self.ledger.name} {self._id(kind)}"

    def _id(self, kind: str) -> str:
        self._ids[kind] += 1
        return f"{kind}-{self.number}-{self._ids[kind]}"


def _more(kept: Event) -> float:
    return round(float(kept["amount"]) + 0.01, 2)
