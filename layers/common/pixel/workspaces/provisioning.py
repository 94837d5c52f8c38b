"""What goes together: the limit of a workspace, its place in a usage plan, and the copies of both on its keys.

Every step of `set_limit` can be repeated, so calling it again mends whatever a call that stopped half way left.
"""

import secrets
import string
from contextlib import suppress
from itertools import batched
from typing import Annotated, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BeforeValidator, Field

from pixel.auth.keys import KeyRecord
from pixel.auth.rate_limit import DEFAULT_LIMIT
from pixel.aws import tables
from pixel.aws.json_service import AwsError
from pixel.aws.tables import WriteRefusedError
from pixel.foundation.clock import now
from pixel.foundation.ids import new_id
from pixel.workspaces.errors import AlreadyExistsError, StillChangingError, UsagePlanError
from pixel.workspaces.models import Name, RecordModel, invalid
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.store import Store, meta_key
from pixel.workspaces.workspace import Workspace, find_workspace

_AWS_FAILURES = (AwsError, ClientError, BotoCoreError)
_VALUE_ALPHABET = string.ascii_letters + string.digits
_VALUE_CHARACTERS = 40


def _limit(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise invalid("A limit is a whole number of requests a minute, at least 1.")
    return value


RateLimit = Annotated[int, BeforeValidator(_limit), Field(ge=1)]


class NewWorkspace(RecordModel):
    """A workspace to be created."""

    name: Name
    rate_limit: RateLimit = DEFAULT_LIMIT


class WorkspaceLimit(RecordModel):
    """A limit to be given to a workspace."""

    rate_limit: RateLimit


class Inspection(NamedTuple):
    workspace: Workspace
    active_keys: int
    keys: int
    faults: list[str]


def create_workspace(
    store: Store, plans: UsagePlans, new: NewWorkspace, *, workspace_id: str | None = None
) -> Workspace:
    """Create a workspace. Its item comes last: no API key can be made for it before its requests would pass the usage
    plan."""
    plan = plans.fitting(new.rate_limit)
    workspace_id = workspace_id or new_id("ws")
    if store.database.get(store.workspace_table, meta_key(workspace_id)) is not None:
        raise _exists(workspace_id)
    value = "".join(secrets.choice(_VALUE_ALPHABET) for _ in range(_VALUE_CHARACTERS))
    key_id = plans.create_key(workspace_id, value)
    created_at = now().replace(microsecond=0)
    workspace = Workspace(workspace_id, new.name, created_at, new.rate_limit, plan.logical_id, key_id, value)
    try:
        plans.move_key(key_id, plan)
        store.database.transact(tables.insertion(store.workspace_table, workspace.to_item(), "workspace_id"))
    except WriteRefusedError as refusal:
        failure = _exists(workspace_id)
        _undo(store, plans, workspace, failure)
        raise failure from refusal
    except BaseException as failure:
        _undo(store, plans, workspace, failure)
        raise
    return workspace


def set_limit(store: Store, plans: UsagePlans, workspace_id: str, limit: WorkspaceLimit) -> tuple[Workspace, int]:
    """Change the limit of a workspace. Return it and how many of its keys had to change.

    The usage plan comes first: it is never the smaller one when a limit grows.
    """
    before = find_workspace(store, workspace_id)
    plan = plans.fitting(limit.rate_limit)
    try:
        key_id = plans.ensure_key(workspace_id, before.usage_plan_key_id, before.usage_plan_key)
        plans.move_key(key_id, plan)
        after = before._replace(rate_limit=limit.rate_limit, usage_plan=plan.logical_id, usage_plan_key_id=key_id)
        _write_meta(store, after)
        return after, _write_keys(store, after)
    except WriteRefusedError as failure:
        raise StillChangingError(workspace_id) from failure
    except _AWS_FAILURES as failure:
        failure.add_note("The limit may be half changed: set it again to finish.")
        raise


def inspect_workspace(store: Store, plans: UsagePlans, workspace_id: str) -> Inspection:
    """Return a workspace with the number of its keys and what is wrong with its provisioning."""
    workspace = find_workspace(store, workspace_id)
    try:
        faults = plans.key_faults(workspace.usage_plan_key_id, plans.fitting(workspace.rate_limit))
    except UsagePlanError as failure:
        faults = [str(failure)]
    records = _keys_of(store, workspace_id)
    if stale := [record for record in records if not _agrees(record, workspace)]:
        faults.append(f"{len(stale)} of its keys carry another limit or usage-plan key")
    active = [record for record in records if record.revoked_at is None and not record.has_expired(now())]
    return Inspection(workspace, len(active), len(records), faults)


def _write_meta(store: Store, workspace: Workspace) -> None:
    changed = {name: getattr(workspace, name) for name in ("rate_limit", "usage_plan", "usage_plan_key_id")}
    unchanged = {"usage_plan_key": workspace.usage_plan_key}
    key = meta_key(workspace.workspace_id)
    store.database.transact(tables.change(store.workspace_table, key, changed, unchanged))


def _write_keys(store: Store, workspace: Workspace) -> int:
    """Write the limit to the keys, after it is written to the workspace: a key made later has it, and one made earlier
    is seen here. The check stops the slower of two calls at once from leaving its limit on the keys."""
    copies = {"rate_limit": workspace.rate_limit, "usage_plan_key": workspace.usage_plan_key}
    check = tables.check(store.workspace_table, meta_key(workspace.workspace_id), copies)
    stale = [record for record in _keys_of(store, workspace.workspace_id) if not _agrees(record, workspace)]
    for some in batched(stale, tables.WRITES_AT_ONCE - 1, strict=False):
        changes = [
            tables.change(store.keys_table, {"key_hash": record.key_hash}, copies, {"key_id": record.key_id})
            for record in some
        ]
        store.database.transact(check, *changes)
    return len(stale)


def _keys_of(store: Store, workspace_id: str) -> list[KeyRecord]:
    """Return all keys, read from the table, because the index may lack one made a moment ago."""
    found = store.database.scan(store.keys_table, {"workspace_id": workspace_id})
    return [KeyRecord.from_item(item) for item in found]


def _agrees(record: KeyRecord, workspace: Workspace) -> bool:
    return (record.rate_limit, record.usage_plan_key) == (workspace.rate_limit, workspace.usage_plan_key)


def _exists(workspace_id: str) -> AlreadyExistsError:
    return AlreadyExistsError(f'The workspace "{workspace_id}" exists already; choose another id.', workspace_id)


def _undo(store: Store, plans: UsagePlans, workspace: Workspace, reason: BaseException) -> None:
    """Take back what a failed creation left, the item first: it may be there although its answer was lost."""
    try:
        own = {"usage_plan_key_id": workspace.usage_plan_key_id}
        with suppress(WriteRefusedError):  # it was not written, or another call wrote it
            key = meta_key(workspace.workspace_id)
            store.database.transact(tables.deletion(store.workspace_table, key, own))
        plans.delete_key(workspace.usage_plan_key_id)
    except _AWS_FAILURES:
        reason.add_note(
            f"API Gateway key {workspace.usage_plan_key_id} of {workspace.workspace_id} may be left over; "
            f"delete it with `aws apigateway delete-api-key --api-key {workspace.usage_plan_key_id}`."
        )
