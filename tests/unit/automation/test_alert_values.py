"""Values are asked for in runs of windows, and those of earlier weeks are left out where they say nothing."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest

from pixel.automation import alert_values
from pixel.automation.alert_values import ROWS_MAX, Usual, history, pool_windows, read_values, to_runs, usual
from pixel.automation.formulas import Value
from pixel.health.outages import Outage
from pixel.workspaces.alert_windows import Bounds, window_of, windows_until
from pixel.workspaces.vocabulary import Window

_END = datetime(2026, 4, 15, 12, tzinfo=UTC)
_BERLIN = "Europe/Berlin"
_WEEK = timedelta(weeks=1)


def _series(window: Window, zone: str, number: int) -> dict[Bounds, Value]:
    found = list(islice(windows_until(window, zone, _END), number))
    return {bounds: Value(100 + place % 3, 100) for place, bounds in enumerate(found)}


def test_windows_are_written_as_runs_of_equal_ones() -> None:
    hours = sorted(islice(windows_until("1h", "UTC", _END), 24))
    first = int(hours[0].start.timestamp())
    days = sorted(islice(windows_until("1d", _BERLIN, datetime(2026, 3, 30, 22, tzinfo=UTC)), 4))

    assert to_runs(hours) == f"{first},3600,24"
    assert to_runs([*hours[:2], *hours[5:7]]) == f"{first},3600,2;{first + 5 * 3600},3600,2"
    assert [run.split(",")[1:] for run in to_runs(days).split(";")] == [["86400", "2"], ["82800", "1"], ["86400", "1"]]


def test_history_is_the_same_local_window_of_eight_weeks() -> None:
    values = {window_of("1h", _BERLIN, _END - weeks * _WEEK): Value(weeks, weeks) for weeks in range(20)}
    # Before 29 March, clocks in Berlin showed an hour less.
    values |= {
        window_of("1h", _BERLIN, _END - weeks * _WEEK + timedelta(hours=1)): Value(weeks, weeks)
        for weeks in range(3, 20)
    }

    found = history("1h", _BERLIN, _END, values)

    assert [one and one.value for one in found] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_weeks_before_the_first_event_and_in_an_outage_say_nothing() -> None:
    values = _series("1h", "UTC", 9 * 168)
    outage = Outage(_END - 2 * _WEEK - timedelta(minutes=61), _END - 2 * _WEEK - timedelta(minutes=59))

    found = history("1h", "UTC", _END, values, first_at=_END - 5 * _WEEK, outages=[outage])

    assert [one is not None for one in found] == [True, False, True, True, False, False, False, False]


@pytest.mark.parametrize("window", ["5m", "15m", "1h", "1d", "7d"])
def test_what_says_how_much_usual_values_differ_is_one_row_of_windows(window: Window) -> None:
    found = pool_windows(window, _BERLIN, _END)
    weeks = {"5m": 9, "15m": 9, "1h": 12, "1d": 12, "7d": 24}[window]

    assert all(one.end == other.start for one, other in pairwise(found))
    assert timedelta(hours=1) <= found[-1].end - found[0].start - weeks * _WEEK <= timedelta(days=8)


def test_usual_values_differ_by_the_spread_of_windows_beside_their_own_weeks() -> None:
    values = {bounds: Value(100, 100) for bounds in pool_windows("1d", "UTC", _END)}

    assert usual("1d", "UTC", _END, values, "visitors").sigma == 0
    uneven = {bounds: Value(100 + place % 5, 100) for place, bounds in enumerate(values)}
    sigma = usual("1d", "UTC", _END, uneven, "visitors").sigma
    assert sigma is not None
    assert 0.005 < sigma < 0.03


def test_an_alert_learns_until_there_are_enough_windows() -> None:
    bounds = pool_windows("1d", "UTC", _END)
    young = {one: Value(100, 100) if one.start >= _END - timedelta(days=39) else Value(0, 0) for one in bounds}
    older = {one: Value(100, 100) if one.start >= _END - timedelta(days=42) else Value(0, 0) for one in bounds}
    empty = dict.fromkeys(bounds, Value(0, 0))

    assert usual("1d", "UTC", _END, young, "visitors").sigma is None
    assert usual("1d", "UTC", _END, older, "visitors").sigma == 0
    assert usual("1d", "UTC", _END, empty, "visitors") == Usual(None, None)


def test_a_query_asks_for_no_more_rows_than_a_response_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    queries: list[tuple[int, int]] = []

    def ask(_workspace_id: str, websites: Any, windows: Any, *_: Any) -> list[dict[str, Any]]:
        queries.append((len(websites), len(windows)))
        return []

    monkeypatch.setattr(alert_values, "_ask", ask)
    pool = pool_windows("1h", "UTC", _END)
    read_values("ws_1", {f"admx_{number}": pool for number in range(100)}, "visitors", {})
    read_values("ws_1", {f"admx_{number}": pool[-1:] for number in range(250)}, "visitors", {})

    assert all(websites * windows <= ROWS_MAX for websites, windows in queries)
    assert sum(websites for websites, _ in queries) == 350
    assert queries[-3:] == [(100, 1), (100, 1), (50, 1)]
