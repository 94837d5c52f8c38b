"""What a message is about, read from its record and from the warehouse, in each form in which it can be told."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from pixel.automation.judging import AlertState, is_still_true
from pixel.automation.reporting import period_from
from pixel.aws.attributes import Item
from pixel.aws.tables import Database
from pixel.foundation import JsonObject
from pixel.foundation.clock import from_iso, to_iso
from pixel.mail import slack
from pixel.mail.compose import compose_alert, compose_notice, compose_report
from pixel.mail.content import AlertFact, Composed, Notice, ReportNumbers, Verdict, Website
from pixel.mail.numbers import report_numbers
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.following import zone_of
from pixel.workspaces.messages import MessageKind
from pixel.workspaces.record_kind import DELETED_AT, RecordKind
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.website_kind import WEBSITE

_OF_ALERT: Final = ("name", "metric", "kind", "direction", "window", "threshold", "value", "expected", "score")
_REASONS: Final = {
    "gone": "Its address says that it exists no more.",
    "failing": "Nothing could be delivered to it for five days.",
}


class Told(NamedTuple):
    """A fact in the forms of mail, of Slack and of a webhook's event."""

    event_type: str
    event: JsonObject
    """The field `data` of the event."""
    to_slack: Callable[[], JsonObject]
    to_mail: Callable[[str], Composed]
    """Returns the mail for a recipient, given the address that stops it."""


def read_told(database: Database, table: str, message: Mapping[str, Any]) -> Told | None:
    """Return what a message is about, or None if that has ended: nobody is to be told then."""
    if message["kind"] == MessageKind.NOTICE:
        return _of_notice(message)
    kind = ALERT if message["kind"] == MessageKind.ALERT else REPORT
    record, website = _live(database, table, kind, message), _live(database, table, WEBSITE, message)
    if record is None or website is None:
        return None
    return _of_alert(message, record, website) if kind is ALERT else _of_report(message, record, website)


def _live(database: Database, table: str, kind: RecordKind, message: Mapping[str, Any]) -> Item | None:
    identifier = message["website_id"] if kind is WEBSITE else message["record_id"]
    item = database.get(table, kind.key(message["workspace_id"], identifier))
    return None if item is None or DELETED_AT in item else {**kind.defaults, **item}


def _of_alert(message: Mapping[str, Any], alert: Item, website: Item) -> Told | None:
    data = message["data"]
    if data["is_held"] and not is_still_true(
        AlertState.of(alert), message["transition"], None if data["since"] is None else from_iso(data["since"])
    ):
        return None  # it ended in its quiet hours
    fact = AlertFact(
        website=_website(website),
        alert_id=alert["id"],
        transition=message["transition"],
        window_start=from_iso(data["window_start"]),
        window_end=from_iso(data["window_end"]),
        verdicts=tuple(Verdict(**{**verdict, "at": from_iso(verdict["at"])}) for verdict in data["verdicts"]),
        note=data.get("note"),
        **{name: data[name] for name in _OF_ALERT},
    )
    event = {
        "id": alert["id"],
        **_place(message),
        **{name: data[name] for name in (*_OF_ALERT, "filters", "window_start", "window_end")},
    }
    return Told(
        f"alert.{message['transition']}",
        event,
        lambda: slack.slack_alert(fact),
        lambda stop_url: compose_alert(fact, stop_url),
    )


def _of_report(message: Mapping[str, Any], report: Item, website: Item) -> Told:
    data = message["data"]
    period = period_from(data)
    zone = zone_of(report, website)

    def numbers() -> ReportNumbers:
        in_zone = {**website, "timezone": zone}
        return report_numbers(message["workspace_id"], in_zone, period, report["sections"], cadence=data["cadence"])

    event = {
        "id": report["id"],
        **_place(message),
        "cadence": data["cadence"],
        "period": {"label": period.label, "from": to_iso(period.start), "to": to_iso(period.end), "timezone": zone},
    }
    return Told(
        "report.ready",  # also of a test, which looks as what its recipients would get
        event,
        lambda: slack.slack_report(numbers()),
        lambda stop_url: compose_report(numbers(), stop_url),
    )


def _of_notice(message: Mapping[str, Any]) -> Told:
    """Return that a destination was disabled; webhooks are told of it by deliveries of their own."""
    data = message["data"]
    name = data["name"]
    notice = Notice(
        f"{name} gets no more messages",
        f"{name} was switched off",
        (
            _REASONS[data["reason"]],
            f"Check its address, then switch it on again with PATCH /api/v1/pixel/destinations/{data['id']}.",
        ),
    )
    return Told(
        message["transition"], dict(data), lambda: slack.slack_notice(notice), lambda url: compose_notice(notice, url)
    )


def _place(message: Mapping[str, Any]) -> JsonObject:
    return {"workspace_id": message["workspace_id"], "website_id": message["website_id"]}


def _website(website: Item) -> Website:
    name = website.get("name") or website["domain"]  # the oldest websites have no name
    return Website(website["id"], name, website["domain"], website["timezone"], website["currency"])
