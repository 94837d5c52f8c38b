"""The provisioning of workspaces: the limit, the usage plan, and the copies of both on the API keys.

The usage plan lets through what the workspace and its keys of other faces may send together. Every step of `set_limit`
is idempotent, so calling it again completes a call that was interrupted.
"""

import secrets
import string
from collections.abc import Callable, Collection
from contextlib import suppress
from itertools import batched
from math import ceil
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field

from pixel.auth.keys import KeyRecord
from pixel.auth.rate_limit import DEFAULT_LIMIT
from pixel.aws import tables
from pixel.aws.conditions import ABSENT
from pixel.aws.tables import WriteRefusedError
from pixel.faces.directory import limit_classes_of
from pixel.faces.face import Limits
from pixel.foundation.clock import now
from pixel.foundation.ids import new_id
from pixel.http.field_checks import invalid
from pixel.workspaces import api_keys
from pixel.workspaces.errors import AlreadyExistsError, ConcurrentChangeError, UsagePlanError
from pixel.workspaces.key_lookup import list_keys, scan_keys
from pixel.workspaces.key_models import NewKey
from pixel.workspaces.models import Name, RecordModel
from pixel.workspaces.plans import UsagePlans, is_smaller
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.store import Store, meta_key
from pixel.workspaces.workspace import Workspace, find_workspace

_VALUE_ALPHABET = string.ascii_letters + string.digits
_VALUE_CHARACTERS = 40


def _limit(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise invalid("must be a whole number of requests per minute, at least 1.")
    return value


RateLimit = Annotated[int, BeforeValidator(_limit), Field(ge=1)]


class NewWorkspace(RecordModel):
    """A workspace to be created."""

    name: Name
    rate_limit: RateLimit = DEFAULT_LIMIT


class WorkspaceLimit(RecordModel):
    """The new limit of a workspace."""

    rate_limit: RateLimit


class Inspection(NamedTuple):
    """A workspace, the numbers of its keys, and the faults in its provisioning."""

    workspace: Workspace
    active_keys: int
    keys: int
    faults: list[str]


def create_workspace(
    store: Store, plans: UsagePlans, new: NewWorkspace, *, workspace_id: str | None = None
) -> Workspace:
    """Create a workspace.

    Its item is written last, so that API keys can be created only once the usage plan allows its requests.
    """
    plan = plans.smallest_plan(new.rate_limit)
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


def issue_key(store: Store, plans: Callable[[], UsagePlans], workspace_id: str, new: NewKey) -> tuple[str, KeyRecord]:
    """Create a key for the operator, and return it with its record.

    A key with limits of its own moves its workspace to a usage plan that lets through the requests of all keys. If that
    fails, the key is revoked: nobody has seen it.
    """
    more = requests_per_minute(new.scopes, new.limits or {})
    if not more:
        return api_keys.create_key(store, workspace_id, new)
    usage_plans = plans()
    usage_plans.smallest_plan(_requests_of(store, find_workspace(store, workspace_id)) + more)  # or nothing is written
    raw, record = api_keys.create_key(store, workspace_id, new)
    try:
        _fit_plan(store, usage_plans, workspace_id)
    except Exception as failure:
        failure.add_note(f"The new key {record.key_id} is of no use, and is revoked unless that fails too.")
        api_keys.revoke_key(store, record.key_id)
        raise
    return raw, record


def requests_per_minute(scopes: Collection[str], own: Limits) -> int:
    """Return how many requests a minute a key may send beside those that count for its workspace."""
    limits = [own.get(one.name, (one.requests, one.window_seconds)) for one in limit_classes_of(scopes)]
    return sum(ceil(requests * 60 / seconds) for requests, seconds in limits)


def set_limit(store: Store, plans: UsagePlans, workspace_id: str, limit: WorkspaceLimit) -> tuple[Workspace, int]:
    """Change the limit of a workspace, and return the workspace and the number of keys that were changed.

    The usage plan is changed first, so that a higher limit never has the smaller plan.
    """
    before = find_workspace(store, workspace_id)
    plan = plans.smallest_plan(limit.rate_limit + _of_keys(list_keys(store, workspace_id)))
    try:
        key_id = plans.ensure_key(workspace_id, before.usage_plan_key_id, before.usage_plan_key)
        plans.move_key(key_id, plan)
        after = before._replace(rate_limit=limit.rate_limit, usage_plan=plan.logical_id, usage_plan_key_id=key_id)
        _write_meta(store, after)
        return after, _write_keys(store, after)
    except WriteRefusedError as failure:
        raise ConcurrentChangeError(workspace_id) from failure
    except Exception as failure:
        failure.add_note("The limit may be partly changed; set it again to finish.")
        raise


def inspect_workspace(store: Store, plans: UsagePlans, workspace_id: str) -> Inspection:
    """Inspect a workspace, its keys and its provisioning."""
    workspace = find_workspace(store, workspace_id)
    records = scan_keys(store, workspace_id)
    try:
        plan = plans.smallest_plan(workspace.rate_limit + _of_keys(records))
        faults = plans.key_faults(workspace.usage_plan_key_id, plan)
    except UsagePlanError as failure:
        faults = [str(failure)]
    if stale := [record for record in records if not _has_copies_of(record, workspace)]:
        faults.append(f"{len(stale)} of its keys have a different limit or usage-plan key")
    active = [record for record in records if record.revoked_at is None and not record.has_expired(now())]
    return Inspection(workspace, len(active), len(records), faults)


def _fit_plan(store: Store, plans: UsagePlans, workspace_id: str) -> None:
    """Move a workspace to a larger usage plan if its own does not let through what its keys may send."""
    workspace = find_workspace(store, workspace_id)
    plan = plans.smallest_plan(_requests_of(store, workspace))
    if is_smaller(workspace.usage_plan, plan.logical_id):
        key_id = plans.ensure_key(workspace_id, workspace.usage_plan_key_id, workspace.usage_plan_key)
        plans.move_key(key_id, plan)
        _write_meta(store, workspace._replace(usage_plan=plan.logical_id, usage_plan_key_id=key_id))


def _requests_of(store: Store, workspace: Workspace) -> int:
    """Return how many requests a minute a workspace may send with all of its keys."""
    return workspace.rate_limit + _of_keys(scan_keys(store, workspace.workspace_id))


def _of_keys(records: Collection[KeyRecord]) -> int:
    """Return how many requests a minute keys may send beside those that count for their workspace.

    A key in the grace period of a rotation has a successor that is counted.
    """
    live = [one for one in records if one.revoked_at is None and not one.has_expired(now())]
    return sum(
        requests_per_minute(one.scopes, one.limits or {}) for one in live if one.expires_at == one.own_expires_at
    )


def _write_meta(store: Store, workspace: Workspace) -> None:
    changed = {name: getattr(workspace, name) for name in ("rate_limit", "usage_plan", "usage_plan_key_id")}
    unchanged = {"usage_plan_key": workspace.usage_plan_key, DELETED_AT: ABSENT}
    key = meta_key(workspace.workspace_id)
    store.database.transact(tables.change(store.workspace_table, key, changed, unchanged))


def _write_keys(store: Store, workspace: Workspace) -> int:
    """Copy the limit to the keys, after it was written to the workspace, and return how many were changed.

    A key created later already has the limit, and a key created earlier is found here. The check prevents the slower
    of two simultaneous calls from leaving its limit on the keys.
    """
    copies = {"rate_limit": workspace.rate_limit, "usage_plan_key": workspace.usage_plan_key}
    check = tables.check(store.workspace_table, meta_key(workspace.workspace_id), copies)
    stale = [record for record in scan_keys(store, workspace.workspace_id) if not _has_copies_of(record, workspace)]
    for some in batched(stale, tables.WRITES_AT_ONCE - 1, strict=False):
        changes = [
            tables.change(store.keys_table, {"key_hash": record.key_hash}, copies, {"key_id": record.key_id})
            for record in some
        ]
        store.database.transact(check, *changes)
    return len(stale)


def _has_copies_of(record: KeyRecord, workspace: Workspace) -> bool:
    return (record.rate_limit, record.usage_plan_key) == (workspace.rate_limit, workspace.usage_plan_key)


def _exists(workspace_id: str) -> AlreadyExistsError:
    return AlreadyExistsError(f'The workspace "{workspace_id}" already exists; choose another id.', workspace_id)


def _undo(store: Store, plans: UsagePlans, workspace: Workspace, reason: BaseException) -> None:
    """Undo a failed creation, the item first, which may exist although the response was lost."""
    try:
        own = {"usage_plan_key_id": workspace.usage_plan_key_id}
        with suppress(WriteRefusedError):  # it was not written, or by another call
            key = meta_key(workspace.workspace_id)
            store.database.transact(tables.deletion(store.workspace_table, key, own))
        plans.delete_key(workspace.usage_plan_key_id)
    except Exception:  # noqa: BLE001 - the caller raises the reason for undoing, which is the first failure
        reason.add_note(
            f"API Gateway key {workspace.usage_plan_key_id} of {workspace.workspace_id} may still exist; "
            f"delete it with `aws apigateway delete-api-key --api-key {workspace.usage_plan_key_id}`."
        )
