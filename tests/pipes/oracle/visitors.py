"""p_sessions_list, p_visitor_profile, p_visitor_timeline: single sessions and visitors."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.pipes.oracle.events import Event, count, seconds
from tests.pipes.oracle.numbers import grouped, total
from tests.pipes.oracle.question import Question, Row
from tests.pipes.oracle.report import Hit, Report, report_of
from tests.pipes.oracle.sessions import Session

RECENT_EVENTS = 20
_HASH = "external_id_hash"


def sessions_list(question: Question) -> list[Row]:
    found = sorted(report_of(question).sessions, key=_name)
    newest_first = sorted(found, key=lambda session: session.started_at, reverse=True)
    return question.page_of([_session_row(session) for session in newest_first])


def visitor_profile(question: Question) -> list[Row]:
    of_visitors = grouped((hit.event for hit in _hits_of_visitors(question)), lambda event: event.visitor_id)
    last_first = sorted(of_visitors.items(), key=lambda item: (-item[1][-1].timestamp.timestamp(), item[0].encode()))
    return [_profile(question, visitor_id, events) for visitor_id, events in last_first]


def _profile(question: Question, visitor_id: str, events: list[Event]) -> Row:
    started = [
        session
        for session in _report_of_visitors(question).seen_sessions
        if session.first.visitor_id == visitor_id and question.window_or_all_time.holds(session.started_at)
    ]
    return {
        "visitor_id": visitor_id,
        "sessions": len(started),
        "pageviews": count(events, "pageview"),
        "first_seen": events[0].timestamp,
        "last_seen": events[-1].timestamp,
        **{column: _first_known(reversed(events), column) for column in ("country", "device", "browser", "os")},
        "llm_engine": _first_known(events, "llm_engine"),
        "goals": count(events, "custom"),
        "payments": count(events, "payment"),
        "revenue": _by_currency(events),
        "identities": sorted({row["external_id_hash"] for row in _identities(question, visitor_id)}),
        "traits": _traits(_identities(question, visitor_id)),
        "recent_events": [
            (event.timestamp, event.kind, event.name) for event in list(reversed(events))[:RECENT_EVENTS]
        ],
    }


def visitor_timeline(question: Question) -> list[Row]:
    return question.page_of([_timeline_row(hit) for hit in reversed(_hits_of_visitors(question))])


def _timeline_row(hit: Hit) -> Row:
    event = hit.event
    plain = ("path", "referrer_host", "channel", "country", "device", "browser", "os")
    return {
        "timestamp": event.timestamp,
        "kind": event.kind,
        "name": event.name,
        "website_id": event.website_id,
        "session_key": hit.session.key,
        **{column: event.text(column) for column in plain},
        "value": event.value,
        "amount": event.amount,
        "currency": event.text("currency"),
        "properties": event.properties,
        "event_id": event.text("event_id"),
    }


def _report_of_visitors(question: Question) -> Report:
    """Report on all time by default, because a query for one visitor means all of it."""
    return Report(question, question.window_or_all_time)


def _hits_of_visitors(question: Question) -> list[Hit]:
    """Return the visitors' events in order, without filters."""
    visitor_ids = {question.text("visitor_id")}
    if not question.text("visitor_id"):
        known = [row for row in _identify_rows(question) if row["external_id_hash"] == question.text(_HASH)]
        visitor_ids = {row["visitor_id"] for row in known}
    found = [hit for hit in _report_of_visitors(question).all_hits if hit.event.visitor_id in visitor_ids]
    return sorted(found, key=lambda hit: hit.event.order)


def _identify_rows(question: Question) -> list[Mapping[str, Any]]:
    return [
        row
        for row in question.tables["identities"]
        if row["workspace_id"] == question.parameters["workspace_id"]
        and question.text("website_id") in {"", row["website_id"]}
    ]


def _identities(question: Question, visitor_id: str) -> list[Mapping[str, Any]]:
    """Return the visitor's rows in the window, in their order."""
    window = question.window_or_all_time
    found = [
        row
        for row in _identify_rows(question)
        if row["visitor_id"] == visitor_id and window.holds(datetime.fromisoformat(row["timestamp"]))
    ]
    return sorted(found, key=lambda row: (row["timestamp"], row["received_at"], row["event_id"]))


def _traits(identities: list[Mapping[str, Any]]) -> str:
    """Return the last value of each trait, as the text of a JSON object."""
    traits: dict[str, Any] = {}
    for row in identities:
        traits |= json.loads(row.get("traits", "{}"))
    return json.dumps(dict(sorted(traits.items())), ensure_ascii=False, separators=(",", ":"))


def _session_row(session: Session) -> Row:
    return {
        "session_key": session.key,
        "visitor_id": session.first.visitor_id,
        "website_id": session.first.website_id,
        "started_at": session.started_at,
        "ended_at": session.ended_at,
        "duration": seconds(session.duration),
        "pageviews": session.pageviews,
        "entry_path": session.entry_path,
        "exit_path": session.exit_path,
        "referrer_host": session.source("referrer_host"),
        "channel": session.source("channel"),
        "country": session.first.text("country"),
        "device": session.first.text("device"),
        "is_bounce": int(session.is_bounce),
        "goals": session.goals,
        "payments": session.payments,
        "revenue": _by_currency(session.events),
    }


def _name(session: Session) -> tuple[str, str, str]:
    """Two visitors may send one session id."""
    return (session.key, session.first.website_id, session.first.visitor_id)


def _by_currency(events: Iterable[Event]) -> list[tuple[str, Decimal]]:
    payments = [event for event in events if event.kind == "payment"]
    by_currency = grouped(payments, lambda payment: payment.text("currency"))
    return sorted((currency, total(one.amount for one in of_it)) for currency, of_it in by_currency.items())


def _first_known(events: Iterable[Event] | Sequence[Event], column: str) -> str:
    return next((event.text(column) for event in events if event.text(column)), "")
