"""p_sessions_list, p_visitor_profile, p_visitor_timeline: single sessions and visitors."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from tests.pipes.oracle.events import Event, count, seconds
from tests.pipes.oracle.numbers import grouped, total
from tests.pipes.oracle.question import Question, Row
from tests.pipes.oracle.report import Hit, Report, report_of
from tests.pipes.oracle.sessions import Session

RECENT_EVENTS = 20


def sessions_list(question: Question) -> list[Row]:
    found = sorted(report_of(question).sessions, key=_name)
    newest_first = sorted(found, key=lambda session: session.started_at, reverse=True)
    return question.page_of([_session_row(session) for session in newest_first])


def visitor_profile(question: Question) -> list[Row]:
    hits = _hits_of_visitor(question)
    events = [hit.event for hit in hits]
    if not events:
        return []
    started = [
        session for session in _sessions_of_visitor(question) if question.window_or_all_time.holds(session.started_at)
    ]
    return [
        {
            "visitor_id": question.parameters["visitor_id"],
            "sessions": len(started),
            "pageviews": count(events, "pageview"),
            "first_seen": events[0].timestamp,
            "last_seen": events[-1].timestamp,
            **{column: _first_known(reversed(events), column) for column in ("country", "device", "browser", "os")},
            "llm_engine": _first_known(events, "llm_engine"),
            "goals": count(events, "custom"),
            "payments": count(events, "payment"),
            "revenue": _by_currency(events),
            "identities": _identities(question),
            "recent_events": [
                (event.timestamp, event.kind, event.name) for event in list(reversed(events))[:RECENT_EVENTS]
            ],
        }
    ]


def visitor_timeline(question: Question) -> list[Row]:
    return question.page_of([_timeline_row(hit) for hit in reversed(_hits_of_visitor(question))])


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


def _report_of_visitor(question: Question) -> Report:
    """Report on all time by default, because a query for one visitor means all of it."""
    return Report(question, question.window_or_all_time)


def _hits_of_visitor(question: Question) -> list[Hit]:
    """Return the visitor's events in order, without filters."""
    found = [
        hit
        for hit in _report_of_visitor(question).all_hits
        if hit.event.visitor_id == question.parameters["visitor_id"]
    ]
    return sorted(found, key=lambda hit: hit.event.order)


def _sessions_of_visitor(question: Question) -> list[Session]:
    sessions = _report_of_visitor(question).seen_sessions
    return [session for session in sessions if session.first.visitor_id == question.parameters["visitor_id"]]


def _identities(question: Question) -> list[str]:
    return sorted(
        {
            row["external_id_hash"]
            for row in question.tables["identities"]
            if row["workspace_id"] == question.parameters["workspace_id"]
            and row["visitor_id"] == question.parameters["visitor_id"]
            and question.text("website_id") in {"", row["website_id"]}
        }
    )


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
