"""Workspaces: each has an item in the workspace table and a key in an API Gateway usage plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Self

from pixel.aws import tables
from pixel.aws.conditions import ABSENT
from pixel.aws.json_service import back_off
from pixel.aws.tables import WriteRefusedError
from pixel.foundation.clock import from_iso, to_iso
from pixel.workspaces.audit import audit_entry
from pixel.workspaces.errors import ConcurrentChangeError
from pixel.workspaces.models import Name, RecordModel
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.store import ATTEMPTS, Store, meta_key


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


class WorkspaceName(RecordModel):
    """The new name of a workspace."""

    name: Name


def find_workspace(store: Store, workspace_id: str) -> Workspace:
    """Return a live workspace. Raises NotFoundError."""
    return Workspace.from_item(store.require_workspace(workspace_id))


def list_workspaces(store: Store) -> list[Workspace]:
    """Return all live workspaces, oldest first, by scanning the whole table: no index contains only workspaces."""
    live = {"item": meta_key("")["item"], DELETED_AT: ABSENT}
    found = map(Workspace.from_item, store.database.scan(store.workspace_table, live))
    return sorted(found, key=lambda workspace: (workspace.created_at, workspace.workspace_id))


def rename_workspace(store: Store, workspace_id: str, new: WorkspaceName) -> Workspace:
    """Change the name of a workspace."""
    for attempt in range(1, ATTEMPTS + 1):
        before = find_workspace(store, workspace_id)
        live = {"name": before.name, DELETED_AT: ABSENT}
        renaming = tables.change(store.workspace_table, meta_key(workspace_id), new.given(), live)
        entry = audit_entry(
            store.workspace_table,
            workspace_id,
            key_id=store.actor,
            action="workspace.renamed",
            record=workspace_id,
            websites=(),
            fields=new.given(),
        )
        try:
            store.database.transact(renaming, entry)
        except WriteRefusedError:
            back_off(attempt)
            continue
        return before._replace(name=new.name)
    raise ConcurrentChangeError(workspace_id)
