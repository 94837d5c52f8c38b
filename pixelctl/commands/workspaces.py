"""pixelctl workspace: create, list and show workspaces, and set their limits."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from pixel.auth.rate_limit import DEFAULT_LIMIT
from pixel.foundation.clock import to_iso
from pixel.workspaces import provisioning
from pixel.workspaces.provisioning import NewWorkspace, WorkspaceLimit
from pixel.workspaces.workspace import Workspace, list_workspaces
from pixelctl.commands.parsers import (
    add_command,
    add_group,
    add_workspace_id,
    again,
    effect,
    fields_in,
    read_model,
    when,
    whole_number,
)
from pixelctl.output import Answer, fields, table
from pixelctl.target import Target

if TYPE_CHECKING:
    from pixelctl.commands.parsers import Subparsers

_COLUMNS = ("workspace_id", "name", "rate_limit", "usage_plan", "created_at")
_CONVERSIONS = {"rate_limit": whole_number}


def add_workspace_commands(groups: "Subparsers") -> None:
    group = add_group(groups, "workspace", "workspaces and their limits")
    _add_create(group)
    add_command(group, "list", _list, "list all workspaces", "workspace list", "workspace list --json")
    show = add_command(
        group, "show", _show, "show a workspace, and what is wrong with its provisioning", "workspace show ws_..."
    )
    add_workspace_id(show)
    _add_set_limit(group)


def _add_create(group: "Subparsers") -> None:
    parser = add_command(
        group,
        "create",
        _create,
        "create a workspace and its key in a usage plan",
        "workspace create 'Acme'",
        "workspace create 'Acme' --limit 300 --json",
    )
    parser.add_argument("name", help="a name for people")
    parser.add_argument(
        "--limit",
        dest="rate_limit",
        default=DEFAULT_LIMIT,
        metavar="N",
        help="requests per minute (default: %(default)s)",
    )

    def check(arguments: Namespace) -> None:
        given = fields_in(arguments, NewWorkspace)
        flags = {"name": "name", "rate_limit": "--limit"}
        arguments.new = read_model(parser, NewWorkspace, given, flags, _CONVERSIONS)

    parser.set_defaults(check=check)


def _add_set_limit(group: "Subparsers") -> None:
    parser = add_command(
        group,
        "set-limit",
        _set_limit,
        "change a workspace's requests per minute; with the same limit, repair its provisioning",
        "workspace set-limit ws_... 300",
    )
    add_workspace_id(parser)
    parser.add_argument("rate_limit", metavar="limit", help="requests per minute")

    def check(arguments: Namespace) -> None:
        given = fields_in(arguments, WorkspaceLimit)
        arguments.limit = read_model(parser, WorkspaceLimit, given, {"rate_limit": "limit"}, _CONVERSIONS)

    parser.set_defaults(check=check)


def _create(target: Target, arguments: Namespace) -> Answer:
    workspace = provisioning.create_workspace(target.store, target.usage_plans, arguments.new)
    shown = _workspace(workspace)
    hint = again(arguments, "key create", workspace.workspace_id, "--scopes pixel:read,pixel:write")
    return Answer(shown, f"{fields(shown)}\n\nCreate its first key with: {hint}")


def _list(target: Target, _arguments: Namespace) -> Answer:
    rows = [_workspace(workspace) for workspace in list_workspaces(target.store)]
    return Answer(rows, table(rows, _COLUMNS) if rows else "No workspaces yet.")


def _show(target: Target, arguments: Namespace) -> Answer:
    found = provisioning.inspect_workspace(target.store, target.usage_plans, arguments.workspace_id)
    shown = _workspace(found.workspace)
    text = fields(shown | {"keys": f"{found.keys} ({found.active_keys} active)"})
    if found.faults:
        repair = again(arguments, "workspace set-limit", arguments.workspace_id, str(found.workspace.rate_limit))
        text += "\n\n" + "\n".join(f"warning: {fault}" for fault in found.faults) + f"\nRepair it with: {repair}"
    keys = {"total": found.keys, "active": found.active_keys}
    return Answer(shown | {"keys": keys, "warnings": found.faults}, text)


def _set_limit(target: Target, arguments: Namespace) -> Answer:
    workspace, changed = provisioning.set_limit(
        target.store, target.usage_plans, arguments.workspace_id, arguments.limit
    )
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
