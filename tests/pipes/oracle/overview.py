"""p_overview, i_summary and f_site_totals: the main numbers of a window, and of the one before it."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from tests.pipes.oracle.events import count, read_events, visitors, wants_bots
from tests.pipes.oracle.numbers import total
from tests.pipes.oracle.question import Question, Row, Window
from tests.pipes.oracle.report import MARGIN, Report, report_of
from tests.pipes.oracle.series import value_of

_DECIMAL = "revenue"
_FRACTIONS = {"bounce_rate", "avg_duration"}
_METRICS = ("visitors", "pageviews", "sessions", "bounce_rate", "avg_duration", "conversions", _DECIMAL)


def overview(question: Question) -> list[Row]:
    window_of_before = window_before(question)
    both = Window(window_of_before.start, question.window.end)
    now = _numbers(question, Report(question, question.window, both))
    before = _numbers(question, Report(question, window_of_before, both))
    return [
        {
            name: value
            for metric in _METRICS
            for name, value in ((metric, now[metric]), (f"previous_{metric}", before[metric]))
        }
    ]


def summary(question: Question) -> list[Row]:
    """Return counts alone: what divides sessions is the dashboard's."""
    report = report_of(question)
    return [
        {
            "visitors": visitors(report.events),
            "pageviews": len(report.pageviews),
            "sessions": len(report.sessions),
            "bounces": sum(session.is_bounce for session in report.sessions),
            "milliseconds": sum(round(session.duration.total_seconds() * 1000) for session in report.sessions),
            "conversions": count(report.events, "custom"),
        }
    ]


def site_totals(question: Question) -> list[Row]:
    """Return counts of single events, without sessions and filters."""
    seen = question.window.widened(before=MARGIN, after=MARGIN)
    found = read_events(question, seen, include_bots=wants_bots(question))
    events = [event for event in found if question.window.holds(event.timestamp)]
    pageviews = [event for event in events if event.kind == "pageview"]
    paid = [event for event in events if event.kind == "payment" and not event.is_refund]
    return [
        {
            "page_views": len(pageviews),
            "unique_visitors": visitors(pageviews),
            "events": count(events, "custom") + len(paid),
        }
    ]


def _numbers(question: Question, report: Report) -> Mapping[str, object]:
    currency = question.text("currency", "USD").upper()
    paid = [event.amount for event in report.events if event.kind == "payment" and event.text("currency") == currency]
    numbers: dict[str, object] = {
        metric: value_of(metric, question, report.events, report.sessions) for metric in _METRICS
    }
    whole = {metric: int(str(numbers[metric]).partition(".")[0]) for metric in set(_METRICS) - _FRACTIONS - {_DECIMAL}}
    return {**numbers, **whole, _DECIMAL: total(paid)}


def window_before(question: Question) -> Window:
    """Return the window of as many days before, or, if the window is not of whole days, of the same duration."""
    window, zone = question.window, question.zone
    first, after = window.start.astimezone(zone).date(), window.end.astimezone(zone).date()
    midnights = [datetime.combine(day, time.min, zone).timestamp() for day in (first, after)]
    if midnights != [window.start.timestamp(), window.end.timestamp()]:
        return Window(window.start - (window.end - window.start), window.start)
    start = datetime.combine(first - (after - first), time.min, zone)
    return Window(window.start - timedelta(seconds=window.start.timestamp() - start.timestamp()), window.start)
