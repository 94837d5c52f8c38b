"""The consumer of the alert queue: windows that have ended are judged once, in their order, late rather than never.

A window whose value is unknown, because the warehouse does not answer or rows of it still wait in a queue, is looked at
again a minute later, and counts as missing only when that has lasted for hours. What is judged and the messages that
follow are one transaction, so that a function that dies has either done both or nothing.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

from pixel.automation import alert_facts, measuring
from pixel.automation.judging import AlertSettings, AlertState, Judgement, judge_all
from pixel.automation.measuring import Measured, Subject
from pixel.automation.observing import filters_of, with_learnt, zone_of
from pixel.automation.tick import due_body
from pixel.aws import queues, tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT, AbsentOrBelow, OneOf
from pixel.aws.json_service import AwsError
from pixel.aws.queues import NotSentError
from pixel.aws.tables import Database, Query, WriteRefusedError
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds, from_iso
from pixel.foundation.observability import count, describe, flush_metrics, logger
from pixel.foundation.settings import settings
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.alert_windows import due_at, late_windows, next_due
from pixel.workspaces.due import ALERTS_PREFIX, LEASE_UNTIL, due_attributes
from pixel.workspaces.judged import JUDGED
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.website_kind import WEBSITE

LEASE_SECONDS: Final = 75
_MILLISECONDS_NEEDED: Final = 25_000
"""A query with its attempts takes up to 18 seconds; what is left then is looked at a minute later."""
_JUDGEMENTS: Final = "judgements"
"""The attribute of an alert that counts how often it was judged."""


class _Leased(NamedTuple):
    """A website whose alerts only this function judges until its lease ends."""

    website_id: str
    due_at: str
    lease_until: int


class Context(Protocol):
    """What Lambda tells about an invocation, as far as it is used."""

    def get_remaining_time_in_millis(self) -> int: ...


class _Looked(NamedTuple):
    """The alerts of leased websites, and what was found of them so far; what was not is looked at again."""

    subjects: list[Subject]
    measured: dict[str, Measured]
    broken: set[str]
    """Websites with an alert that cannot be read, which must not keep others from being judged."""


def evaluate_alerts(event: JsonObject, context: Context) -> JsonObject:
    """Judge the alerts of the websites that the messages of a batch name, and return those that failed."""
    failed = []
    for record in event["Records"]:
        try:
            message = json.loads(record["body"])
            evaluate(message["workspace_id"], message["websites"], from_iso(message["time"]), context)
        except Exception as failure:  # noqa: BLE001 - one message's failure is not the batch's; what is due stays due
            logger.error("alerts not evaluated", extra=describe(failure))
            failed.append(record["messageId"])
    flush_metrics()
    return queues.batch_item_failures(failed)


def evaluate(workspace_id: str, due: Iterable[Mapping[str, str]], at: datetime, context: Context) -> None:
    """Judge the alerts of websites of a workspace, as far as their windows have ended at a time."""
    database, table = tables.database(), settings().workspace_table
    leased = [found for one in due if (found := _lease(database, table, workspace_id, one)) is not None]
    if not leased:
        return
    alerts = _alerts(database, table, workspace_id, [one.website_id for one in leased])
    looked = _look_at(database, table, workspace_id, alerts, at)
    told: list[Item] = []
    by_id = {subject.alert["id"]: subject for subject in looked.subjects}
    for group in measuring.measure(workspace_id, looked.subjects, at):
        for alert_id, own in group.items():
            messages = _judged(database, table, by_id[alert_id], own, at)
            looked.measured[alert_id] = own._replace(is_put_off=own.is_put_off or messages is None)
            told += messages or []
        if context.get_remaining_time_in_millis() < _MILLISECONDS_NEEDED:
            count("AlertsPutOff")
            break
    for one in leased:
        _finish(database, table, workspace_id, one, looked, at)
    _hand_on(told, at)


def _judged(database: Database, table: str, subject: Subject, measured: Measured, at: datetime) -> list[Item] | None:
    """Judge an alert, and return None if that failed: it is tried again, and others are judged all the same."""
    try:
        return _judge(database, table, subject, measured, at)
    except AwsError:
        raise
    except Exception as failure:  # noqa: BLE001 - a fault of one alert must not stop those of others
        _report_broken(subject.alert, failure)
        return None


def _report_broken(alert: Mapping[str, Any], failure: Exception) -> None:
    count("AlertsBroken")
    logger.error("alert cannot be judged", extra={"alert_id": alert["id"], **describe(failure)})


def _lease(database: Database, table: str, workspace_id: str, due: Mapping[str, str]) -> _Leased | None:
    """Lease the alerts of a website, or return None if they are not due any more or somebody else judges them."""
    until = int(epoch_seconds()) + LEASE_SECONDS
    free = {"due_at": due["due_at"], LEASE_UNTIL: AbsentOrBelow(int(epoch_seconds()))}
    key = {"workspace_id": workspace_id, "item": f"{ALERTS_PREFIX}{due['website_id']}"}
    found = database.change_if(table, key, {LEASE_UNTIL: until}, free)
    return None if found is None else _Leased(due["website_id"], due["due_at"], until)


def _alerts(database: Database, table: str, workspace_id: str, websites: Sequence[str]) -> list[Item]:
    query = Query(
        ("workspace_id", workspace_id),
        ("item", ALERT.sort_key_prefix),
        where={DELETED_AT: ABSENT, "website_id": OneOf(websites)},
    )
    return database.query(table, query)


def _look_at(database: Database, table: str, workspace_id: str, alerts: Sequence[Item], at: datetime) -> _Looked:
    """Return what is to be judged: each alert of a live website, with the windows that it has not seen."""
    keys = [WEBSITE.key(workspace_id, website_id) for website_id in dict.fromkeys(one["website_id"] for one in alerts)]
    websites = {one["id"]: one for one in database.get_all(table, keys) if DELETED_AT not in one} if keys else {}
    looked = _Looked([], {}, set())
    for alert in alerts:
        if alert["website_id"] not in websites:
            continue
        try:
            subject = _subject(alert, websites[alert["website_id"]], at)
        except Exception as failure:  # noqa: BLE001 - as above
            looked.broken.add(alert["website_id"])
            _report_broken(alert, failure)
            continue
        looked.subjects.append(subject)
        looked.measured[alert["id"]] = Measured(is_put_off=bool(subject.windows))
    return looked


def _subject(alert: Item, website: Item, at: datetime) -> Subject:
    zone = zone_of(website)
    alert_settings = AlertSettings.of(alert, zone)
    window = alert_settings.rule.window
    state = AlertState.of(alert).of_rule(_looked_at(alert_settings, filters_of(alert, website)))
    after = state.evaluated_until or from_iso(alert["created_at"])
    ended = [
        bounds for bounds in late_windows(window, zone, after, at) if due_at(window, bounds.end, website["id"]) <= at
    ]
    return Subject(alert, website, alert_settings, state, tuple(ended))


def _looked_at(alert_settings: AlertSettings, filters: Mapping[str, str]) -> str:
    """Return a short name of what an alert looks at, which is another if that is something else."""
    rule = alert_settings.rule
    named = [rule.metric, rule.kind, rule.direction, rule.window, sorted(filters.items())]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:8]


def _judge(database: Database, table: str, subject: Subject, measured: Measured, at: datetime) -> list[Item] | None:
    """Write what the windows of an alert were judged to be, and return the messages that were written with it.

    Nothing was written if it returns None: another write was first, and the windows are judged a minute later.
    """
    if not measured.observations:
        return []
    state = subject.state if measured.learnt is None else with_learnt(subject.state, measured.learnt, at)
    judgement = judge_all(subject.settings, state, measured.observations, at)
    if judgement.verdict is None:
        return []
    judgement = judgement._replace(state=judgement.state._replace(undeliverable=_undeliverable(subject.alert)))
    messages = list(alert_facts.messages_of(subject, judgement, measured, at))
    alert, seen = subject.alert, int(subject.alert.get(_JUDGEMENTS, 0))
    unchanged = {
        "revision": alert.get("revision", ABSENT),
        DELETED_AT: ABSENT,
        _JUDGEMENTS: alert.get(_JUDGEMENTS, ABSENT),
    }
    values = {JUDGED: judgement.state.to_item(), _JUDGEMENTS: seen + 1}
    written = tables.change(table, ALERT.key(alert["workspace_id"], alert["id"]), values, unchanged)
    try:
        database.transact(written, *(tables.insertion(table, message, "workspace_id") for message in messages))
    except WriteRefusedError:
        count("AlertsChangedMeanwhile")
        return None
    _note(subject, judgement, measured, messages)
    return messages


def _undeliverable(alert: Mapping[str, Any]) -> str | None:
    return "mail_is_off" if alert["channel"] == "email" and not settings().mail_from else None


def _finish(  # noqa: PLR0913, PLR0917 - whose lease ends, and what was found out meanwhile
    database: Database, table: str, workspace_id: str, leased: _Leased, looked: _Looked, at: datetime
) -> None:
    """End a lease: the alerts are due when the first of them is, which is at once if a value was unknown."""
    key = {"workspace_id": workspace_id, "item": f"{ALERTS_PREFIX}{leased.website_id}"}
    own = {"due_at": leased.due_at, LEASE_UNTIL: leased.lease_until}
    times = list(_next_times(leased, looked, at))
    action = (
        tables.change(table, key, {**due_attributes(key["item"], min(times)), LEASE_UNTIL: ABSENT}, own)
        if times
        else tables.deletion(table, key, own)
    )
    try:
        database.transact(action)
    except WriteRefusedError:
        count("LeasesLost")  # an alert was written meanwhile: they are due as that write says


def _next_times(leased: _Leased, looked: _Looked, at: datetime) -> Iterator[datetime]:
    if leased.website_id in looked.broken:
        yield at + timedelta(minutes=1)
    for subject in looked.subjects:
        if subject.website["id"] != leased.website_id:
            continue
        if looked.measured[subject.alert["id"]].is_put_off:
            yield at + timedelta(minutes=1)
        yield next_due(subject.settings.rule.window, subject.settings.zone, leased.website_id, at)


def _hand_on(messages: Sequence[Item], at: datetime) -> None:
    """Hand on what is due now. What does not get there is found a minute later."""
    due = [due_body(message, at) for message in messages if from_iso(message["due_at"]) <= at]
    if not due:
        return
    try:
        queues.send(settings().message_queue_url, due)
    except NotSentError as failure:
        logger.warning("messages wait until they are found", extra=describe(failure))


def _note(subject: Subject, judgement: Judgement, measured: Measured, messages: Sequence[Item]) -> None:
    count("WindowsJudged", len(measured.observations))
    if judgement.transition is not None:
        count("AlertTransitions")
    logger.info(
        "alert judged",
        extra={
            "alert_id": subject.alert["id"],
            "windows": len(measured.observations),
            "verdict": judgement.verdict,
            "state": judgement.state.name,
            "transition": judgement.transition,
            "messages": len(messages),
        },
    )
