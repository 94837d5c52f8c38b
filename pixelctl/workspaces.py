"""Workspaces: the META item of the workspace table, and a key in a usage plan of API Gateway."""

from __future__ import annotations

import secrets
import string
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pixel.auth.rate_limit import DEFAULT_LIMIT
from pixel.foundation.clock import from_iso, now, to_iso
from pixel.foundation.ids import new_id
from pixelctl import tables, usage_plans
from pixelctl.failures import AWS_FAILURES, AlreadyExistsError, ControlError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pixelctl.target import Target

_META = "META"
_NAME_CHARACTERS_MAX = 100
_VALUE_ALPHABET = string.ascii_letters + string.digits
_VALUE_CHARACTERS = 40


class Workspace(NamedTuple):
    workspace_id: str
    name: str
    created_at: datetime
    rate_limit: int
    usage_plan: str
    usage_plan_key_id: str
    usage_plan_key: str  # names the workspace to API Gateway; opens nothing, and is shown to nobody

    def to_item(self) -> dict[str, object]:
        return {**self._asdict(), "item": _META, "created_at": to_iso(self.created_at)}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        values = {name: item[name] for name in cls._fields}
        return cls(**{**values, "created_at": from_iso(item["created_at"])})


def create_workspace(
    target: Target, name: str, *, rate_limit: int = DEFAULT_LIMIT, workspace_id: str | None = None
) -> Workspace:
    """META comes last: no API key can be made for a workspace before its requests would pass the usage plan."""
    name = checked_name(name)
    plan = usage_plans.fitting(target, checked_limit(rate_limit))
    workspace_id = workspace_id or new_id("ws")
    if tables.get(target.dynamodb, target.workspace_table, meta_key(workspace_id)) is not None:
        raise _exists(workspace_id)
    value = "".join(secrets.choice(_VALUE_ALPHABET) for _ in range(_VALUE_CHARACTERS))
    key_id = usage_plans.create_key(target, workspace_id, value)
    workspace = Workspace(workspace_id, name, now().replace(microsecond=0), rate_limit, plan.logical_id, key_id, value)
    try:
        usage_plans.move_key(target, key_id, plan)
        _write_meta(target, workspace)
    except BaseException as failure:
        _undo(target, workspace, failure)
        raise
    return workspace


def find_workspace(target: Target, workspace_id: str) -> Workspace:
    if not workspace_id.startswith("ws_"):
        raise ControlError("Name a workspace by its id (ws_...); `pixelctl workspace list` shows ids.")
    item = tables.get(target.dynamodb, target.workspace_table, meta_key(workspace_id))
    if item is None:
        raise NotFoundError(f'There is no workspace "{workspace_id}"; `pixelctl workspace list` shows those there are.')
    return Workspace.from_item(item)


def list_workspaces(target: Target) -> list[Workspace]:
    """No index leads to META items alone, and an operator's list may read the whole table."""
    found = map(Workspace.from_item, tables.scan(target.dynamodb, target.workspace_table, "item", _META))
    return sorted(found, key=lambda workspace: (workspace.created_at, workspace.workspace_id))


def meta_key(workspace_id: str) -> dict[str, str]:
    return {"workspace_id": workspace_id, "item": _META}


def checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _NAME_CHARACTERS_MAX or not name.isprintable():
        raise ControlError(f"A name has 1 to {_NAME_CHARACTERS_MAX} printable characters.")
    return name


def checked_limit(requests_per_minute: int) -> int:
    if requests_per_minute < 1:
        raise ControlError("A limit is a whole number of requests a minute, at least 1.")
    return requests_per_minute


def _write_meta(target: Target, workspace: Workspace) -> None:
    try:
        tables.write(target.dynamodb, tables.put_new(target.workspace_table, workspace.to_item(), "workspace_id"))
    except tables.WriteRefusedError as failure:
        raise _exists(workspace.workspace_id) from failure


def _exists(workspace_id: str) -> AlreadyExistsError:
    return AlreadyExistsError(f'The workspace "{workspace_id}" exists already; choose another id.')


def _undo(target: Target, workspace: Workspace, reason: BaseException) -> None:
    """Take back what a failed creation left, META first: it may be there although its answer was lost."""
    try:
        _delete_own_meta(target, workspace)
        usage_plans.delete_key(target, workspace.usage_plan_key_id)
    except AWS_FAILURES:
        reason.add_note(
            f"API Gateway key {workspace.usage_plan_key_id} of {workspace.workspace_id} may be left over; "
            f"delete it with `aws apigateway delete-api-key --api-key {workspace.usage_plan_key_id}`."
        )


def _delete_own_meta(target: Target, workspace: Workspace) -> None:
    own = {"usage_plan_key_id": workspace.usage_plan_key_id}
    with suppress(tables.WriteRefusedError):  # it was not written, or another run wrote it
        tables.write(target.dynamodb, tables.delete(target.workspace_table, meta_key(workspace.workspace_id), own))
