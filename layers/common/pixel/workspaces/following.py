"""What writing a record makes due: the next evaluation of an alert, the next report, and questions to new recipients.

Each function returns actions for the transaction that writes the record. Deleting a record needs none, because whoever
does what is due looks for the record first.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT
from pixel.aws.tables import Action, Database
from pixel.foundation.clock import now, to_iso
from pixel.workspaces.alert_windows import next_due
from pixel.workspaces.due import ALERTS_PREFIX, LEASE_UNTIL, REPORT_PREFIX, due_attributes
from pixel.workspaces.messages import Fact, MessageKind, Recipient, message_key, new_message
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.report_times import next_at
from pixel.workspaces.store import Store
from pixel.workspaces.website_kind import WEBSITE

_DAYS_BETWEEN_QUESTIONS: Final = 7
_SCHEDULE: Final = ("cadence", "at", "weekday", "timezone", "enabled")


def report_time(report: Mapping[str, Any], website: Mapping[str, Any], after: datetime) -> datetime:
    """Return when a report is sent next."""
    zone = zone_of(report, website)
    return next_at(report["cadence"], report["at"], report["weekday"], zone, after)


def zone_of(record: Mapping[str, Any], website: Mapping[str, Any]) -> str:
    """Return the time zone of a record, which is that of its website unless it says another."""
    return str(record.get("timezone") or website.get("timezone") or WEBSITE.defaults["timezone"])


def follow_alert(store: Store, old: Item | None, new: Item) -> Iterator[Action]:
    """Yield the actions that make the alerts of the website due in time for this one."""
    yield from _ask_recipients(store, old, new)
    yield from alert_due(store, new)


def alert_due(store: Store, new: Item) -> Iterator[Action]:
    """Yield the actions that make the alerts of a website due in time for one of them.

    Those that are paused are due too, so that the windows of their pause are passed over and never judged.
    """
    website = _website_of(store, new)
    if website is not None:
        at = next_due(new.get("window", "1h"), zone_of({}, website), website["id"], now())
        yield from _at_least_by(store, new, f"{ALERTS_PREFIX}{website['id']}", at)


def follow_report(store: Store, old: Item | None, new: Item) -> Iterator[Action]:
    """Yield the actions that make a report due at its next time, or never if it is not enabled."""
    yield from _ask_recipients(store, old, new)
    is_as_before = old is not None and all(old.get(field) == new.get(field) for field in _SCHEDULE)
    if is_as_before and store.database.get(store.workspace_table, _report_key(new)) is not None:
        return  # also if it is due at this moment; reports that were stored before any was sent are never due
    yield from report_due(store, new)


def report_due(store: Store, report: Item) -> Iterator[Action]:
    """Yield the actions that make a report due at its next time, or never if it is not enabled."""
    website = _website_of(store, report)
    if website is not None:
        yield from _report_due(store, report, website)


def follow_website(store: Store, old: Item | None, new: Item) -> Iterator[Action]:
    """Yield the actions that let alerts and reports of a website follow a change of its time zone."""
    if old is None or zone_of({}, old) == zone_of({}, new):
        return
    workspace_id = new["workspace_id"]
    yield from _at_least_by(store, new, f"{ALERTS_PREFIX}{new['id']}", now(), only_earlier=True)
    for listed in store.list_live(REPORT, workspace_id, new["id"]):
        report = store.find(REPORT, workspace_id, listed["id"])
        if not report.get("timezone"):
            yield from _report_due(store, report, new)


def _report_due(store: Store, report: Item, website: Item) -> Iterator[Action]:
    key = _report_key(report)
    existing = store.database.get(store.workspace_table, key)
    if not report.get("enabled", True):
        if existing is not None:
            yield tables.deletion(store.workspace_table, key, {"due_at": existing["due_at"]})
        return
    due = due_attributes(key["item"], report_time({**REPORT.defaults, **report}, website, now()))
    if existing is None:
        yield tables.insertion(store.workspace_table, {**key, **due}, "workspace_id")
    elif existing["due_at"] > to_iso(now()) and existing["due_at"] != due["due_at"]:  # else it is about to be sent
        freed = {**due, LEASE_UNTIL: ABSENT}
        yield tables.change(store.workspace_table, key, freed, {"due_at": existing["due_at"]})


def _report_key(report: Mapping[str, Any]) -> dict[str, str]:
    return {"workspace_id": report["workspace_id"], "item": f"{REPORT_PREFIX}{report['id']}"}


def _at_least_by(
    store: Store, record: Item, sort_key: str, at: datetime, *, only_earlier: bool = False
) -> Iterator[Action]:
    """Yield the action that makes an item due at a time, unless it is due before."""
    key = {"workspace_id": record["workspace_id"], "item": sort_key}
    existing = store.database.get(store.workspace_table, key)
    due = due_attributes(sort_key, at)
    if existing is None:
        if not only_earlier:
            yield tables.insertion(store.workspace_table, {**key, **due}, "workspace_id")
        return
    # A lease ends also if nothing else changes: whoever has it has not seen this record, and must look again.
    values = {**(due if existing["due_at"] > due["due_at"] else {}), LEASE_UNTIL: ABSENT}
    yield tables.change(store.workspace_table, key, values, {"due_at": existing["due_at"]})


def _ask_recipients(store: Store, old: Item | None, new: Item) -> Iterator[Action]:
    """Yield messages to recipients that are new, by which those outside the operator's domains can confirm."""
    if new["channel"] != "email":
        return
    known = set(old.get("recipients") or ()) if old is not None and old["channel"] == "email" else set()
    for address in dict.fromkeys(new.get("recipients") or ()):
        if address not in known:
            record = {"workspace_id": new["workspace_id"], "record_id": new["id"]}
            yield from question_for(store.database, store.workspace_table, record, address)


def question_for(database: Database, table: str, about: Mapping[str, Any], address: str) -> list[Action]:
    """Return the action that writes a question to a recipient, none if there is one of this week."""
    moment = now()
    week = str(moment.date().toordinal() // _DAYS_BETWEEN_QUESTIONS)
    workspace_id = about["workspace_id"]
    fact = Fact(MessageKind.CONFIRM, workspace_id, None, "asked", week, {"record_id": about["record_id"]})
    question = new_message(workspace_id, fact, Recipient("email", address), moment)
    existing = database.get(table, message_key(workspace_id, question["id"]))
    return [] if existing is not None else [tables.insertion(table, question, "workspace_id")]


def _website_of(store: Store, record: Item) -> Item | None:
    return store.database.get(store.workspace_table, WEBSITE.key(record["workspace_id"], record["website_id"]))
