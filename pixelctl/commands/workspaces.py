"""pixelctl workspace: what it takes, what it does, what there is to say about it."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from pixel.auth.rate_limit import DEFAULT_LIMIT
from pixel.foundation.clock import to_iso
from pixelctl import provisioning, workspaces
from pixelctl.cli import add_command, add_group, add_workspace_id, again, checked, effect, when
from pixelctl.output import Answer, fields, table
from pixelctl.target import Target
from pixelctl.workspaces import Workspace

if TYPE_CHECKING:
    from pixelctl.cli import Subparsers

_COLUMNS = ("workspace_id", "name", "rate_limit", "usage_plan", "created_at")


def add_workspace_commands(groups: "Subparsers") -> None:
    group = add_group(groups, "workspace", "workspaces and their limits")
    create = add_command(
        group,
        "create",
        _create,
        "make a workspace and its place in a usage plan",
        "workspace create 'Acme'",
        "workspace create 'Acme' --limit 300 --json",
    )
    create.add_argument("name", type=checked(workspaces.checked_name), help="what people call it")
    create.add_argument(
        "--limit", type=_limit, default=DEFAULT_LIMIT, metavar="N", help="requests a minute (default: %(default)s)"
    )
    add_command(group, "list", _list, "list all workspaces", "workspace list", "workspace list --json")
    show = add_command(
        group,
        "show",
        _show,
        "show a workspace, and what is wrong with its provisioning",
        "workspace show ws_...",
    )
    add_workspace_id(show)
    set_limit = add_command(
        group,
        "set-limit",
        _set_limit,
        "change a workspace's requests a minute; with the same limit, mend its provisioning",
        "workspace set-limit ws_... 300",
    )
    add_workspace_id(set_limit)
    set_limit.add_argument("limit", type=_limit, help="requests a minute")


def _create(target: Target, arguments: Namespace) -> Answer:
    workspace = workspaces.create_workspace(target, arguments.name, rate_limit=arguments.limit)
    shown = _workspace(workspace)
    hint = again(arguments, "key create", workspace.workspace_id, "--scopes pixel:read,pixel:write")
    return Answer(shown, f"{fields(shown)}\n\nMake its first key with: {hint}")


def _list(target: Target, _arguments: Namespace) -> Answer:
    rows = [_workspace(workspace) for workspace in workspaces.list_workspaces(target)]
    return Answer(rows, table(rows, _COLUMNS) if rows else "No workspaces yet.")


def _show(target: Target, arguments: Namespace) -> Answer:
    found = provisioning.inspect_workspace(target, arguments.workspace_id)
    shown = _workspace(found.workspace)
    text = fields(shown | {"keys": f"{found.keys} ({found.active_keys} active)"})
    if found.faults:
        mend = again(arguments, "workspace set-limit", arguments.workspace_id, str(found.workspace.rate_limit))
        text += "\n\n" + "\n".join(f"warning: {fault}" for fault in found.faults) + f"\nMend it with: {mend}"
    keys = {"total": found.keys, "active": found.active_keys}
    return Answer(shown | {"keys": keys, "warnings": found.faults}, text)


def _set_limit(target: Target, arguments: Namespace) -> Answer:
    workspace, changed = provisioning.set_limit(target, arguments.workspace_id, arguments.limit)
    shown = _workspace(workspace)
    text = f"{fields(shown | {'keys_changed': changed})}\n\nThe limit takes effect {when(target)}."
    return Answer(shown | {"keys_changed": changed, **effect(target)}, text)


def _workspace(workspace: Workspace) -> dict[str, Any]:
    return {
        "workspace_id": workspace.workspace_id,
        "name": workspace.name,
        "rate_limit": workspace.rate_limit,
        "usage_plan": workspace.usage_plan,
        "created_at": to_iso(workspace.created_at),
    }


@checked
def _limit(text: str) -> int:
    return workspaces.checked_limit(int(text) if text.isdecimal() else 0)
