"""i_alert_values: a metric in each of many windows."""

from datetime import UTC, datetime, timedelta

from tests.pipes.oracle.events import Event, visitors
from tests.pipes.oracle.goals import live_goals, named_goals
from tests.pipes.oracle.question import Question, Row, Window
from tests.pipes.oracle.report import report_of
from tests.pipes.oracle.series import value_of
from tests.pipes.oracle.sessions import Session

_OF_SESSIONS = {"sessions", "bounce_rate", "avg_duration"}


def alert_values(question: Question) -> list[Row]:
    report, metric = report_of(question), question.text("metric", "visitors")
    found: dict[tuple[str, int], Row] = {}
    for website_id in sorted(set(question.text("website_ids").split(","))):
        for window in _windows(question):
            events = [event for event in report.events if _is_in(event.website_id, event.timestamp, website_id, window)]
            sessions = [
                one for one in report.sessions if _is_in(one.events[0].website_id, one.started_at, website_id, window)
            ]
            events = [event for event in events if _counts(question, metric, event)]
            if sessions if metric in _OF_SESSIONS else events:
                row = _row(question, metric, events, sessions)
                start = int(window.start.timestamp())
                found[website_id, start] = {"website_id": website_id, "start": start, **row}
    return [found[key] for key in sorted(found)]


def _row(question: Question, metric: str, events: list[Event], sessions: list[Session]) -> Row:
    if metric in _OF_SESSIONS:
        return {"value": value_of(metric, question, events, sessions), "number": len(sessions)}
    if metric == "conversions":
        return {"value": float(len(events)), "number": len(events)}
    value = value_of(metric, question, events, sessions)
    if metric == "visitors":
        return {"value": value, "number": visitors(events)}
    return {"value": value, "number": sum(event.amount >= 0 for event in events)}


def _counts(question: Question, metric: str, event: Event) -> bool:
    if metric == "conversions" and question.text("goal"):
        own = [event.name] if event.kind == "custom" else []
        return question.text("goal") in (named_goals(event, live_goals(question)) or own)
    if metric == "revenue":
        return event.kind == "payment" and event.text("currency") == question.text("currency", "USD").upper()
    kinds = {"pageviews": {"pageview"}, "conversions": {"custom"}}
    return event.kind in kinds.get(metric, {event.kind})


def _windows(question: Question) -> list[Window]:
    found = []
    for run in question.text("windows").split(";"):
        start, seconds, number = map(int, run.split(","))
        for place in range(number):
            first = datetime.fromtimestamp(start + place * seconds, UTC)
            found.append(Window(first, first + timedelta(seconds=seconds)))
    return found


def _is_in(website_of_it: str, at: datetime, website_id: str, window: Window) -> bool:
    return website_of_it == website_id and window.holds(at)
