"""Records as they are answered, with what other items say of them: when reports are due, and who can be told."""

from collections.abc import Iterable, Sequence
from itertools import batched
from typing import Any, Final

from pixel.aws.attributes import Item
from pixel.aws.tables import READS_AT_ONCE
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.due import REPORT_PREFIX
from pixel.workspaces.listeners import enabled_destinations, reaches_any
from pixel.workspaces.recipient_states import states_of
from pixel.workspaces.record_kind import DELETED_AT, RecordKind
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.store import Store

_EVENT_TYPES: Final = {ALERT.noun: "alert.fired", REPORT.noun: "report.ready"}
"""What webhooks are told of records of a kind."""


def records_shown(store: Store, kind: RecordKind, workspace_id: str, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return the whole records of items of a workspace."""
    records = [kind.to_record(item) for item in items]
    if kind not in (ALERT, REPORT):
        return records
    live = [(item, record) for item, record in zip(items, records, strict=True) if DELETED_AT not in item]
    _add_states(store, workspace_id, [record for _, record in live])
    _add_missing_destinations(store, workspace_id, kind, [record for _, record in live])
    if kind is REPORT:
        _add_times(store, workspace_id, [record for _, record in live])
    return records


def _add_states(store: Store, workspace_id: str, records: Iterable[dict[str, Any]]) -> None:
    by_mail = [record for record in records if record["channel"] == "email" and record["recipients"]]
    addresses = dict.fromkeys(address for record in by_mail for address in record["recipients"])
    states = states_of(store.database, store.workspace_table, workspace_id, addresses)
    for record in by_mail:
        record["recipient_states"] = {address: states[address] for address in record["recipients"]}


def _add_missing_destinations(store: Store, workspace_id: str, kind: RecordKind, records: Iterable[Any]) -> None:
    """Note which records by Slack or webhook have no destination, or only one to which nothing is sent."""
    others = [one for one in records if one["channel"] != "email" and one["undeliverable"] is None]
    if not others:
        return
    destinations = enabled_destinations(store, workspace_id)
    for record in others:
        if not reaches_any(destinations, record, _EVENT_TYPES[kind.noun]):
            record["undeliverable"] = "no_destination"


def _add_times(store: Store, workspace_id: str, reports: Sequence[dict[str, Any]]) -> None:
    keys = [{"workspace_id": workspace_id, "item": f"{REPORT_PREFIX}{report['id']}"} for report in reports]
    due = {
        item["item"]: item["due_at"]
        for some in batched(keys, READS_AT_ONCE, strict=False)
        for item in store.database.get_all(store.workspace_table, some)
    }
    for report, key in zip(reports, keys, strict=True):
        report["next_at"] = due.get(key["item"])
