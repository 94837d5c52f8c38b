"""pixelctl workspace: create, list, show, rename and delete workspaces, and set their limits."""

from typing import Any

import click

from pixel.auth.rate_limit import DEFAULT_LIMIT
from pixel.foundation.clock import to_iso
from pixel.workspaces import provisioning
from pixel.workspaces.provisioning import NewWorkspace, WorkspaceLimit
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.workspace import Workspace, WorkspaceName, list_workspaces, rename_workspace
from pixel.workspaces.workspace_deletion import Contents, count_contents, delete_workspace
from pixelctl.commands.command import Group, effect, read_model, when, whole_number, workspace_argument
from pixelctl.commands.confirmation import YES, require_name
from pixelctl.commands.records import counted, listed
from pixelctl.doctor.event import WORKSPACE_ID as DOCTORS
from pixelctl.failures import ControlError
from pixelctl.invocation import Invocation
from pixelctl.output import Answer, fields, table
from pixelctl.target import connect

_COLUMNS = ("workspace_id", "name", "rate_limit", "usage_plan", "created_at")
_STAYS = (
    "rows that are stored stay in the warehouse, and events that wait in queues still arrive there. "
    "docs/security.md#forgetting-a-workspace says how to erase them."
)
_CONVERSIONS = {"rate_limit": whole_number}

workspace = Group("workspace")


@workspace.command("create", examples=("workspace create 'Acme'", "workspace create 'Acme' --limit 300 --json"))
@click.argument("name", help="A name for people.")
@click.option(
    "--limit",
    "rate_limit",
    default=str(DEFAULT_LIMIT),
    metavar="N",
    help=f"Requests per minute (default: {DEFAULT_LIMIT}).",
)
@click.pass_obj
def _create(call: Invocation, /, **given: str) -> Answer:
    """Create a workspace, with a limit of requests per minute."""
    new = read_model(NewWorkspace, given, _CONVERSIONS)
    target = connect(call)
    created = provisioning.create_workspace(target.store, target.usage_plans, new)
    shown = _workspace(created)
    hint = call.again("key create", created.workspace_id, "--scopes pixel:read,pixel:write")
    return Answer(shown, f"{fields(shown)}\n\nCreate its first key with: {hint}")


@workspace.command("list", examples=("workspace list", "workspace list --json"))
@click.pass_obj
def _list(call: Invocation) -> Answer:
    """List all workspaces."""
    rows = [_workspace(found) for found in list_workspaces(connect(call).store)]
    return Answer(rows, table(rows, _COLUMNS) if rows else "No workspaces yet.")


@workspace.command("show", examples=("workspace show ws_...",))
@workspace_argument
@click.pass_obj
def _show(call: Invocation, workspace_id: str) -> Answer:
    """Show a workspace, and what is wrong with its provisioning."""
    target = connect(call)
    found = provisioning.inspect_workspace(target.store, target.usage_plans, workspace_id)
    shown = _workspace(found.workspace)
    text = fields(shown | {"keys": f"{found.keys} ({found.active_keys} active)"})
    if found.faults:
        repair = call.again("workspace set-limit", workspace_id, str(found.workspace.rate_limit))
        text += "\n\n" + "\n".join(f"warning: {fault}" for fault in found.faults) + f"\nRepair it with: {repair}"
    keys = {"total": found.keys, "active": found.active_keys}
    return Answer(shown | {"keys": keys, "warnings": found.faults}, text)


@workspace.command("set-limit", examples=("workspace set-limit ws_... 300",))
@workspace_argument
@click.argument("rate_limit", metavar="LIMIT", help="Requests per minute.")
@click.pass_obj
def _set_limit(call: Invocation, workspace_id: str, rate_limit: str) -> Answer:
    """Change a workspace's requests per minute; with the same limit, repair its provisioning."""
    limit = read_model(WorkspaceLimit, {"rate_limit": rate_limit}, _CONVERSIONS)
    target = connect(call)
    changed, keys = provisioning.set_limit(target.store, target.usage_plans, workspace_id, limit)
    shown = _workspace(changed) | {"keys_changed": keys}
    return Answer(shown | effect(target), f"{fields(shown)}\n\nThe limit takes effect {when(target)}.")


@workspace.command("rename", examples=("workspace rename ws_... 'Acme Europe'",))
@workspace_argument
@click.argument("name", metavar="NAME", help="The new name.")
@click.pass_obj
def _rename(call: Invocation, workspace_id: str, name: str) -> Answer:
    """Change the name of a workspace."""
    new = read_model(WorkspaceName, {"name": name})
    shown = _workspace(rename_workspace(connect(call).store, workspace_id, new))
    return Answer(shown, fields(shown))


@workspace.command("delete", examples=("workspace delete ws_...", "workspace delete ws_... --yes --json"), params=[YES])
@workspace_argument
@click.pass_obj
def _delete(call: Invocation, workspace_id: str, *, yes: bool) -> Answer:
    """Delete a workspace: revoke its keys, and delete its websites with all of their records, and its short links.

    Stored rows stay in Tinybird; docs/security.md says how to erase them. A deletion that was interrupted
    is finished by the same command.
    """
    if workspace_id == DOCTORS:
        raise ControlError(f"{DOCTORS} belongs to `pixelctl doctor`, which needs it.")
    target = connect(call)
    found = target.store.find_any_workspace(workspace_id)
    if not yes and DELETED_AT not in found:
        consequence = f"Deleting {workspace_id} {_consequence(count_contents(target.store, workspace_id))}"
        require_name(consequence, found["name"])
    deleted, deleted_at, changed, (keys, records) = delete_workspace(target.store, target.usage_plans, workspace_id)
    links = {} if target.links_address is None else {"links": target.links.delete_all(workspace_id)}
    data = {
        **_workspace(deleted),
        DELETED_AT: deleted_at,
        "changed": changed,
        "keys_revoked": keys,
        "deleted_with_it": {kind.plural: number for kind, number in records} | links,
        "stays": _STAYS,
        **effect(target),
    }
    lines = [f"{workspace_id} is deleted." if changed else f"{workspace_id} was deleted already, at {deleted_at}."]
    if keys:
        lines.append(f"Revoked with it: {counted(keys, 'key')}; that takes effect {when(target)}.")
    if any(number for _, number in records):
        lines.append(f"Deleted with it: {listed(records)}.")
    if any(links.values()):
        lines.append(f"Short links deleted with it: {links['links']}.")
    return Answer(data, "\n".join([*lines, "", f"{_STAYS[0].upper()}{_STAYS[1:]}"]))


def _consequence(contents: Contents) -> str:
    along = listed(contents.records)
    return f"revokes {counted(contents.keys, 'key')}{f' and deletes {along}' if along else ''}, for good"


def _workspace(found: Workspace) -> dict[str, Any]:
    return {
        "workspace_id": found.workspace_id,
        "name": found.name,
        "rate_limit": found.rate_limit,
        "usage_plan": found.usage_plan,
        "created_at": to_iso(found.created_at),
    }
