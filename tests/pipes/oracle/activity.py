"""p_realtime_visitors, p_events_catalog, p_pixel_healthcheck: what arrives, and when."""

from datetime import timedelta

from tests.pipes.oracle.events import Event, count, read_copies, read_events, seconds, visitors
from tests.pipes.oracle.numbers import grouped, median_seconds, rate
from tests.pipes.oracle.question import FOREVER, Question, Row, Window
from tests.pipes.oracle.report import Report, report_of

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_COUNTED = {"events": None, "pageviews": "pageview", "goals": "custom", "payments": "payment"}


def realtime_visitors(question: Question) -> list[Row]:
    """An event's clock may be ahead by an hour: such events are new as well."""
    minutes = timedelta(minutes=question.number("minutes", 5))
    report = Report(question, Window(question.now - minutes, question.now))
    return [{"visitors": visitors(report.events), "pageviews": len(report.pageviews)}]


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
    """Of all events, bots counted: the question is whether anything arrives."""
    copies = read_copies(question, Window(*FOREVER))
    events = read_events(question, Window(*FOREVER), include_bots=True)
    # Of every copy of an event: of the last that arrived, whichever counts.
    last = max((event.timestamp for event in copies), default=None)
    since = {
        "1h": [event for event in events if event.timestamp > question.now - _HOUR],
        "24h": [event for event in events if event.timestamp > question.now - _DAY],
    }
    lags = [max(timedelta(0), event.received_at - event.timestamp) for event in since["24h"]]
    return [
        {
            "last_event_at": last,
            **{
                f"{name}_{span}": count(found, kind) if kind else len(found)
                for name, kind in _COUNTED.items()
                for span, found in since.items()
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
