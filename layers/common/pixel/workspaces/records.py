"""What a workspace owns: its websites and what is set up for them, one item each in the workspace table.

An item's sort key is its kind and its id, so one Query reads one kind. Deleted ones stay, with deleted_at.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pixel.aws import tables
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.settings import settings

DELETED_AT = "deleted_at"
_ROWS_MAX = 1000


class RecordKind(NamedTuple):
    name: str
    answered: Mapping[str, str]  # field of the answer -> attribute of the item
    website: str  # attribute that holds the website's id

    @property
    def sort_key_prefix(self) -> str:
        return f"{self.name}#"

    def key(self, workspace_id: str, record_id: str) -> dict[str, str]:
        return {"workspace_id": workspace_id, "item": f"{self.sort_key_prefix}{record_id}"}


def _as_stored(*fields: str) -> dict[str, str]:
    return dict(zip(fields, fields, strict=True))


WEBSITE = RecordKind("WEBSITE", {**_as_stored("id", "domain", "name"), "createdAt": "created_at"}, "id")
GOAL = RecordKind("GOAL", _as_stored("id", "website_id", "name", "selector", "created_at"), "website_id")
ALERT = RecordKind(
    "ALERT", _as_stored("id", "website_id", "metric", "threshold", "channel", "created_at"), "website_id"
)
REPORT = RecordKind(
    "REPORT",
    _as_stored("id", "website_id", "cadence", "channel", "recipients", "last_sent_at", "created_at"),
    "website_id",
)
# Neither the hash of the token nor that of the password is asked for, so neither can leak.
SHARE_LINK = RecordKind(
    "SHARE",
    _as_stored("id", "website_id", "token_prefix", "expires_at", "password_protected", "created_at"),
    "website_id",
)


def list_records(kind: RecordKind, workspace_id: str, website_id: str | None) -> list[dict[str, object]]:
    """Oldest first, at most 1,000; of one website where asked."""
    wanted = wanted_records(kind, workspace_id, website_id)
    items = tables.database().query(settings().workspace_table, wanted, items_max=_ROWS_MAX)
    items.sort(key=oldest_first)
    return [{field: item.get(attribute) for field, attribute in kind.answered.items()} for item in items]


def wanted_records(kind: RecordKind, workspace_id: str, website_id: str | None) -> tables.Query:
    """Those that are not deleted, with the attributes that may be shown."""
    return tables.Query(
        partition=("workspace_id", workspace_id),
        sort_prefix=("item", kind.sort_key_prefix),
        where={DELETED_AT: tables.ABSENT, **({} if website_id is None else {kind.website: website_id})},
        attributes=tuple(kind.answered.values()),
    )


def oldest_first(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["created_at"], item["id"]


def require_website(workspace_id: str, website_id: str) -> str:
    """Its domain. The same answer for a website of somebody else, a deleted one and none at all."""
    website = tables.database().get(settings().workspace_table, WEBSITE.key(workspace_id, website_id))
    if website is None or DELETED_AT in website:
        raise ApiError(ErrorCode.WEBSITE_NOT_FOUND)
    return str(website["domain"])


def find_owned_websites(website_id: str) -> list[dict[str, Any]]:
    """Whose live website it is: one item, or none."""
    query = tables.Query(("owned_website_id", website_id), index_name="by_website")
    found = tables.database().query(settings().workspace_table, query, items_max=2)
    return [item for item in found if DELETED_AT not in item]
