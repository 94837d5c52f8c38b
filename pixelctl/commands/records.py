"""pixelctl website, goal, alert, report and share-link: their work and their output."""

from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import Any

from pixel.workspaces.kinds import GOAL, KINDS_OF_A_WEBSITE, SHARE_LINK, WEBSITE, RecordKind
from pixel.workspaces.models import RecordModel, Rules, checked
from pixel.workspaces.share_links import NewShareLink, ShareLinkChanges, create_share_link, update_share_link
from pixel.workspaces.store import DELETED_AT
from pixel.workspaces.websites import create_website, delete_website, update_website
from pixelctl.commands import passwords
from pixelctl.commands.confirmation import require
from pixelctl.commands.parsers import Command, again
from pixelctl.output import Answer, fields, table
from pixelctl.target import Target


def command_of(kind: RecordKind) -> str:
    return kind.noun.replace(" ", "-")


def creating(rules: Rules) -> Command:
    """Return the command that creates a record by its rules alone."""

    def create(target: Target, arguments: Namespace) -> Answer:
        return _one(rules.kind, rules.create(target.store, arguments.workspace_id, arguments.model))

    return create


def updating(rules: Rules) -> Command:
    """Return the command that updates a record by its rules alone."""

    def update(target: Target, arguments: Namespace) -> Answer:
        workspace_id, record_id = arguments.workspace_id, arguments.record_id
        return _one(rules.kind, rules.update(target.store, workspace_id, record_id, arguments.model))

    return update


def create_one_website(target: Target, arguments: Namespace) -> Answer:
    shown = _shown(WEBSITE, create_website(target.store, arguments.workspace_id, arguments.model))
    hint = again(arguments, f"{command_of(GOAL)} create", arguments.workspace_id, f"--website {shown['id']}", "--help")
    return Answer(shown, f"{fields(shown)}\n\nCreate goals for it with: {hint}")


def create_one_share_link(target: Target, arguments: Namespace) -> Answer:
    new = checked(NewShareLink, {**_values(arguments), **_password(arguments)})
    token, item = create_share_link(target.store, arguments.workspace_id, new)
    shown = _shown(SHARE_LINK, item)
    once = f"{token}\n\nKeep this token now: it is not shown again, and only its hash is stored."
    return Answer({"token": token, **shown}, f"{once}\n\n{fields(shown)}")


def list_(target: Target, arguments: Namespace) -> Answer:
    kind: RecordKind = arguments.kind
    target.store.require_workspace(arguments.workspace_id)
    if arguments.website is not None:
        target.store.find(WEBSITE, arguments.workspace_id, arguments.website)
    rows = [_shown(kind, item) for item in target.store.list_live(kind, arguments.workspace_id, arguments.website)]
    none = f"No {kind.noun}s yet; create one with: {again(arguments, f'{command_of(kind)} create', '--help')}"
    return Answer(rows, table(rows, tuple(kind.response_attributes.values())) if rows else none)


def show(target: Target, arguments: Namespace) -> Answer:
    kind: RecordKind = arguments.kind
    return _one(kind, target.store.find(kind, arguments.workspace_id, arguments.record_id))


def update_one_website(target: Target, arguments: Namespace) -> Answer:
    item = update_website(target.store, arguments.workspace_id, arguments.record_id, arguments.model)
    return _one(WEBSITE, item)


def update_one_share_link(target: Target, arguments: Namespace) -> Answer:
    changes = checked(ShareLinkChanges, {**_values(arguments), **_password(arguments)})
    return _one(SHARE_LINK, update_share_link(target.store, arguments.workspace_id, arguments.record_id, changes))


def delete(target: Target, arguments: Namespace) -> Answer:
    kind: RecordKind = arguments.kind
    item, changed = target.store.delete(kind, arguments.workspace_id, arguments.record_id)
    return Answer(_deleted(kind, item, changed=changed), _fate(item, changed=changed))


def delete_one_website(target: Target, arguments: Namespace) -> Answer:
    """Delete a website, after a confirmation if other records go with it."""
    if not arguments.yes and (along := _records_of(target, arguments)):
        require(arguments, f"Deleting {arguments.record_id} also deletes {along}")
    website, changed, gone = delete_website(target.store, arguments.workspace_id, arguments.record_id)
    counts = {f"{kind.noun}s".replace(" ", "_"): number for kind, number in gone}
    text = _fate(website, changed=changed)
    if any(counts.values()):
        text += f" Deleted with it: {_listed(gone)}."
    return Answer({**_deleted(WEBSITE, website, changed=changed), "deleted_with_it": counts}, text)


def changes_password(arguments: Namespace) -> bool:
    return any(getattr(arguments, name, False) for name in ("ask_password", "password_stdin", "no_password"))


def _values(arguments: Namespace) -> dict[str, object]:
    """Return the fields that the command's options set."""
    model: RecordModel = arguments.model
    return model.given()


def _password(arguments: Namespace) -> dict[str, str | None]:
    """Return the new password as a field, None to remove it, or no field to keep it."""
    if arguments.ask_password:
        return {"password": passwords.ask()}
    if arguments.password_stdin:
        return {"password": passwords.read_stdin()}
    return {"password": None} if getattr(arguments, "no_password", False) else {}


def _one(kind: RecordKind, item: Mapping[str, Any]) -> Answer:
    shown = _shown(kind, item)
    return Answer(shown, fields(shown))


def _shown(kind: RecordKind, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that the API also lists, so neither a hash nor a token."""
    return {attribute: item.get(attribute) for attribute in kind.response_attributes.values()}


def _deleted(kind: RecordKind, item: Mapping[str, Any], *, changed: bool) -> dict[str, Any]:
    return {**_shown(kind, item), DELETED_AT: item[DELETED_AT], "changed": changed}


def _fate(item: Mapping[str, Any], *, changed: bool) -> str:
    if changed:
        return f"{item['id']} is deleted."
    return f"{item['id']} was deleted already, at {item[DELETED_AT]}."


def _records_of(target: Target, arguments: Namespace) -> str:
    """Return the numbers of the website's records of each kind, or nothing if it has none."""
    workspace_id, website_id = arguments.workspace_id, arguments.record_id
    return _listed((kind, len(target.store.list_live(kind, workspace_id, website_id))) for kind in KINDS_OF_A_WEBSITE)


def _listed(numbers: Iterable[tuple[RecordKind, int]]) -> str:
    return ", ".join(_counted(number, kind) for kind, number in numbers if number)


def _counted(number: int, kind: RecordKind) -> str:
    return f"{number} {kind.noun}{'' if number == 1 else 's'}"
