"""What hangs together: the limit of a workspace, its place in a usage plan, and the copies of both on its keys.

Every step of set_limit can be repeated, so running it again mends whatever a run that stopped half way left.
"""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, NamedTuple

from pixel.auth.key_records import KeyRecord
from pixel.foundation.clock import now
from pixelctl import tables, usage_plans
from pixelctl.failures import AWS_FAILURES, ControlError
from pixelctl.workspaces import Workspace, checked_limit, find_workspace, meta_key

if TYPE_CHECKING:
    from pixelctl.target import Target


class Inspection(NamedTuple):
    workspace: Workspace
    active_keys: int
    keys: int
    faults: list[str]


def set_limit(target: Target, workspace_id: str, requests_per_minute: int) -> tuple[Workspace, int]:
    """The workspace, and how many of its keys had to change. The usage plan comes first: it is never the smaller one
    when a limit grows."""
    before = find_workspace(target, workspace_id)
    plan = usage_plans.fitting(target, checked_limit(requests_per_minute))
    try:
        key_id = usage_plans.ensure_key(target, workspace_id, before.usage_plan_key_id, before.usage_plan_key)
        usage_plans.move_key(target, key_id, plan)
        after = before._replace(rate_limit=requests_per_minute, usage_plan=plan.logical_id, usage_plan_key_id=key_id)
        _write_meta(target, after)
        return after, _write_keys(target, after)
    except AWS_FAILURES as failure:
        failure.add_note("The limit may be half changed: run the same command again to finish.")
        raise
    except tables.WriteRefusedError as failure:
        raise ControlError(
            f"Something else is changing {workspace_id} at the same time; run the same command again to finish."
        ) from failure


def inspect_workspace(target: Target, workspace_id: str) -> Inspection:
    workspace = find_workspace(target, workspace_id)
    try:
        plan = usage_plans.fitting(target, workspace.rate_limit)
        faults = usage_plans.key_faults(target, workspace.usage_plan_key_id, plan)
    except ControlError as failure:
        faults = [str(failure)]
    records = _keys_of(target, workspace_id)
    if stale := [record for record in records if not _agrees(record, workspace)]:
        faults.append(f"{len(stale)} of its keys carry another limit or usage-plan key")
    active = [record for record in records if record.revoked_at is None and not record.has_expired(now())]
    return Inspection(workspace, len(active), len(records), faults)


def _write_meta(target: Target, workspace: Workspace) -> None:
    changed = {name: getattr(workspace, name) for name in ("rate_limit", "usage_plan", "usage_plan_key_id")}
    unchanged = {"usage_plan_key": workspace.usage_plan_key}
    tables.write(
        target.dynamodb,
        tables.update(target.workspace_table, meta_key(workspace.workspace_id), changed, unchanged),
    )


def _write_keys(target: Target, workspace: Workspace) -> int:
    """After META is written, so that a key made later has the new limit and one made earlier is seen here. The check
    stops the slower of two runs at once from leaving its limit on the keys."""
    copies = {"rate_limit": workspace.rate_limit, "usage_plan_key": workspace.usage_plan_key}
    check = tables.check(target.workspace_table, meta_key(workspace.workspace_id), copies)
    stale = [record for record in _keys_of(target, workspace.workspace_id) if not _agrees(record, workspace)]
    for some in batched(stale, tables.WRITES_AT_ONCE - 1, strict=False):
        updates = [
            tables.update(target.keys_table, {"key_hash": record.key_hash}, copies, {"key_id": record.key_id})
            for record in some
        ]
        tables.write(target.dynamodb, check, *updates)
    return len(stale)


def _keys_of(target: Target, workspace_id: str) -> list[KeyRecord]:
    """From the table, because the index may lack a key made a moment ago."""
    found = tables.scan(target.dynamodb, target.keys_table, "workspace_id", workspace_id)
    return [KeyRecord.from_item(item) for item in found]


def _agrees(record: KeyRecord, workspace: Workspace) -> bool:
    return (record.rate_limit, record.usage_plan_key) == (workspace.rate_limit, workspace.usage_plan_key)
