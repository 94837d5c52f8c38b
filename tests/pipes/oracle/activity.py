"""p_realtime_visitors, i_realtime, p_events_catalog, p_pixel_healthcheck: what arrives, and when."""

from datetime import timedelta

from tests.pipes.oracle.events import Event, count, read_events, seconds, visitors
from tests.pipes.oracle.numbers import grouped, median_seconds, rate
from tests.pipes.oracle.question import FOREVER, Question, Row, Window
from tests.pipes.oracle.report import Report, report_of

_MINUTE, _HALF_HOUR, _HOUR, _DAY = timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
_COUNTED = {"events": None, "pageviews": "pageview", "goals": "custom", "payments": "payment"}


def realtime_visitors(question: Question) -> list[Row]:
    """Count recent visitors, including those of events whose clock is up to an hour ahead.

    Without `minutes`, sessions are looked for in the window of all reports, so that they may have begun earlier.
    """
    minutes = timedelta(minutes=question.number("minutes", 5))
    looked_at = None if question.text("minutes") else question.window
    report = Report(question, Window(question.now - minutes, question.now), looked_at)
    return [{"visitors": visitors(report.events), "pageviews": len(report.pageviews)}]


def realtime(question: Question) -> list[Row]:
    """Count the visitors of the last 30 minutes, by the whole minutes that have passed since."""
    looked_at = None if question.text("minutes") else question.window
    events = Report(question, Window(question.now - _HALF_HOUR, question.now), looked_at).events
    by_minute = grouped(events, lambda event: (question.now - event.timestamp) // _MINUTE)
    return [
        {
            "visitors_of_5_minutes": visitors(event for ago in range(5) for event in by_minute.get(ago, [])),
            "visitors_of_30_minutes": visitors(events),
            "visitors_by_minute": [visitors(by_minute.get(ago, [])) for ago in range(30)] if events else [],
        }
    ]


def events_catalog(question: Question) -> list[Row]:
    named = grouped(
        report_of(question).events, lambda event: (event.kind, "" if event.kind == "pageview" else event.name)
    )
    return question.page_of(
        [
            {
                "kind": kind,
                "name": name,
                "count": len(events),
                "first_seen": min(event.timestamp for event in events),
                "last_seen": max(event.timestamp for event in events),
                "property_keys": sorted(set().union(*(event.property_keys for event in events))),
            }
            for (kind, name), events in sorted(named.items())
        ]
    )


def pixel_healthcheck(question: Question) -> list[Row]:
    """Report on all events, bots included, by their time of receipt.

    A back-fill of old events arrives now, and an event stamped with the future did not arrive then. What arrived longer
    than 30 days ago is not looked for, only whether there is any.
    """
    events = read_events(question, Window(*FOREVER), include_bots=True)
    since = {
        span: [event for event in events if event.received_at > question.now - age]
        for span, age in (("1h", _HOUR), ("24h", _DAY), ("30d", 30 * _DAY))
    }
    lags = [max(timedelta(0), event.received_at - event.timestamp) for event in since["24h"]]
    return [
        {
            "last_event_at": max((event.received_at for event in since["30d"]), default=None),
            **{
                f"{name}_{span}": count(found, kind) if kind else len(found)
                for name, kind in _COUNTED.items()
                for span, found in since.items()
                if span != "30d"
            },
            "lag_seconds_median": median_seconds(lags),
            "lag_seconds_max": seconds(max(lags, default=timedelta(0))),
            "bot_share": rate(sum(event.is_bot for event in since["24h"]), len(since["24h"])),
            "status": _status(events, since["1h"], since["24h"]),
        }
    ]


def _status(events: list[Event], of_hour: list[Event], of_day: list[Event]) -> str:
    if of_hour:
        return "ok"
    if of_day:
        return "stale"
    return "silent" if events else "no_data"
