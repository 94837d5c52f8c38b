"""pixelctl key: create, list, change, rotate and revoke API keys."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from pixel.auth.caller import Scope
from pixel.auth.keys import PUBLISHABLE, KeyRecord, new_proxy_secret
from pixel.faces.directory import FACES
from pixel.foundation.clock import now
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.workspaces import api_keys, provisioning
from pixel.workspaces.key_lookup import list_keys
from pixel.workspaces.key_models import DEFAULT_NAME, KeyChanges, KeyRotation, NewKey
from pixel.workspaces.publishable_keys import NewPublishableKey
from pixelctl.commands.command import (
    Group,
    effect,
    expires_option,
    read_model,
    separated,
    when,
    whole_number,
    workspace_argument,
    wrong_usage,
)
from pixelctl.commands.expiry import parse_duration, parse_expiry
from pixelctl.failures import ControlError
from pixelctl.invocation import Invocation
from pixelctl.output import Answer, fields, table
from pixelctl.target import connect

_COLUMNS = ("key_id", "name", "key_prefix", "scopes", "status", "created_at", "expires_at", "revoked_at", "website_ids")


def _limits(text: str) -> dict[str, list[int | str]]:
    limits = [_limit(one) for one in separated(text)]
    if len(dict(limits)) < len(limits):
        raise ControlError("name each class once.")
    return dict(limits)


def _limit(text: str) -> tuple[str, list[int | str]]:
    """Return the name and the numbers of a limit, which the rules of the field then check."""
    name, _, numbers = text.partition("=")
    return name, [whole_number(number) for number in numbers.split("/")]


_CONVERSIONS: Mapping[str, Callable[[str], Any]] = {
    "scopes": separated,
    "website_ids": separated,
    "limits": _limits,
    "expires_at": parse_expiry,
    "grace": parse_duration,
}

_OF_PUBLISHABLE: Mapping[str, str] = {
    "origins": "--origins",
    "payments": "--payments",
    "proxy_secret": "--proxy-secret",
    "proxies": "--proxies",
}

key = Group("key")
_key_argument = click.argument("key_id", metavar="KEY_ID", help="The id key_..., not the key itself.")


def _websites_option(stated: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    described = f"Ids of the websites that the key is bound to, separated by commas (default: {stated})."
    return click.option("--websites", "--website", "website_ids", metavar="IDS", help=described)


@key.command(
    "create",
    examples=(
        "key create ws_... --scopes pixel:read,pixel:write --name backend",
        "key create ws_... --scopes pixel:read --expires 90d --test",
        "key create ws_... --scopes pixel:write --websites admx_...",
        "key create ws_... --face infinity --website admx_...",
        "key create ws_... --publishable --website admx_... --origins shop.example.com,*.example.org",
    ),
)
@workspace_argument
@click.option(
    "--scopes",
    metavar="LIST",
    help="Some of pixel:read,pixel:write,pixel:manage,pixel:keys (default: none, which allows only /me).",
)
@click.option(
    "--face",
    type=click.Choice([face.name for face in FACES]),
    help="The API that the key is for, whose scopes it has unless --scopes names some of them.",
)
@click.option(
    "--limits",
    metavar="LIST",
    help="Requests and seconds in place of those of the face, such as ingest=2000/60,read=100/60; of a publishable "
    "key events, such as collect=12000/60,address=240/60.",
)
@click.option("--name", default=DEFAULT_NAME, metavar="NAME", help=f"A name for people (default: {DEFAULT_NAME}).")
@_websites_option("all of the workspace")
@expires_option("never")
@click.option("--test", is_flag=True, help="Begin the key with pixel_test_ or pk_test_.")
@click.option("--publishable", is_flag=True, help="A key for the pages of one website, which only sends events.")
@click.option(
    "--origins",
    metavar="HOSTS",
    help="Hosts whose pages may use a publishable key (default: the domain and the aliases of the website).",
)
@click.option("--payments", is_flag=True, help="Let a publishable key send payments too.")
@click.option(
    "--proxy-secret", is_flag=True, help="Make a secret for the proxy in front of a publishable key, shown only once."
)
@click.option("--proxies", metavar="N", help="Addresses that such proxies add to X-Forwarded-For (default: 1).")
@click.pass_obj
def _create(call: Invocation, /, workspace_id: str, face: str | None, *, publishable: bool, **given: object) -> Answer:
    """Create a key, which is shown only once unless it is publishable."""
    if publishable:
        return _create_publishable(call, workspace_id, face, given)
    if of_pages := [flag for name, flag in _OF_PUBLISHABLE.items() if given.pop(name)]:
        raise wrong_usage(f"{of_pages[0]} is for a key with --publishable.")
    if face is not None:
        given["scopes"] = _scopes_of(face, given["scopes"])
    new = read_model(NewKey, given, _CONVERSIONS)
    target = connect(call)
    raw, record = provisioning.issue_key(target.store, lambda: target.usage_plans, workspace_id, new)
    shown = _key(record)
    text = f"{_shown_once(raw)}\n\n{fields(shown)}"
    if not record.scopes:
        scoped = call.again("key create", workspace_id, f"--scopes {Scope.READ},{Scope.WRITE}")
        text += f"\n\nThis key has no scopes, so it may call only /me. Create one with scopes by: {scoped}"
    return Answer({"key": raw, **shown}, text)


def _create_publishable(call: Invocation, workspace_id: str, face: str | None, given: dict[str, object]) -> Answer:
    if face is not None or given.pop("scopes") is not None:
        raise wrong_usage("--face and --scopes are for secret keys; omit them with --publishable.")
    website_id = given.pop("website_ids")
    if website_id is None:
        raise wrong_usage("--website is required with --publishable: the website whose pages have the key.")
    new = read_model(
        NewPublishableKey,
        {**given, "kind": PUBLISHABLE, "website_id": website_id},
        {**_CONVERSIONS, "origins": separated, "proxies": whole_number},
    )
    secret = new_proxy_secret() if new.proxy_secret else None
    store = connect(call).store
    raw, record = api_keys.create_key(store, workspace_id, new, proxy_secret=secret)
    shown = _key(record)
    tag = f'<script async src="https://.../p/{raw}.js"></script>'
    text = f"{raw}\n\nThis key is no secret. Put it into the pages of the website:\n\n{tag}\n\n{fields(shown)}"
    if secret is None:
        return Answer({"key": raw, **shown}, text)
    text += f"\n\n{secret}\n\nKeep this secret of the proxy now: it is not shown again, and only its hash is stored."
    return Answer({"key": raw, "proxy_secret": secret, **shown}, text)


@key.command("list", examples=("key list ws_...",))
@workspace_argument
@click.pass_obj
def _list(call: Invocation, workspace_id: str) -> Answer:
    """List a workspace's keys, oldest first."""
    rows = [_key(record) for record in list_keys(connect(call).store, workspace_id)]
    none = f"No keys yet; create one with: {call.again('key create', workspace_id)}"
    return Answer(rows, table(rows, _COLUMNS) if rows else none)


@key.command(
    "update",
    examples=("key update key_... --scopes pixel:read", "key update key_... --websites admx_... --expires 30d"),
)
@_key_argument
@click.option("--name", metavar="NAME", help="A new name.")
@click.option("--scopes", metavar="LIST", help="The scopes that the key keeps.")
@click.option(
    "--origins",
    metavar="HOSTS",
    help="Hosts whose pages may use a publishable key, or none for the domain and the aliases of the website.",
)
@_websites_option("as they are")
@expires_option("as it is")
@click.pass_obj
def _update(call: Invocation, /, key_id: str, **given: object) -> Answer:
    """Rename a key, take rights away from it, or give a publishable one other origins."""
    changes = read_model(KeyChanges, given, {**_CONVERSIONS, "origins": _or_none})
    target = connect(call)
    try:
        record = api_keys.update_key(target.store, key_id, changes)
    except ApiError as failure:
        if failure.error is ErrorCode.INVALID_BODY:
            raise wrong_usage("--origins is for publishable keys alone.") from None
        if failure.error is not ErrorCode.NOT_GRANTABLE:
            raise
        raise ControlError(
            "A change can only take rights away: fewer scopes, fewer websites, an earlier expiry. Create a new key."
        ) from None
    shown = _key(record)
    return Answer(shown | effect(target), f"{fields(shown)}\n\nThat takes effect {when(target)}.")


@key.command("rotate", examples=("key rotate key_...", "key rotate key_... --grace 24h"))
@_key_argument
@click.option(
    "--grace", metavar="TIME", help="How long the old key keeps working, such as 24h (default: it is revoked at once)."
)
@expires_option("the lifetime of the old key, from now")
@click.pass_obj
def _rotate(call: Invocation, /, key_id: str, **given: object) -> Answer:
    """Replace a key with a new one that has the same name and scopes."""
    rotation = read_model(KeyRotation, given, _CONVERSIONS)
    target = connect(call)
    raw, (record, replaced) = api_keys.rotate_key(target.store, key_id, rotation)
    if replaced.revoked_at is not None:
        fate = f"{replaced.key_id} is revoked; that takes effect {when(target)}."
    else:
        fate = f"{replaced.key_id} works until {_key(replaced)['expires_at']}."
    shown = _key(record)
    data = {"key": raw, **shown, "replaced": _key(replaced), **effect(target)}
    return Answer(data, f"{_shown_once(raw)}\n\n{fields(shown)}\n\n{fate}")


@key.command("revoke", examples=("key revoke key_...",))
@_key_argument
@click.pass_obj
def _revoke(call: Invocation, key_id: str) -> Answer:
    """Revoke a key permanently."""
    target = connect(call)
    record, changed = api_keys.revoke_key(target.store, key_id)
    shown = _key(record)
    if changed:
        text = f"{record.key_id} is revoked; that takes effect {when(target)}."
    else:
        text = f"{record.key_id} was revoked already, at {shown['revoked_at']}; nothing changed."
    return Answer(shown | {"changed": changed, **effect(target)}, text)


def _key(record: KeyRecord) -> dict[str, Any]:
    hidden = ("key_hash", "own_expires_at", "usage_plan_key", "revision", "updated_at", "proxy_hash")
    shown = {name: value for name, value in record.to_item().items() if name not in hidden}
    bound = None if record.website_ids is None else list(record.website_ids)
    return shown | {"website_ids": bound, "status": _status(record)}


def _or_none(text: str) -> list[str] | None:
    return None if text == "none" else separated(text)


def _status(record: KeyRecord) -> str:
    if record.revoked_at is not None:
        return "revoked"
    return "expired" if record.has_expired(now()) else "active"


def _scopes_of(name: str, given: object) -> str:
    """Return the scopes of a key for this face: all of the face's, or those that were given, if they are the face's."""
    own = next(face.scopes for face in FACES if face.name == name)
    if not isinstance(given, str):
        return ",".join(own)
    chosen = set(separated(given))
    if not chosen or not chosen <= set(own):
        raise wrong_usage(
            f"--scopes must contain only {' or '.join(own)} with --face {name}; omit one of both options."
        )
    return given


def _shown_once(raw: str) -> str:
    return f"{raw}\n\nKeep this key now: it is not shown again, and only its hash is stored."
