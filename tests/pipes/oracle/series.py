"""p_metric_series."""

from datetime import datetime

from tests.pipes.oracle.events import Event, count, visitors
from tests.pipes.oracle.numbers import grouped, rate, total
from tests.pipes.oracle.periods import bucket, bucket_key, buckets, printed
from tests.pipes.oracle.question import Question, Row
from tests.pipes.oracle.report import report_of
from tests.pipes.oracle.sessions import Session


def metric_series(question: Question) -> list[Row]:
    """Count events in their bucket and sessions in the one they start in, with 0 for empty buckets."""
    report = report_of(question)
    granularity, zone = question.text("granularity", "day"), question.zone

    def place(moment: datetime) -> datetime:
        return bucket_key(bucket(moment, granularity, zone))

    events = grouped(report.events, lambda event: place(event.timestamp))
    sessions = grouped(report.sessions, lambda session: place(session.started_at))
    return [
        {
            "bucket": printed(one),
            "value": value_of(
                question.text("metric", "visitors"),
                question,
                events.get(bucket_key(one), []),
                sessions.get(bucket_key(one), []),
            ),
        }
        for one in buckets(report.window, granularity, zone)
    ]


def value_of(metric: str, question: Question, events: list[Event], sessions: list[Session]) -> float:
    currency = question.text("currency", "USD").upper()
    paid = [event.amount for event in events if event.kind == "payment" and event.text("currency") == currency]
    values = {
        "visitors": float(visitors(events)),
        "pageviews": float(count(events, "pageview")),
        "conversions": float(count(events, "custom")),
        "sessions": float(len(sessions)),
        "bounce_rate": rate(sum(session.is_bounce for session in sessions), len(sessions)),
        "avg_duration": _mean_seconds(sessions),
        "revenue": float(total(paid)),
    }
    return values[metric]


def _mean_seconds(sessions: list[Session]) -> float:
    milliseconds = sum(round(session.duration.total_seconds() * 1000) for session in sessions)
    return rate(milliseconds, 1000 * len(sessions))
