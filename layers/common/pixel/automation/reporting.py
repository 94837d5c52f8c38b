"""A report that is due becomes messages to its recipients, in the transaction that makes the next one due.

After an outage only the latest period that has ended is reported, and only if less than half a period has passed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT, AbsentOrBelow
from pixel.aws.tables import Action, Database, WriteRefusedError
from pixel.foundation.clock import epoch_seconds, from_iso, now, to_iso
from pixel.foundation.observability import count, logger
from pixel.workspaces.due import LEASE_UNTIL, due_attributes
from pixel.workspaces.following import report_time, zone_of
from pixel.workspaces.messages import EVERYBODY, Fact, MessageKind, Recipient, new_message, recipients_of
from pixel.workspaces.record_kind import DELETED_AT, revision_of
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.report_times import Period, period_of
from pixel.workspaces.website_kind import WEBSITE

LEASE_SECONDS: Final = 90


class DueReport(NamedTuple):
    """A report that is due, with its website and the time at which it should have been sent."""

    report: Item
    website: Item
    sent_at: datetime


def start_report(database: Database, table: str, key: Mapping[str, str], due_at: str, at: datetime) -> list[Item]:
    """Write the messages of a report that is due, and return them; none if it is not due any more or too late."""
    free = {"due_at": due_at, LEASE_UNTIL: AbsentOrBelow(int(epoch_seconds()))}
    lease = {LEASE_UNTIL: int(epoch_seconds()) + LEASE_SECONDS}
    due = database.change_if(table, key, lease, free)
    if due is None:
        return []
    found = _find(database, table, due, at)
    if found is None:
        database.transact(tables.deletion(table, key, {"due_at": due_at}))
        return []
    report, website, sent_at = found
    period = period_of(report["cadence"], zone_of(report, website), sent_at, report["at"])
    messages = (
        [] if _is_too_late(period, sent_at, at) else _new(database, table, _messages(report, website, period, at))
    )
    following = report_time(report, website, max(at, sent_at))
    waiting = [message["id"] for message in messages]
    next_due = {**due_attributes(key["item"], following), LEASE_UNTIL: ABSENT, "waiting": waiting}
    unchanged = {"revision": report.get("revision", ABSENT), DELETED_AT: ABSENT}
    actions: list[Action] = [
        tables.change(table, key, next_due, {"due_at": due_at}),
        tables.check(table, REPORT.key(report["workspace_id"], report["id"]), unchanged),
        *(tables.insertion(table, message, "workspace_id") for message in messages),
    ]
    try:
        database.transact(*actions)
    except WriteRefusedError as refusal:
        # The report was changed meanwhile, or somebody else did this: it is due as that write says.
        logger.info("report postponed", extra={"report_id": report["id"], "refused": list(refusal.refused)})
        return []
    _tell(report, period, len(messages))
    return messages


def messages_of_test(report: Item, website: Item, recipients: list[str], request_id: str) -> list[Item]:
    """Return messages about the last period to some recipients of a report, as a test that changes nothing else."""
    moment = now()
    report = {**REPORT.defaults, **report}
    period = period_of(report["cadence"], zone_of(report, website), moment, report["at"])
    fact = _fact(report, website, period, "test", request_id)
    chosen = [one for one in recipients_of(report) if one.name in recipients]
    return [new_message(report["workspace_id"], fact, one, moment) for one in chosen]


def _find(database: Database, table: str, due: Item, at: datetime) -> DueReport | None:
    """Return the report with its website, or None if there is nothing to send any more."""
    report = database.get(table, REPORT.key(due["workspace_id"], due["item"].rpartition("#")[2]))
    if report is None or DELETED_AT in report:
        return None
    website = database.get(table, WEBSITE.key(due["workspace_id"], report["website_id"]))
    report = {**REPORT.defaults, **report}
    if website is None or DELETED_AT in website or not report["enabled"]:
        return None
    sent_at = from_iso(due["due_at"])
    while (following := report_time(report, website, sent_at)) <= at:
        sent_at = following
    return DueReport(report, website, sent_at)


def _is_too_late(period: Period, sent_at: datetime, at: datetime) -> bool:
    return at - sent_at > (period.end - period.start) / 2


def _messages(report: Item, website: Item, period: Period, at: datetime) -> list[Item]:
    fact = _fact(report, website, period, "ready", period.label)
    everybody = [*recipients_of(report), Recipient("webhook", EVERYBODY)]
    return [new_message(report["workspace_id"], fact, recipient, at) for recipient in everybody]


def _new(database: Database, table: str, messages: Sequence[Item]) -> list[Item]:
    """Return those that are not written yet: a period stays the same if the time of its report is put off."""
    keys = [{name: message[name] for name in ("workspace_id", "item")} for message in messages]
    written = {found["item"] for found in database.get_all(table, keys)}
    return [message for message in messages if message["item"] not in written]


def _fact(report: Item, website: Item, period: Period, transition: str, told_apart: str) -> Fact:
    instants: Mapping[str, Any] = {
        name: to_iso(value) if isinstance(value, datetime) else value for name, value in period._asdict().items()
    }
    data = {**instants, "cadence": report["cadence"], "revision": revision_of(report)}
    return Fact(MessageKind.REPORT, report["id"], website["id"], transition, f"{report['cadence']} {told_apart}", data)


def period_from(data: Mapping[str, Any]) -> Period:
    """Return the period that a message is about."""
    start, end, before_start, before_end = (from_iso(data[name]) for name in Period._fields[:4])
    return Period(start, end, before_start, before_end, data["label"])


def _tell(report: Item, period: Period, messages: int) -> None:
    outcome = "started" if messages else "skipped"
    count("ReportsStarted" if messages else "ReportsSkipped")
    logger.info(
        "report",
        extra={"report_id": report["id"], "period": period.label, "outcome": outcome, "messages": messages},
    )
