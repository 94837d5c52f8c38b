"""p_goal_conversions and p_attributed_revenue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from tests.pipes.oracle.events import Event, read_events, visitors, wants_bots
from tests.pipes.oracle.goals import live_goals, named_goals, worth
from tests.pipes.oracle.numbers import grouped, rate, total
from tests.pipes.oracle.question import Question, Row
from tests.pipes.oracle.report import MARGIN, report_of
from tests.pipes.oracle.sessions import Session, sessions_of

_FIELDS = {"channel": "channel", "source": "utm_source", "campaign": "utm_campaign"}


def goal_conversions(question: Question) -> list[Row]:
    report = report_of(question)
    base = visitors(report.events)
    defined = live_goals(question)
    reached: dict[str, list[Event]] = {}
    for event in report.events:
        own_name = [event.name] if event.kind == "custom" else []
        for name in named_goals(event, defined) or own_name:
            reached.setdefault(name, []).append(event)
    # A value without a currency is in the one asked for.
    summed = {"", question.text("currency", "USD").upper()}
    worths = {name: [worth(event, name, defined) for event in events] for name, events in reached.items()}
    rows = [
        {
            "goal_name": name,
            "conversions": len(events),
            "visitors": visitors(events),
            "conversion_rate": rate(visitors(events), base),
            "value": total(value for value, currency in worths[name] if currency in summed),
        }
        for name, events in reached.items()
    ]
    return question.page_of(sorted(rows, key=lambda row: (-row["conversions"], row["goal_name"])))


def attributed_revenue(question: Question) -> list[Row]:
    """Divide each payment's amount among the sessions that led to it."""
    touches = _touches(question)
    field = _FIELDS[question.text("by", "channel")]
    revenue: dict[tuple[str, str], Fraction] = {}
    counted: dict[tuple[str, str], list[Event]] = {}
    for payment in report_of(question).events:
        if payment.kind != "payment":
            continue
        before = _touches_of(payment, touches)
        credited = set()
        for session, share in zip(before, _shares(question.text("model", "last_touch"), before), strict=True):
            group = (session.source(field), payment.text("currency"))
            revenue[group] = revenue.get(group, Fraction(0)) + Fraction(payment.amount) * share
            if share > 0:
                credited.add(group)
        for group in credited:
            counted.setdefault(group, []).extend([payment] if payment.is_purchase else [])
    rows = [
        {
            "name": name,
            "currency": currency,
            "revenue": float(round(revenue[name, currency], 4)),
            "payments": len(payments),
            "visitors": visitors(payments),
        }
        for (name, currency), payments in counted.items()
    ]
    return sorted(rows, key=lambda row: (row["currency"], -row["revenue"], row["name"]))


@dataclass(frozen=True)
class _Touches:
    since: datetime
    by_visitor: Mapping[tuple[str, str], Sequence[Session]]  # in the order they start


def _touches(question: Question) -> _Touches:
    """Return the touches without filters, which apply to payments only."""
    lookback = question.window.widened(before=timedelta(days=question.number("lookback_days", 30)), after=timedelta(0))
    seen = lookback.widened(before=MARGIN, after=MARGIN)
    sessions = sessions_of(read_events(question, seen, include_bots=wants_bots(question)))
    # Those that begin at one moment, by the client's ids, are in order of their keys, byte by byte.
    started = sorted(sessions, key=lambda session: (session.started_at, session.key.encode()))
    by_visitor = grouped(started, lambda session: (session.first.website_id, session.first.visitor_id))
    return _Touches(lookback.start, by_visitor)


def _touches_of(payment: Event, touches: _Touches) -> list[Session]:
    """Return the sessions before a payment, its own included however long ago it started."""
    return [
        session
        for session in touches.by_visitor.get((payment.website_id, payment.visitor_id), [])
        if touches.since <= session.started_at <= payment.timestamp or payment in session.events
    ]


def _shares(model: str, touches: Sequence[Session]) -> list[Fraction]:
    number = len(touches)
    shares = {
        "first_touch": _all_to(0, number),
        "last_touch": _all_to(number - 1, number),
        "last_non_direct": _all_to(_last_non_direct(touches), number),
        "linear": [Fraction(1, max(1, number))] * number,
        "position_based": _ends_first(number),
    }
    return shares[model]


def _last_non_direct(touches: Sequence[Session]) -> int:
    found = [index for index, touch in enumerate(touches) if touch.source("channel") not in {"", "direct"}]
    return found[-1] if found else len(touches) - 1


def _ends_first(number: int) -> list[Fraction]:
    if number <= 2:
        return [Fraction(1, max(1, number))] * number
    return [Fraction(2, 5), *[Fraction(1, 5 * (number - 2))] * (number - 2), Fraction(2, 5)]


def _all_to(chosen: int, number: int) -> list[Fraction]:
    return [Fraction(int(index == chosen)) for index in range(number)]
