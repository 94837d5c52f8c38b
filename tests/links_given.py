"""Links as tests create them, with the least that a test has to say."""

from collections.abc import Mapping
from typing import Any

from pixel.aws import tables
from pixel.foundation.settings import settings
from pixel.links.models import NewLink
from pixel.links.rules import NewRule
from pixel.links.rules_store import RuleStore
from pixel.links.store import LinkStore
from pixel.workspaces.models import checked
from pixel.workspaces.store import meta_key

WORKSPACE = "ws_1"
OTHER_WORKSPACE = "ws_2"
OWN_HOST = "go.example.com"


def link_store() -> LinkStore:
    return LinkStore(tables.database(), settings().links_table, settings().workspace_table, {OWN_HOST})


def store_with_workspaces() -> LinkStore:
    """Return the store of links, with two workspaces that may have some."""
    store = link_store()
    for workspace_id in (WORKSPACE, OTHER_WORKSPACE):
        store.database.put(store.workspace_table, meta_key(workspace_id))
    return store


def new_link(store: LinkStore, *, workspace_id: str = WORKSPACE, **given: Any) -> dict[str, Any]:
    return store.create(workspace_id, checked(NewLink, {"destination_url": "https://example.com/page", **given}))


def new_rule(rules: RuleStore, link: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """Create a rule of a link, for visitors from Germany unless it says otherwise."""
    usual = {
        "link_id": link["id"],
        "name": "Germany",
        "conditions": [{"field": "country", "operator": "equals", "value": "DE"}],
        **({} if "destinations" in given else {"destination_url": "https://example.com/rule"}),
    }
    return rules.create_rule(WORKSPACE, checked(NewRule, {**usual, **given}))
