"""One function a command: what the command line said in, what there is to say about it out."""

from argparse import Namespace
from typing import Any

from pixel.clock import now, to_iso
from pixel.key_records import KeyRecord
from pixelctl import api_keys, provisioning, workspaces
from pixelctl.output import Answer, fields, table
from pixelctl.target import DEFAULT_STACK, Target
from pixelctl.workspaces import Workspace

_WORKSPACE_COLUMNS = ("workspace_id", "name", "rate_limit", "usage_plan", "created_at")
_KEY_COLUMNS = ("key_id", "name", "key_prefix", "scopes", "status", "created_at", "expires_at", "revoked_at")


def workspace_create(target: Target, arguments: Namespace) -> Answer:
    workspace = workspaces.create_workspace(target, arguments.name, rate_limit=arguments.limit)
    shown = _workspace(workspace)
    hint = _again(arguments, "key create", workspace.workspace_id, "--scopes pixel:read,pixel:write")
    return Answer(shown, f"{fields(shown)}\n\nMake its first key with: {hint}")


def workspace_list(target: Target, _arguments: Namespace) -> Answer:
    rows = [_workspace(workspace) for workspace in workspaces.list_workspaces(target)]
    return Answer(rows, table(rows, _WORKSPACE_COLUMNS) if rows else "No workspaces yet.")


def workspace_show(target: Target, arguments: Namespace) -> Answer:
    found = provisioning.inspect_workspace(target, arguments.workspace_id)
    shown = _workspace(found.workspace)
    text = fields(shown | {"keys": f"{found.keys} ({found.active_keys} active)"})
    if found.faults:
        mend = _again(arguments, "workspace set-limit", arguments.workspace_id, str(found.workspace.rate_limit))
        text += "\n\n" + "\n".join(f"warning: {fault}" for fault in found.faults) + f"\nMend it with: {mend}"
    keys = {"total": found.keys, "active": found.active_keys}
    return Answer(shown | {"keys": keys, "warnings": found.faults}, text)


def workspace_set_limit(target: Target, arguments: Namespace) -> Answer:
    workspace, changed = provisioning.set_limit(target, arguments.workspace_id, arguments.limit)
    shown = _workspace(workspace)
    text = f"{fields(shown | {'keys_changed': changed})}\n\nThe limit takes effect {_when(target)}."
    return Answer(shown | {"keys_changed": changed, **_effect(target)}, text)


def key_create(target: Target, arguments: Namespace) -> Answer:
    raw, record = api_keys.create_key(
        target,
        arguments.workspace_id,
        name=arguments.name,
        scopes=arguments.scopes,
        expires_at=arguments.expires,
        test=arguments.test,
    )
    shown = _key(record)
    return Answer({"key": raw, **shown}, f"{_shown_once(raw)}\n\n{fields(shown)}")


def key_list(target: Target, arguments: Namespace) -> Answer:
    rows = [_key(record) for record in api_keys.list_keys(target, arguments.workspace_id)]
    none = f"No keys yet; make one with: {_again(arguments, 'key create', arguments.workspace_id)}"
    return Answer(rows, table(rows, _KEY_COLUMNS) if rows else none)


def key_rotate(target: Target, arguments: Namespace) -> Answer:
    raw, (record, replaced) = api_keys.rotate_key(
        target, arguments.key_id, grace=arguments.grace, expires_at=arguments.expires
    )
    if replaced.revoked_at is not None:
        fate = f"{replaced.key_id} is revoked; that takes effect {_when(target)}."
    else:
        fate = f"{replaced.key_id} works until {_key(replaced)['expires_at']}."
    shown = _key(record)
    data = {"key": raw, **shown, "replaced": _key(replaced), **_effect(target)}
    return Answer(data, f"{_shown_once(raw)}\n\n{fields(shown)}\n\n{fate}")


def key_revoke(target: Target, arguments: Namespace) -> Answer:
    record, changed = api_keys.revoke_key(target, arguments.key_id)
    shown = _key(record)
    if changed:
        text = f"{record.key_id} is revoked; that takes effect {_when(target)}."
    else:
        text = f"{record.key_id} was revoked already, at {shown['revoked_at']}; nothing changed."
    return Answer(shown | {"changed": changed, **_effect(target)}, text)


def _workspace(workspace: Workspace) -> dict[str, Any]:
    return {
        "workspace_id": workspace.workspace_id,
        "name": workspace.name,
        "rate_limit": workspace.rate_limit,
        "usage_plan": workspace.usage_plan,
        "created_at": to_iso(workspace.created_at),
    }


def _key(record: KeyRecord) -> dict[str, Any]:
    hidden = ("key_hash", "usage_plan_key")
    shown = {name: value for name, value in record.to_item().items() if name not in hidden}
    return shown | {"status": _status(record)}


def _status(record: KeyRecord) -> str:
    if record.revoked_at is not None:
        return "revoked"
    return "expired" if record.has_expired(now()) else "active"


def _shown_once(raw: str) -> str:
    return f"{raw}\n\nKeep this key now: it is not shown again, and only its hash is stored."


def _when(target: Target) -> str:
    seconds = target.auth_cache_ttl_seconds
    if seconds is None:
        return "when the authorizer's cached answers run out (AuthCacheTtlSeconds of the stack)"
    return f"within {seconds} seconds (AuthCacheTtlSeconds)" if seconds else "at once"


def _effect(target: Target) -> dict[str, int | None]:
    return {"effective_within_seconds": target.auth_cache_ttl_seconds}


def _again(arguments: Namespace, *words: str) -> str:
    """A command to run next, against the same stack."""
    options = ["--local"] if arguments.local else []
    if not arguments.local and arguments.stack != DEFAULT_STACK:
        options += ["--stack", arguments.stack]
    for name in ("region", "profile"):
        if value := getattr(arguments, name):
            options += [f"--{name}", value]
    return " ".join(["pixelctl", *words, *options])
