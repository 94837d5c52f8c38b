"""Periods are whole days of a time zone; what they are compared with is as long, and ends at the same time of day."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from pixel.dashboard.periods import Period, read_period, to_parameters
from pixel.foundation.errors import ApiError
from pixel.http.query import QueryParameters
from pixel.workspaces.vocabulary import PERIODS
from tests.conftest import Frozen

_KNOWN = ("period", "compare", "from", "to")


def _read(timezone: str = "UTC", /, **query: str) -> Period:
    return _read_of(PERIODS, timezone, query)


def _read_of(allowed: tuple[str, ...], timezone: str, query: Mapping[str, str]) -> Period:
    given = {{"first": "from", "last": "to"}.get(name, name): [value] for name, value in query.items()}
    parameters = QueryParameters(given, _KNOWN)
    period = read_period(parameters, allowed, timezone)
    parameters.raise_faults()
    assert period is not None
    return period


# The clock stands at 2026-03-04, a Wednesday, 05:06:10 UTC.
_CASES: tuple[tuple[dict[str, str], tuple[str, str, str | None, str | None, str]], ...] = (
    ({"period": "today"}, ("2026-03-04", "2026-03-04", "2026-03-03", "2026-03-03", "hour")),
    ({"period": "yesterday"}, ("2026-03-03", "2026-03-03", "2026-03-02", "2026-03-02", "hour")),
    ({"period": "yesterday", "compare": "year"}, ("2026-03-03", "2026-03-03", "2025-03-04", "2025-03-04", "hour")),
    ({"period": "7d"}, ("2026-02-26", "2026-03-04", "2026-02-19", "2026-02-25", "day")),
    ({"period": "28d"}, ("2026-02-05", "2026-03-04", "2026-01-08", "2026-02-04", "day")),
    ({}, ("2026-02-03", "2026-03-04", "2026-01-04", "2026-02-02", "day")),
    ({"period": "month"}, ("2026-03-01", "2026-03-04", "2026-02-01", "2026-02-04", "day")),
    ({"period": "month", "compare": "year"}, ("2026-03-01", "2026-03-04", "2025-03-02", "2025-03-05", "day")),
    ({"period": "12mo"}, ("2025-04-01", "2026-03-04", "2024-04-01", "2025-03-04", "month")),
    ({"period": "12mo", "compare": "none"}, ("2025-04-01", "2026-03-04", None, None, "month")),
    (
        {"period": "custom", "first": "2026-01-01", "last": "2026-01-02"},
        ("2026-01-01", "2026-01-02", "2025-12-30", "2025-12-31", "hour"),
    ),
    (
        {"period": "custom", "first": "2025-12-01", "last": "2026-03-02"},
        ("2025-12-01", "2026-03-02", "2025-08-31", "2025-11-30", "day"),
    ),
    (
        {"period": "custom", "first": "2025-01-29", "last": "2026-03-04", "compare": "year"},
        ("2025-01-29", "2026-03-04", "2024-01-31", "2025-03-05", "week"),
    ),
)


@pytest.mark.usefixtures("frozen")
def test_nothing_is_compared_with_days_that_pipes_do_not_know() -> None:
    assert _read(period="custom", first="1970-01-02", last="1970-01-05").compared is None
    assert _read(period="custom", first="1970-02-02", last="1970-02-05").compared is not None


@pytest.mark.usefixtures("frozen")
def test_each_period_has_its_days() -> None:
    for query, expected in _CASES:
        answer = _read(**query).to_answer()

        names = ("from", "to", "compare_from", "compare_to", "granularity")
        assert tuple(answer[name] for name in names) == expected, query


@pytest.mark.usefixtures("frozen")
def test_days_are_those_of_the_time_zone() -> None:
    assert _read("America/Los_Angeles", period="today").to_answer()["from"] == "2026-03-03"
    window = to_parameters(_read("America/Los_Angeles", period="today").window())
    assert window == {"date_from": "2026-03-03 08:00:00", "date_to": "2026-03-04 08:00:00"}


def test_a_day_of_a_changed_clock_has_its_own_hours() -> None:
    window = to_parameters(_read("Europe/Berlin", period="custom", first="2026-03-29", last="2026-03-29").window())

    assert window == {"date_from": "2026-03-28 23:00:00", "date_to": "2026-03-29 22:00:00"}


def test_a_period_that_runs_is_compared_up_to_the_same_time_of_day(frozen: Frozen) -> None:
    running, over = _read(period="7d"), _read(period="yesterday")

    assert running.compared_window() == (
        datetime(2026, 2, 19, tzinfo=UTC),
        datetime(2026, 2, 25, 5, 6, tzinfo=UTC),
    )
    assert running.to_answer()["compared_until"] == "2026-02-25 05:06"
    assert running.compared_days() == (datetime(2026, 2, 19, tzinfo=UTC), datetime(2026, 2, 26, tzinfo=UTC))
    assert (running.is_running, over.is_running) == (True, False)
    assert over.compared_window() == over.compared_days()
    assert over.to_answer()["compared_until"] is None
    frozen.move(49)
    assert running.compared_window() != over.compared_window()


def test_the_longer_month_is_compared_with_all_of_the_shorter(frozen: Frozen) -> None:
    frozen.move(27 * 86_400)

    answer = _read(period="month").to_answer()

    assert (answer["to"], answer["compare_from"], answer["compare_to"]) == ("2026-03-31", "2026-02-01", "2026-02-28")


@pytest.mark.usefixtures("frozen")
def test_a_period_ahead_is_compared_with_nothing_yet() -> None:
    start, end = _read(period="custom", first="2026-05-01", last="2026-05-02").compared_window() or (None, None)

    assert start == end


@pytest.mark.usefixtures("frozen")
def test_the_first_period_is_taken_where_30_days_are_not_shared() -> None:
    assert _read_of(("7d", "month"), "UTC", {}).name == "7d"


@pytest.mark.parametrize(
    "query",
    [
        {"period": "30d", "first": "2026-01-01"},
        {"period": "custom"},
        {"period": "custom", "first": "1969-12-31", "last": "2026-01-01"},
        {"period": "custom", "first": "0000-01-01", "last": "2026-01-01"},
        {"period": "custom", "first": "٢٠٢٦-01-01", "last": "2026-01-01"},
        {"period": "custom", "first": "", "last": "2026-01-01"},
    ],
)
def test_other_days_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(ApiError, match="invalid_query"):
        _read(**query)
