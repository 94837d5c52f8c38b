"""pixelctl key: create, list, change, rotate and revoke API keys."""

from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pixel.auth.caller import Scope
from pixel.auth.keys import KeyRecord
from pixel.foundation.clock import now
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.workspaces import api_keys
from pixel.workspaces.key_lookup import list_keys
from pixel.workspaces.key_models import DEFAULT_NAME, KeyChanges, KeyRotation, NewKey
from pixelctl.commands.expiry import parse_duration, parse_expiry
from pixelctl.commands.parsers import (
    add_command,
    add_expires,
    add_group,
    add_workspace_id,
    again,
    effect,
    fields_in,
    read_model,
    separated,
    when,
)
from pixelctl.failures import ControlError
from pixelctl.output import Answer, fields, table
from pixelctl.target import Target

if TYPE_CHECKING:
    from pixelctl.commands.parsers import Subparsers

_COLUMNS = ("key_id", "name", "key_prefix", "scopes", "status", "created_at", "expires_at", "revoked_at", "website_ids")
_FLAGS = {
    "name": "--name",
    "scopes": "--scopes",
    "website_ids": "--websites",
    "expires_at": "--expires",
    "grace": "--grace",
}
_CONVERSIONS: Mapping[str, Callable[[str], Any]] = {
    "scopes": separated,
    "website_ids": separated,
    "expires_at": parse_expiry,
    "grace": parse_duration,
}


def add_key_commands(groups: "Subparsers") -> None:
    group = add_group(groups, "key", "API keys of a workspace")
    _add_create(group)
    listing = add_command(group, "list", _list, "list a workspace's keys, oldest first", "key list ws_...")
    add_workspace_id(listing)
    _add_update(group)
    _add_rotate(group)
    revoke = add_command(group, "revoke", _revoke, "revoke a key permanently", "key revoke key_...")
    _add_key_id(revoke)


def _add_create(group: "Subparsers") -> None:
    parser = add_command(
        group,
        "create",
        _create,
        "create a key, which is shown only once",
        "key create ws_... --scopes pixel:read,pixel:write --name backend",
        "key create ws_... --scopes pixel:read --expires 90d --test",
        "key create ws_... --scopes pixel:write --websites admx_...",
    )
    add_workspace_id(parser)
    parser.add_argument(
        "--scopes", default=SUPPRESS, help="pixel:read,pixel:write,pixel:manage; without scopes only /me may be called"
    )
    parser.add_argument("--name", default=DEFAULT_NAME)
    _add_websites(parser, "all of the workspace")
    add_expires(parser, "never")
    parser.add_argument("--test", action="store_true", help="begin the key with pixel_test_")

    def check(arguments: Namespace) -> None:
        arguments.new = read_model(parser, NewKey, fields_in(arguments, NewKey), _FLAGS, _CONVERSIONS)

    parser.set_defaults(check=check)


def _add_websites(parser: ArgumentParser, stated: str) -> None:
    parser.add_argument(
        "--websites",
        dest="website_ids",
        default=SUPPRESS,
        metavar="IDS",
        help=f"ids of the websites that the key is bound to, separated by commas (default: {stated})",
    )


def _add_update(group: "Subparsers") -> None:
    parser = add_command(
        group,
        "update",
        _update,
        "rename a key, or take rights away from it",
        "key update key_... --scopes pixel:read",
        "key update key_... --websites admx_... --expires 30d",
    )
    _add_key_id(parser)
    parser.add_argument("--name", default=SUPPRESS)
    parser.add_argument("--scopes", default=SUPPRESS, help="the scopes that the key keeps")
    _add_websites(parser, "as they are")
    add_expires(parser, "as it is")

    def check(arguments: Namespace) -> None:
        arguments.changes = read_model(parser, KeyChanges, fields_in(arguments, KeyChanges), _FLAGS, _CONVERSIONS)

    parser.set_defaults(check=check)


def _add_rotate(group: "Subparsers") -> None:
    parser = add_command(
        group,
        "rotate",
        _rotate,
        "replace a key by a new one with the same name and scopes",
        "key rotate key_...",
        "key rotate key_... --grace 24h",
    )
    _add_key_id(parser)
    parser.add_argument(
        "--grace",
        default=SUPPRESS,
        metavar="TIME",
        help="how long the old key keeps working, such as 24h (default: it is revoked at once)",
    )
    add_expires(parser, "the lifetime of the old key, from now")

    def check(arguments: Namespace) -> None:
        given = fields_in(arguments, KeyRotation)
        arguments.rotation = read_model(parser, KeyRotation, given, _FLAGS, _CONVERSIONS)

    parser.set_defaults(check=check)


def _create(target: Target, arguments: Namespace) -> Answer:
    raw, record = api_keys.create_key(target.store, arguments.workspace_id, arguments.new)
    shown = _key(record)
    text = f"{_shown_once(raw)}\n\n{fields(shown)}"
    if not record.scopes:
        scoped = again(arguments, "key create", arguments.workspace_id, f"--scopes {Scope.READ},{Scope.WRITE}")
        text += f"\n\nThis key has no scopes, so it may call only /me. Create one with scopes by: {scoped}"
    return Answer({"key": raw, **shown}, text)


def _list(target: Target, arguments: Namespace) -> Answer:
    rows = [_key(record) for record in list_keys(target.store, arguments.workspace_id)]
    none = f"No keys yet; create one with: {again(arguments, 'key create', arguments.workspace_id)}"
    return Answer(rows, table(rows, _COLUMNS) if rows else none)


def _rotate(target: Target, arguments: Namespace) -> Answer:
    raw, (record, replaced) = api_keys.rotate_key(target.store, arguments.key_id, arguments.rotation)
    if replaced.revoked_at is not None:
        fate = f"{replaced.key_id} is revoked; that takes effect {when(target)}."
    else:
        fate = f"{replaced.key_id} works until {_key(replaced)['expires_at']}."
    shown = _key(record)
    data = {"key": raw, **shown, "replaced": _key(replaced), **effect(target)}
    return Answer(data, f"{_shown_once(raw)}\n\n{fields(shown)}\n\n{fate}")


def _update(target: Target, arguments: Namespace) -> Answer:
    try:
        record = api_keys.update_key(target.store, arguments.key_id, arguments.changes)
    except ApiError as failure:
        if failure.error is not ErrorCode.NOT_GRANTABLE:
            raise
        raise ControlError(
            "A change can only take rights away: fewer scopes, fewer websites, an earlier expiry. Create a new key."
        ) from None
    shown = _key(record)
    return Answer(shown | effect(target), f"{fields(shown)}\n\nThat takes effect {when(target)}.")


def _revoke(target: Target, arguments: Namespace) -> Answer:
    record, changed = api_keys.revoke_key(target.store, arguments.key_id)
    shown = _key(record)
    if changed:
        text = f"{record.key_id} is revoked; that takes effect {when(target)}."
    else:
        text = f"{record.key_id} was revoked already, at {shown['revoked_at']}; nothing changed."
    return Answer(shown | {"changed": changed, **effect(target)}, text)


def _add_key_id(parser: ArgumentParser) -> None:
    parser.add_argument("key_id", metavar="KEY_ID", help="the id key_..., not the key itself")


def _key(record: KeyRecord) -> dict[str, Any]:
    hidden = ("key_hash", "own_expires_at", "usage_plan_key", "revision", "updated_at")
    shown = {name: value for name, value in record.to_item().items() if name not in hidden}
    bound = None if record.website_ids is None else list(record.website_ids)
    return shown | {"website_ids": bound, "status": _status(record)}


def _status(record: KeyRecord) -> str:
    if record.revoked_at is not None:
        return "revoked"
    return "expired" if record.has_expired(now()) else "active"


def _shown_once(raw: str) -> str:
    return f"{raw}\n\nKeep this key now: it is not shown again, and only its hash is stored."
