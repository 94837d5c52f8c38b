"""The log of deliveries: reading it, and sending a delivery again."""

from collections.abc import Iterator, Mapping
from typing import Final

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT
from pixel.aws.json_service import back_off
from pixel.aws.tables import Query, WriteRefusedError
from pixel.foundation.clock import epoch_seconds, from_iso, now
from pixel.workspaces.audit import PURGE_AT
from pixel.workspaces.deliveries import DELIVERY_ID_PREFIX, KEPT_SECONDS, DeliveryResponse, delivery_key
from pixel.workspaces.due import DELIVERY_PREFIX, LEASE_UNTIL, due_attributes
from pixel.workspaces.errors import ConcurrentChangeError, NotFoundError
from pixel.workspaces.store import ATTEMPTS, Store

_READ_AT_ONCE: Final = 50
"""Deliveries of a call, each of which has up to 20 answers of its receiver: 5 MB at most."""


def newest_deliveries(
    store: Store, workspace_id: str, filters: Mapping[str, str], *, after: str | None = None, number: int
) -> Iterator[Item]:
    """Yield up to so many deliveries behind an id, newest first, and read no more than is taken.

    DynamoDB deletes a delivery only some time after it has expired, so older ones are left out.
    """
    while number > 0:
        wanted = min(number, _READ_AT_ONCE)
        query = Query(
            ("workspace_id", workspace_id),
            sort_prefix=("item", DELIVERY_PREFIX),
            where=filters,
            attributes=(*(name for name in DeliveryResponse.__annotations__ if name != "next_at"), "due_at", PURGE_AT),
            after=None if after is None else f"{DELIVERY_PREFIX}{after}",
            descending=True,
        )
        found = store.database.query(store.workspace_table, query, items_max=wanted)
        for item in found:
            if item[PURGE_AT] > epoch_seconds():
                number -= 1
                yield item
        if len(found) < wanted:
            return
        after = found[-1]["id"]


def send_again(store: Store, workspace_id: str, delivery_id: str) -> Item:
    """Make a delivery due now: the same body under the same message id, with as many attempts as a new one has."""
    key = delivery_key(workspace_id, delivery_id)
    for attempt in range(1, ATTEMPTS + 1):
        found = store.database.get(store.workspace_table, key)
        if found is None or not delivery_id.startswith(f"{DELIVERY_ID_PREFIX}_"):
            raise NotFoundError("delivery", delivery_id, workspace_id)
        held = found.get(LEASE_UNTIL)
        if held is None or from_iso(held) <= now():
            due = due_attributes(key["item"], now())
            changed = {"state": "pending", "tries": 0, PURGE_AT: int(epoch_seconds()) + KEPT_SECONDS}
            seen = {name: found.get(name, ABSENT) for name in ("state", "due_at", LEASE_UNTIL, "attempts")}
            values = {**due, **changed, LEASE_UNTIL: ABSENT}
            try:
                store.database.transact(tables.change(store.workspace_table, key, values, seen))
            except WriteRefusedError:
                pass  # it was sent or settled in this moment; read it again
            else:
                return {**found, **due, **changed}
        back_off(attempt)
    raise ConcurrentChangeError(delivery_id)
