"""pixelctl website, goal, alert, report and share-link: their work and their output."""

from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import Any

from pixel.workspaces.kinds import GOAL, WEBSITE, RecordKind
from pixel.workspaces.models import RecordModel, checked
from pixel.workspaces.rules import Rules
from pixel.workspaces.store import DELETED_AT
from pixelctl.commands import passwords
from pixelctl.commands.confirmation import require
from pixelctl.commands.parsers import Command, again
from pixelctl.output import Answer, fields, table
from pixelctl.target import Target


def command_of(kind: RecordKind) -> str:
    return kind.noun.replace(" ", "-")


def creating(rules: Rules) -> Command:
    """Return the command that creates a record."""

    def create(target: Target, arguments: Namespace) -> Answer:
        new = checked(rules.new, {**_values(arguments), **_password(arguments)})
        secret = rules.issue()
        item = rules.create(target.store, arguments.workspace_id, new, secret=secret)
        shown = _whole(rules.kind, item)
        text = fields(shown)
        data = {**secret.shown, **shown}
        if "token" in secret.shown:
            token = secret.shown["token"]
            address = token if target.api_address is None else f"{target.api_address.rstrip('/')}/share/{token}"
            data["url"] = None if target.api_address is None else address
            once = "Keep this now: it is not shown again, and only a hash of the token is stored."
            text = f"{address}\n\n{once}\n\n{text}"
        if rules.kind is WEBSITE:
            website = f"--website {shown['id']}"
            hint = again(arguments, f"{command_of(GOAL)} create", arguments.workspace_id, website, "--help")
            text += f"\n\nCreate goals for it with: {hint}"
        return Answer(data, text)

    return create


def updating(rules: Rules) -> Command:
    """Return the command that updates a record."""

    def update(target: Target, arguments: Namespace) -> Answer:
        changes = checked(rules.changes, {**_values(arguments), **_password(arguments)})
        return _one(rules.kind, rules.update(target.store, arguments.workspace_id, arguments.record_id, changes))

    return update


def deleting(rules: Rules) -> Command:
    """Return the command that deletes a record, after a confirmation if other records go with it."""

    def delete(target: Target, arguments: Namespace) -> Answer:
        if rules.children and not arguments.yes and (along := _records_of(rules, target, arguments)):
            require(arguments, f"Deleting {arguments.record_id} also deletes {along}")
        item, changed, gone = rules.delete(target.store, arguments.workspace_id, arguments.record_id)
        answer = {**_shown(rules.kind, item), DELETED_AT: item[DELETED_AT], "changed": changed}
        text = _fate(item, changed=changed)
        if not rules.children:
            return Answer(answer, text)
        if any(number for _, number in gone):
            text += f" Deleted with it: {_listed(gone)}."
        return Answer({**answer, "deleted_with_it": {kind.plural: number for kind, number in gone}}, text)

    return delete


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


def changes_password(arguments: Namespace) -> bool:
    return any(getattr(arguments, name, False) for name in ("ask_password", "password_stdin", "no_password"))


def _values(arguments: Namespace) -> dict[str, object]:
    """Return the fields that the command's options set."""
    model: RecordModel = arguments.model
    return model.given()


def _password(arguments: Namespace) -> dict[str, str | None]:
    """Return the new password as a field, None to remove it, or no field to keep it."""
    if getattr(arguments, "ask_password", False):
        return {"password": passwords.ask()}
    if getattr(arguments, "password_stdin", False):
        return {"password": passwords.read_stdin()}
    return {"password": None} if getattr(arguments, "no_password", False) else {}


def _one(kind: RecordKind, item: Mapping[str, Any]) -> Answer:
    shown = _whole(kind, item)
    return Answer(shown, fields(shown))


def _whole(kind: RecordKind, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that the API also has in a whole record, so neither a hash nor a token."""
    return {kind.record_attributes[field]: value for field, value in kind.to_record(item).items()}


def _shown(kind: RecordKind, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that the API also lists."""
    return {attribute: item.get(attribute) for attribute in kind.response_attributes.values()}


def _fate(item: Mapping[str, Any], *, changed: bool) -> str:
    if changed:
        return f"{item['id']} is deleted."
    return f"{item['id']} was deleted already, at {item[DELETED_AT]}."


def _records_of(rules: Rules, target: Target, arguments: Namespace) -> str:
    """Return the numbers of the website's records of each kind, or nothing if it has none."""
    workspace_id, website_id = arguments.workspace_id, arguments.record_id
    return _listed((kind, len(target.store.list_live(kind, workspace_id, website_id))) for kind in rules.children)


def _listed(numbers: Iterable[tuple[RecordKind, int]]) -> str:
    return ", ".join(_counted(number, kind) for kind, number in numbers if number)


def _counted(number: int, kind: RecordKind) -> str:
    return f"{number} {kind.noun}{'' if number == 1 else 's'}"
