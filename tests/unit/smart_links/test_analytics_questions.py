"""The period that is asked of analytics: its days, its defaults, and the period before."""

from pixel.http.query import QueryParameters
from pixel.smart_links.analytics_questions import PERIOD_PARAMETERS, Period, read_granularity, read_period
from tests.conftest import Frozen

_NOW = "2026-03-04T05:06:10Z"  # of the frozen clock


def _read(**query: str) -> tuple[Period, dict[str, str]]:
    given = {name: [value] for name, value in query.items()}
    parameters = QueryParameters(given, {*PERIOD_PARAMETERS, "granularity"})
    period = read_period(parameters, given)
    read_granularity(parameters, period)
    return period, {fault.path: fault.message for fault in parameters.faults.found}


def _bounds(period: Period) -> tuple[str, str]:
    asked = period.parameters()
    return asked["date_from"], asked["date_to"]


def test_days_are_those_of_the_time_zone_and_end_with_today(frozen: Frozen) -> None:
    cases: list[tuple[dict[str, str], tuple[str, str], tuple[str, str]]] = [
        ({}, ("2026-02-03 00:00:00", "2026-03-05 00:00:00"), ("2026-01-04 00:00:00", "2026-02-03 00:00:00")),
        ({"days": "1"}, ("2026-03-04 00:00:00", "2026-03-05 00:00:00"), ("2026-03-03 00:00:00", "2026-03-04 00:00:00")),
        (
            {"days": "2", "timezone": "America/Los_Angeles"},  # where it is the 3rd of March
            ("2026-03-02 08:00:00", "2026-03-04 08:00:00"),
            ("2026-02-28 08:00:00", "2026-03-02 08:00:00"),
        ),
        (
            {"start": "2026-03-29", "end": "2026-03-29", "timezone": "Europe/Berlin"},  # a day of 23 hours
            ("2026-03-28 23:00:00", "2026-03-29 22:00:00"),
            ("2026-03-27 23:00:00", "2026-03-28 23:00:00"),
        ),
        (
            {"from": "2026-03-01T10:00:00.9Z", "to": "2026-03-01T12:30:00+01:00"},
            ("2026-03-01 10:00:00", "2026-03-01 11:30:00"),
            ("2026-03-01 08:30:00", "2026-03-01 10:00:00"),
        ),
        (
            {"to": "2026-01-31"},
            ("2026-01-02 00:00:00", "2026-02-01 00:00:00"),
            ("2025-12-03 00:00:00", "2026-01-02 00:00:00"),
        ),
        (
            {"from": "2026-03-03"},
            ("2026-03-03 00:00:00", "2026-03-05 00:00:00"),
            ("2026-03-01 00:00:00", "2026-03-03 00:00:00"),
        ),
        (
            {"from": "1970-01-01", "to": "1970-01-02"},
            ("1970-01-01 00:00:00", "1970-01-03 00:00:00"),
            ("1970-01-01 00:00:00", "1970-01-01 00:00:00"),
        ),
    ]
    for query, now, before in cases:
        period, faults = _read(**query)

        assert (_bounds(period), faults) == (now, {}), query
        assert _bounds(period.before()) == before, query


def test_periods_that_end_before_they_begin_or_are_too_long_are_refused(frozen: Frozen) -> None:
    cases = [
        ({"from": "2026-03-02", "to": "2026-03-01"}, {"from": "`from` must not be later than `to`."}),
        ({"start": "2026-03-06"}, {"start": "`start` must not be later than today."}),
        (
            {"from": "2021-02-27", "to": "2026-03-03"},
            {"from": "`from` must be at most 1,830 days before the end of the period."},
        ),
        ({"from": "2021-02-28", "to": "2026-03-03"}, {}),
        ({"from": "2026-01-01", "to": "2026-01-31", "granularity": "hour"}, {}),
        ({"days": "31", "granularity": "hour", "timezone": "Europe/Berlin"}, {}),
        (
            {"to": "2025-11-10", "days": "7"},
            {"days": "`days` counts back from today; omit it where the period has dates."},
        ),
    ]
    for query, faults in cases:
        assert _read(**query)[1] == faults, query
