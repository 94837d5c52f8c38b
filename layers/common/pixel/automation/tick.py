"""What is due is sent to the queues of those that do it, every minute.

The function decides nothing: an item that is sent twice is done once, because whoever does it must take it first. Time
is the event's, so that a test or `pixelctl --local tick` can be at another one.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Final, NamedTuple

from pixel.aws import queues, tables
from pixel.aws.attributes import Item
from pixel.aws.queues import NotSentError
from pixel.aws.tables import Query
from pixel.foundation import JsonObject
from pixel.foundation.clock import from_iso, now, to_iso
from pixel.foundation.observability import count, describe, flush_metrics, logger, record_age
from pixel.foundation.settings import settings
from pixel.hooks.dispatching import queued
from pixel.workspaces.due import (
    ALERTS_PREFIX,
    DELIVERY_PREFIX,
    DUE_INDEX,
    MESSAGE_PREFIX,
    REPORT_PREFIX,
    SHARDS,
    shard_name,
)

WAITING_MAX: Final = 5_000
"""No more messages wait in a queue because of ticks, so that what is late does not pile up as copies."""
WEBSITES_MAX: Final = 100
"""How many websites of a workspace one message names."""
_SHARD_ITEMS_MAX: Final = 10_000


class _Work(NamedTuple):
    """The messages for a queue."""

    queue_url: str
    bodies: list[str]


def tick(event: JsonObject, _context: object) -> JsonObject:
    """Send what is due at the time of the event, the oldest first."""
    at = from_iso(event["time"])
    due = _find_due(at)
    works = _sort(due, at)
    sent = {name: _send(name, work) for name, work in works.items()}
    _record_lag(due, at)
    logger.info("tick", extra={"at": to_iso(at), "due": len(due), **sent})
    flush_metrics()
    return {"due": len(due), **sent}


def _find_due(at: datetime) -> list[Item]:
    """Return the keys of all due items, the oldest first."""
    database, table = tables.database(), settings().workspace_table
    found: list[Item] = []
    for number in range(SHARDS):
        query = Query(("due_shard", shard_name(number)), sort_until=("due_at", to_iso(at)), index_name=DUE_INDEX)
        found += database.query(table, query, items_max=_SHARD_ITEMS_MAX)
    return sorted(found, key=lambda item: (item["due_at"], item["workspace_id"], item["item"]))


def _sort(due: Sequence[Item], at: datetime) -> dict[str, _Work]:
    """Return the messages for each queue."""
    places = settings()
    alerts = [item for item in due if item["item"].startswith(ALERTS_PREFIX)]
    messages = [item for item in due if item["item"].startswith((REPORT_PREFIX, MESSAGE_PREFIX))]
    deliveries = [item for item in due if item["item"].startswith(DELIVERY_PREFIX)]
    return {
        "alerts": _Work(places.alert_queue_url, list(_alerts_by_workspace(alerts, at))),
        "messages": _Work(places.message_queue_url, [due_body(item, at) for item in messages]),
        "deliveries": _Work(places.hook_queue_url, [_delivery_body(item) for item in deliveries]),
    }


def due_body(item: Item, at: datetime) -> str:
    """Return the message that asks for one due item to be done."""
    return json.dumps({**{name: item[name] for name in ("workspace_id", "item", "due_at")}, "time": to_iso(at)})


def _delivery_body(item: Item) -> str:
    """Return the message of the hook queue for a delivery that is due."""
    return queued({**item, "id": item["item"].removeprefix(DELIVERY_PREFIX)})


def _alerts_by_workspace(due: Iterable[Item], at: datetime) -> Iterator[str]:
    """Yield messages that name websites of one workspace, which share queries."""
    websites: defaultdict[str, list[JsonObject]] = defaultdict(list)
    for item in due:
        website_id = item["item"].removeprefix(ALERTS_PREFIX)
        websites[item["workspace_id"]].append({"website_id": website_id, "due_at": item["due_at"]})
    for workspace_id, of_workspace in websites.items():
        for some in batched(of_workspace, WEBSITES_MAX, strict=False):
            yield json.dumps({"workspace_id": workspace_id, "time": to_iso(at), "websites": some})


def _send(name: str, work: _Work) -> int:
    """Send as much as the queue lacks to WAITING_MAX, and return how many messages that is."""
    if not work.bodies:
        return 0
    room = max(WAITING_MAX - queues.waiting(work.queue_url), 0)
    bodies = work.bodies[:room]
    if len(bodies) < len(work.bodies):
        count("DueHeldBack", len(work.bodies) - len(bodies))
    try:
        queues.send(work.queue_url, bodies)
    except NotSentError as failure:  # they are found again a minute later, and the other queues are not held up
        logger.error("due items not sent", extra={"queue": name, **describe(failure)})
        count("DueNotSent", len(failure.positions))
        return len(bodies) - len(failure.positions)
    return len(bodies)


def _oldest(due: Sequence[Item]) -> str | None:
    return due[0]["due_at"] if due else None


def _record_lag(due: Sequence[Item], at: datetime) -> None:
    """Record how late the oldest due item is, unless the event is about another time than now."""
    if abs((now() - at).total_seconds()) < 3_600:
        oldest = _oldest(due)
        record_age("AutomationLag", 0 if oldest is None else (at - from_iso(oldest)).total_seconds())
