"""Workspaces: each has an item in the workspace table and a key in an API Gateway usage plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Self

from pixel.foundation.clock import from_iso, to_iso
from pixel.workspaces.store import Store, meta_key


class Workspace(NamedTuple):
    """A workspace, as it is stored."""

    workspace_id: str
    name: str
    created_at: datetime
    rate_limit: int
    usage_plan: str
    usage_plan_key_id: str
    usage_plan_key: str  # identifies the workspace to API Gateway; grants no access and is never shown

    def to_item(self) -> dict[str, object]:
        return {**self._asdict(), **meta_key(self.workspace_id), "created_at": to_iso(self.created_at)}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        values = {name: item[name] for name in cls._fields}
        return cls(**{**values, "created_at": from_iso(item["created_at"])})


def find_workspace(store: Store, workspace_id: str) -> Workspace:
    """Return a workspace. Raises NotFoundError."""
    return Workspace.from_item(store.require_workspace(workspace_id))


def list_workspaces(store: Store) -> list[Workspace]:
    """Return all workspaces, oldest first, by scanning the whole table, because no index contains only workspaces."""
    found = map(Workspace.from_item, store.database.scan(store.workspace_table, {"item": meta_key("")["item"]}))
    return sorted(found, key=lambda workspace: (workspace.created_at, workspace.workspace_id))
