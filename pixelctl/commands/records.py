"""pixelctl website, goal, alert, report and share-link: what they do, and what there is to say about it."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from pixel.workspaces.records import DELETED_AT
from pixelctl import passwords, records, share_links, websites
from pixelctl.cli import again
from pixelctl.output import Answer, fields, table
from pixelctl.record_kinds import GOAL, SHARE_LINK, WEBSITE, Kind, counted
from pixelctl.target import Target


def create(target: Target, arguments: Namespace) -> Answer:
    kind, values = arguments.kind, arguments.values
    item = records.create_record(target, kind, arguments.workspace_id, values, website_id=arguments.website)
    return _one(kind, item)


def create_website(target: Target, arguments: Namespace) -> Answer:
    shown = _shown(WEBSITE, websites.create_website(target, arguments.workspace_id, arguments.values))
    hint = again(arguments, f"{GOAL.command} create", arguments.workspace_id, f"--website {shown['id']}", "--help")
    return Answer(shown, f"{fields(shown)}\n\nHow to make goals for it: {hint}")


def create_share_link(target: Target, arguments: Namespace) -> Answer:
    token, item = share_links.create_share_link(
        target, arguments.workspace_id, arguments.website, arguments.values, password=_password(arguments)
    )
    shown = _shown(SHARE_LINK, item)
    once = f"{token}\n\nKeep this token now: it is not shown again, and only its hash is stored."
    return Answer({"token": token, **shown}, f"{once}\n\n{fields(shown)}")


def list_(target: Target, arguments: Namespace) -> Answer:
    kind: Kind = arguments.kind
    rows = [
        _shown(kind, item) for item in records.list_records(target, kind, arguments.workspace_id, arguments.website)
    ]
    none = f"No {kind.noun}s yet; how to make one: {again(arguments, f'{kind.command} create', '--help')}"
    return Answer(rows, table(rows, kind.shown) if rows else none)


def show(target: Target, arguments: Namespace) -> Answer:
    return _one(
        arguments.kind, records.find_record(target, arguments.kind, arguments.workspace_id, arguments.record_id)
    )


def update(target: Target, arguments: Namespace) -> Answer:
    kind, values = arguments.kind, arguments.values
    return _one(kind, records.update_record(target, kind, arguments.workspace_id, arguments.record_id, values))


def update_website(target: Target, arguments: Namespace) -> Answer:
    item = websites.update_website(target, arguments.workspace_id, arguments.record_id, arguments.values)
    return _one(WEBSITE, item)


def update_share_link(target: Target, arguments: Namespace) -> Answer:
    values = dict(arguments.values)
    if changes_password(arguments):
        values |= share_links.password_attributes(_password(arguments))
    workspace_id, record_id = arguments.workspace_id, arguments.record_id
    return _one(SHARE_LINK, records.update_record(target, SHARE_LINK, workspace_id, record_id, values))


def delete(target: Target, arguments: Namespace) -> Answer:
    kind: Kind = arguments.kind
    item, changed = records.delete_record(target, kind, arguments.workspace_id, arguments.record_id)
    return Answer(_deleted(kind, item, changed=changed), _fate(item, changed=changed))


def delete_website(target: Target, arguments: Namespace) -> Answer:
    website, changed, gone = websites.delete_website(target, arguments.workspace_id, arguments.record_id)
    counts = {f"{kind.noun}s".replace(" ", "_"): number for kind, number in gone}
    text = _fate(website, changed=changed)
    if any(counts.values()):
        text += " With it went " + ", ".join(counted(number, kind) for kind, number in gone if number) + "."
    return Answer({**_deleted(WEBSITE, website, changed=changed), "deleted_with_it": counts}, text)


def changes_password(arguments: Namespace) -> bool:
    return any(getattr(arguments, name, False) for name in ("ask_password", "password_stdin", "no_password"))


def _password(arguments: Namespace) -> str | None:
    if arguments.ask_password:
        return passwords.ask()
    return passwords.read_stdin() if arguments.password_stdin else None


def _one(kind: Kind, item: Mapping[str, Any]) -> Answer:
    shown = _shown(kind, item)
    return Answer(shown, fields(shown))


def _shown(kind: Kind, item: Mapping[str, Any]) -> dict[str, Any]:
    """What the API lists of it, under the names of the table: neither a hash nor a token."""
    return {attribute: item.get(attribute) for attribute in kind.shown}


def _deleted(kind: Kind, item: Mapping[str, Any], *, changed: bool) -> dict[str, Any]:
    return {**_shown(kind, item), DELETED_AT: item[DELETED_AT], "changed": changed}


def _fate(item: Mapping[str, Any], *, changed: bool) -> str:
    if changed:
        return f"{item['id']} is deleted."
    return f"{item['id']} was deleted already, at {item[DELETED_AT]}."
