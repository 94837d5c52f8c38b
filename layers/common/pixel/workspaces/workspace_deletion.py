"""The deletion of a workspace, with its API keys, its destinations, its websites and their records.

The workspace is marked first, so that no key and no website can be added any more: each of their transactions requires
a live workspace. Every later step is idempotent, so deleting it again completes a call that was interrupted.
"""

from collections import Counter
from typing import NamedTuple

from pixel.aws import tables
from pixel.aws.conditions import ABSENT
from pixel.aws.json_service import AwsError, back_off
from pixel.aws.tables import WriteRefusedError
from pixel.foundation.clock import now, to_iso
from pixel.workspaces.api_keys import revoke_key
from pixel.workspaces.audit import audit_entry
from pixel.workspaces.deliveries import secret_key
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.errors import ConcurrentChangeError, RecordError
from pixel.workspaces.key_lookup import scan_keys
from pixel.workspaces.kinds import KINDS_OF_A_WEBSITE
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.record_kind import DELETED_AT, RecordKind
from pixel.workspaces.store import ATTEMPTS, Store, meta_key
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.websites import WEBSITES
from pixel.workspaces.workspace import Workspace

_KINDS = (WEBSITE, *KINDS_OF_A_WEBSITE, DESTINATION)


class Contents(NamedTuple):
    """What a workspace has that is deleted with it: keys that are not revoked, and live records of each kind."""

    keys: int
    records: list[tuple[RecordKind, int]]


class WorkspaceDeletion(NamedTuple):
    """A deleted workspace, whether this call deleted it, and what this call deleted with it."""

    workspace: Workspace
    deleted_at: str
    changed: bool
    went_with_it: Contents


def count_contents(store: Store, workspace_id: str) -> Contents:
    """Count what would be deleted with a workspace."""
    keys = sum(record.revoked_at is None for record in scan_keys(store, workspace_id))
    return Contents(keys, [(kind, len(store.list_live(kind, workspace_id))) for kind in _KINDS])


def delete_workspace(store: Store, plans: UsagePlans, workspace_id: str) -> WorkspaceDeletion:
    """Delete a workspace: revoke its keys, delete its websites with their records, and its key in a usage plan."""
    workspace, deleted_at, changed = _mark(store, workspace_id)
    keys, records = 0, Counter[str]()
    try:
        for item in store.list_live(DESTINATION, workspace_id):  # before keys, of whose end nobody needs to be told
            records[DESTINATION.noun] += _delete_destination(store, workspace_id, item["id"])
        for record in scan_keys(store, workspace_id):
            keys += revoke_key(store, record.key_id).changed
        for website_id in _websites_left(store, workspace_id):
            deletion = WEBSITES.delete(store, workspace_id, website_id)
            gone = [(WEBSITE, int(deletion.changed)), *deletion.went_with_it]
            records.update({kind.noun: number for kind, number in gone})
        plans.remove_key(workspace.usage_plan_key_id)
    except (AwsError, RecordError) as failure:
        failure.add_note(f"Some keys or records of {workspace_id} are left; delete the workspace again to finish.")
        raise
    went = Contents(keys, [(kind, records[kind.noun]) for kind in _KINDS])
    return WorkspaceDeletion(workspace, deleted_at, changed, went)


def _delete_destination(store: Store, workspace_id: str, destination_id: str) -> bool:
    """Delete a destination with its address and its secret, and return whether this call did it."""
    forgotten = tables.deletion(store.secrets_table, secret_key(workspace_id, destination_id), {})
    return store.delete(DESTINATION, workspace_id, destination_id, also=lambda _old: [forgotten]).changed


def _mark(store: Store, workspace_id: str) -> tuple[Workspace, str, bool]:
    """Mark the workspace as deleted, and return it with the time, and whether this call marked it."""
    for attempt in range(1, ATTEMPTS + 1):
        item = store.find_any_workspace(workspace_id)
        workspace = Workspace.from_item(item)
        if DELETED_AT in item:
            return workspace, item[DELETED_AT], False
        deleted_at = to_iso(now())
        key = meta_key(workspace_id)
        marking = tables.change(
            store.workspace_table, key, {DELETED_AT: deleted_at}, {"workspace_id": workspace_id, DELETED_AT: ABSENT}
        )
        entry = audit_entry(
            store.workspace_table,
            workspace_id,
            key_id=store.actor,
            action="workspace.deleted",
            record=workspace_id,
            websites=(),
            fields={},
        )
        try:
            store.database.transact(marking, entry)
        except WriteRefusedError:
            back_off(attempt)
            continue
        return workspace, deleted_at, True
    raise ConcurrentChangeError(workspace_id)


def _websites_left(store: Store, workspace_id: str) -> list[str]:
    """Return the live websites, and those whose deletion was interrupted before their records were deleted."""
    live = [item["id"] for item in store.list_live(WEBSITE, workspace_id)]
    of_records = [item["website_id"] for kind in KINDS_OF_A_WEBSITE for item in store.list_live(kind, workspace_id)]
    return [*dict.fromkeys([*live, *of_records])]
