"""Which destinations of a workspace are told of what happens: webhooks that listen, and channels of Slack by name."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT, Expected
from pixel.aws.tables import Query
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.store import Store

SLACK: Final = "slack"
NAME_PREFIX: Final = "DESTNAME#"
"""Begins the sort key of the claim of a destination's name, by which Slack destinations are found."""


def enabled_destinations(store: Store, workspace_id: str, where: Expected = MappingProxyType({})) -> list[Item]:
    """Return the destinations of a workspace to which something is sent."""
    query = Query(
        ("workspace_id", workspace_id),
        sort_prefix=("item", DESTINATION.sort_key_prefix),
        where={DELETED_AT: ABSENT, "enabled": True, **where},
    )
    return store.database.query(store.workspace_table, query)


def subscribers(store: Store, workspace_id: str, event_type: str, website_id: str | None = None) -> list[Item]:
    """Return the webhooks that are told of an event: of a website, or of the workspace if there is none.

    A webhook that is bound to websites hears only of those, and of nothing that is about the workspace.
    """
    found = enabled_destinations(store, workspace_id, {"kind": "webhook"})
    return [one for one in found if _hears(one, event_type, website_id)]


def reaches_any(destinations: Iterable[Mapping[str, Any]], record: Mapping[str, Any], event_type: str) -> bool:
    """Return whether one of the destinations is told of a record: a channel of Slack that it names, or a webhook."""
    if record["channel"] == SLACK:
        names = {name.casefold() for name in record["recipients"]}
        return any(one["kind"] == SLACK and one["name"].casefold() in names for one in destinations)
    return any(one["kind"] != SLACK and _hears(one, event_type, record["website_id"]) for one in destinations)


def find_slack(store: Store, workspace_id: str, name: str) -> Item | None:
    """Return the Slack destination that recipients name, such as `#sales`, if there is one that is enabled."""
    claim = store.database.get(
        store.workspace_table, {"workspace_id": workspace_id, "item": f"{NAME_PREFIX}{name.casefold()}"}
    )
    if claim is None:
        return None
    key = DESTINATION.key(workspace_id, claim["destination_id"])
    found = store.database.get(store.workspace_table, key)
    if found is None or DELETED_AT in found or found["kind"] != SLACK or not found["enabled"]:
        return None
    return found


def _hears(destination: Mapping[str, Any], event_type: str, website_id: str | None) -> bool:
    events, websites = destination.get("events"), destination.get("website_ids")
    return (events is None or event_type in events) and (websites is None or website_id in websites)
