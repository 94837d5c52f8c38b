"""The items of a link's rules: each in the partition of its link, and a pointer in the partition of its workspace."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.tables import Action, Database, Query

RULE_PREFIX: Final = "rule"
RULES_COUNT: Final = "rules_count"
STICKY_SECRET: Final = "sticky_secret"  # noqa: S105 - the name of an attribute
"""Made with a link's first rule: with it and a visitor's basis, visitors are split among destinations."""

_SORT_PREFIX: Final = "U#"


class LinkWithRules(NamedTuple):
    """A link and all of its rules, as they were at one moment."""

    link: Item
    rules: list[Item]


def link_key(link_id: str) -> dict[str, str]:
    return {"pk": f"L#{link_id}", "sk": "-"}


def rule_key(link_id: str, rule_id: str) -> dict[str, str]:
    return {"pk": f"L#{link_id}", "sk": f"{_SORT_PREFIX}{rule_id}"}


def pointer_key(workspace_id: str, rule_id: str) -> dict[str, str]:
    """Return the key of the item that says which link a rule of a workspace belongs to."""
    return {"pk": f"W#{workspace_id}", "sk": f"{_SORT_PREFIX}{rule_id}"}


def pointer(rule: Mapping[str, Any]) -> Item:
    return {
        **pointer_key(rule["workspace_id"], rule["id"]),
        **{name: rule[name] for name in ("id", "link_id", "enabled")},
    }


def read_link(database: Database, table: str, link_id: str) -> LinkWithRules | None:
    """Return a link with its rules by one query, or None if there is no such link."""
    items = database.query(table, Query(("pk", f"L#{link_id}")))
    links = [item for item in items if item["sk"] == "-"]
    if not links:
        return None
    return LinkWithRules(links[0], [item for item in items if item["sk"].startswith(_SORT_PREFIX)])


def read_pointers(database: Database, table: str, workspace_id: str) -> list[Item]:
    """Return the pointers to all rules of a workspace, newest first."""
    query = Query(("pk", f"W#{workspace_id}"), sort_prefix=("sk", _SORT_PREFIX), descending=True)
    return database.query(table, query)


def deletions(table: str, rules: list[Item]) -> list[Action]:
    """Return the actions that delete rules."""
    keys = [
        key
        for rule in rules
        for key in (rule_key(rule["link_id"], rule["id"]), pointer_key(rule["workspace_id"], rule["id"]))
    ]
    return [tables.deletion(table, key, {}) for key in keys]
