"""pixelctl website, goal, alert, report, share-link and destination: their work and their output."""

from collections.abc import Iterable, Mapping
from typing import Any

from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.models import checked
from pixel.workspaces.record_kind import DELETED_AT, RecordKind
from pixel.workspaces.rules import Rules
from pixel.workspaces.website_kind import WEBSITE
from pixelctl.commands.confirmation import require
from pixelctl.invocation import Invocation
from pixelctl.output import Answer, fields, table
from pixelctl.target import Target

_ALERTS_MAX = 1_000


def command_of(kind: RecordKind) -> str:
    return kind.noun.replace(" ", "-")


def create(target: Target, call: Invocation, workspace_id: str, rules: Rules, values: Mapping[str, object]) -> Answer:
    secret = rules.issue()
    item = rules.create(target.store, workspace_id, checked(rules.new, values), secret=secret)
    shown = _whole(rules.kind, item)
    text = fields(shown)
    once_shown = secret.shown_at(target.api_address) if rules.shows_secret(item) else {}
    data = {**once_shown, **shown}
    if once_shown:
        address = once_shown.get("url") or next(iter(secret.shown.values()))
        hashed = ", and only a hash of the token is stored" if "token" in secret.shown else ""
        text = f"{address}\n\nKeep this now: it is not shown again{hashed}.\n\n{text}"
    if rules.kind is WEBSITE:
        hint = call.again(f"{command_of(GOAL)} create", workspace_id, f"--website {shown['id']}", "--help")
        text += f"\n\nCreate goals for it with: {hint}"
    return Answer(data, text)


def update(target: Target, workspace_id: str, record_id: str, rules: Rules, values: Mapping[str, object]) -> Answer:
    return _one(rules.kind, rules.update(target.store, workspace_id, record_id, checked(rules.changes, values)))


def delete(target: Target, workspace_id: str, record_id: str, rules: Rules, *, confirmed: bool) -> Answer:
    """Delete a record, after a confirmation if other records go with it."""
    if rules.children and not confirmed and (along := _records_of(rules, target, workspace_id, record_id)):
        require(f"Deleting {record_id} also deletes {along}")
    item, changed, gone = rules.delete(target.store, workspace_id, record_id)
    answer = {**_shown(rules.kind, item), DELETED_AT: item[DELETED_AT], "changed": changed}
    text = _fate(item, changed=changed)
    if not rules.children:
        return Answer(answer, text)
    if any(number for _, number in gone):
        text += f" Deleted with it: {listed(gone)}."
    return Answer({**answer, "deleted_with_it": {kind.plural: number for kind, number in gone}}, text)


def list_(target: Target, call: Invocation, workspace_id: str, kind: RecordKind, website_id: str | None) -> Answer:
    target.store.require_workspace(workspace_id)
    if website_id is not None:
        target.store.find(WEBSITE, workspace_id, website_id)
    rows = [_shown(kind, item) for item in target.store.list_live(kind, workspace_id, website_id)]
    none = f"No {kind.noun}s yet; create one with: {call.again(f'{command_of(kind)} create', '--help')}"
    text = table(rows, tuple(kind.response_attributes.values())) if rows else none
    if kind is ALERT and (untold := _without_recipients(target, workspace_id, website_id)):
        change = call.again("alert update", workspace_id, untold[0], "--recipients ...")
        text += f"\n\nNobody is told of {', '.join(untold)}. Say whom to tell: {change}"
    return Answer(rows, text)


def _without_recipients(target: Target, workspace_id: str, website_id: str | None) -> list[str]:
    """Return the ids of alerts that nobody is told of."""
    where = {} if website_id is None else {ALERT.website: website_id}
    items, _ = target.store.page(ALERT, workspace_id, where, limit=_ALERTS_MAX)
    return [item["id"] for item in items if ALERT.to_record(item)["undeliverable"] == "no_recipients"]


def show(target: Target, workspace_id: str, kind: RecordKind, record_id: str) -> Answer:
    return _one(kind, target.store.find(kind, workspace_id, record_id))


def _one(kind: RecordKind, item: Mapping[str, Any]) -> Answer:
    shown = _whole(kind, item)
    return Answer(shown, fields(shown))


def _whole(kind: RecordKind, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that the API also has in a whole record, so neither a hash nor a token."""
    derived = {field: field for field in kind.derived}
    return {{**kind.record_attributes, **derived}[field]: value for field, value in kind.to_record(item).items()}


def _shown(kind: RecordKind, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that the API also lists."""
    return {attribute: item.get(attribute) for attribute in kind.response_attributes.values()}


def _fate(item: Mapping[str, Any], *, changed: bool) -> str:
    if changed:
        return f"{item['id']} is deleted."
    return f"{item['id']} was deleted already, at {item[DELETED_AT]}."


def _records_of(rules: Rules, target: Target, workspace_id: str, website_id: str) -> str:
    """Return the numbers of the website's records of each kind, or nothing if it has none."""
    return listed((kind, len(target.store.list_live(kind, workspace_id, website_id))) for kind in rules.children)


def listed(numbers: Iterable[tuple[RecordKind, int]]) -> str:
    return ", ".join(counted(number, kind.noun) for kind, number in numbers if number)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
