"""Windows of alerts are whole, follow each other without gaps, and are aligned to local time on every day there is."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.workspaces.alert_windows import (
    LATE_WINDOWS_MAX,
    Bounds,
    due_at,
    late_windows,
    latest_end,
    length_of,
    next_due,
    next_end,
    same_window_before,
    window_of,
)
from pixel.workspaces.vocabulary import Window
from tests.unit.workspaces.clock_changes import ClockChange, a_change, clock_changes, near_a_change, shift

WINDOWS: tuple[Window, ...] = get_args(Window)
WITHIN_A_DAY: tuple[Window, ...] = ("5m", "15m", "1h")
BERLIN = "Europe/Berlin"
_MINUTE = timedelta(minutes=1)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _wall(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _is_aligned(window: Window, zone: str, at: datetime) -> bool:
    """Return whether a window begins at an instant, found out by looking at the minute before."""
    now, before = _wall(at, zone), _wall(at - _MINUTE, zone) + _MINUTE
    length = length_of(window)
    midnight = now.replace(hour=0, minute=0)
    if (now - midnight) % length == timedelta(0):
        return True
    if now <= before:
        return False
    skipped = before
    while skipped < now:
        if (skipped - skipped.replace(hour=0, minute=0)) % length == timedelta(0):
            return True
        skipped += _MINUTE
    return False


@given(change=a_change(), window=st.sampled_from(WITHIN_A_DAY))
def test_windows_around_a_change_of_the_clock_are_those_that_its_minutes_show(
    change: ClockChange, window: Window
) -> None:
    start, end = change.at - timedelta(hours=4), change.at + timedelta(hours=4)
    minutes = [start + number * _MINUTE for number in range(int((end - start) / _MINUTE))]
    expected = [minute for minute in minutes if _is_aligned(window, change.zone, minute)]

    found, at = [], start - timedelta(seconds=1)
    while (at := next_end(window, change.zone, at)) < end:
        found.append(at)

    assert found == expected
    assert [latest_end(window, change.zone, minute) for minute in minutes if minute >= expected[0]] == [
        max(one for one in expected if one <= minute) for minute in minutes if minute >= expected[0]
    ]


@given(place=near_a_change(days=20), window=st.sampled_from(WINDOWS))
def test_ends_rise_and_windows_touch_each_other(place: tuple[ClockChange, datetime], window: Window) -> None:
    (change, at) = place
    zone = change.zone

    last, following = latest_end(window, zone, at), next_end(window, zone, at)

    assert last <= at < following
    assert window_of(window, zone, following) == Bounds(last, following)
    assert latest_end(window, zone, following) == following
    assert next_end(window, zone, last) == following
    assert abs(following - last - length_of(window)) <= abs(change.after - change.before)


@given(place=near_a_change(days=20), window=st.sampled_from(("1d", "7d")))
def test_days_and_weeks_begin_at_midnight_or_right_after_the_gap_there(
    place: tuple[ClockChange, datetime], window: Window
) -> None:
    (change, at) = place
    start = latest_end(window, change.zone, at)
    wall = _wall(start, change.zone)

    in_gap = change.is_gap and start == change.at
    assert (wall.hour, wall.minute) == (0, 0) or in_gap
    assert _wall(start - timedelta(seconds=1), change.zone).date() == wall.date() - timedelta(days=1)
    assert window == "1d" or wall.isoweekday() == 1


@given(place=near_a_change(days=20), window=st.sampled_from(WINDOWS), website=st.text("0123456789abcdef", max_size=8))
def test_the_next_time_due_is_later_and_is_that_of_one_window(
    place: tuple[ClockChange, datetime], window: Window, website: str
) -> None:
    (change, at) = place

    due = next_due(window, change.zone, website, at)
    end = latest_end(window, change.zone, due - timedelta(seconds=120))

    assert due > at
    assert due == due_at(window, end, website)
    assert timedelta(seconds=120) <= due - end < timedelta(seconds=120 + 3600)
    assert next_due(window, change.zone, website, due) == due_at(window, next_end(window, change.zone, end), website)


@given(place=near_a_change(days=60), window=st.sampled_from(WINDOWS), weeks=st.integers(1, 8))
def test_the_same_window_of_a_week_before_shows_the_same_local_time(
    place: tuple[ClockChange, datetime], window: Window, weeks: int
) -> None:
    (change, at) = place
    zone, end = change.zone, latest_end(window, change.zone, at)
    start = window_of(window, zone, end).start
    wanted = _wall(start, zone) - timedelta(weeks=weeks)

    before = same_window_before(window, zone, end, weeks)

    if before is None:
        gaps = [one for one in clock_changes() if one.zone == zone and one.is_gap]
        assert any(_wall(one.at, zone) > wanted >= (one.at + one.before).replace(tzinfo=None) for one in gaps)
    else:
        assert window_of(window, zone, before.end) == before
        days_off = shift(zone, before.start) - shift(zone, start)
        assert abs(start - before.start - timedelta(weeks=weeks)) <= abs(days_off) or change.is_gap
        assert _wall(before.start, zone).date() == wanted.date()
        assert timedelta(0) <= wanted - _wall(before.start, zone) < timedelta(hours=3)
        assert window in {"1d", "7d"} or start == change.at or _wall(before.start, zone) == wanted


def test_an_hour_that_the_clock_repeats_is_two_windows_and_one_that_it_skips_is_none() -> None:
    autumn = [window.start for window in late_windows("1h", BERLIN, _at("2026-10-24T22:00Z"), _at("2026-10-25T23:00Z"))]
    spring = late_windows("1h", BERLIN, _at("2026-03-28T23:00Z"), _at("2026-03-29T22:00Z"))

    assert len(autumn) == LATE_WINDOWS_MAX
    assert [_wall(start, BERLIN).hour for start in autumn[:3]] == [1, 2, 2]
    assert [_wall(window.start, BERLIN).hour for window in spring[:4]] == [0, 1, 3, 4]
    assert len(spring) == 23


@pytest.mark.parametrize(("day", "hours"), [("2026-10-25", 25), ("2026-03-29", 23), ("2026-07-01", 24)])
def test_a_local_day_has_23_24_or_25_hours(day: str, hours: int) -> None:
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(BERLIN))

    start, end = window_of("1d", BERLIN, next_end("1d", BERLIN, noon))

    assert end - start == timedelta(hours=hours)
    assert _wall(start, BERLIN).date() == date.fromisoformat(day)


def test_half_an_hour_that_a_clock_repeats_or_skips_makes_a_window_longer_or_shorter() -> None:
    autumn = window_of("1h", "Australia/Lord_Howe", next_end("1h", "Australia/Lord_Howe", _at("2026-04-04T15:10Z")))
    spring = window_of("1h", "Australia/Lord_Howe", next_end("1h", "Australia/Lord_Howe", _at("2026-10-03T15:40Z")))

    assert autumn == (_at("2026-04-04T14:00Z"), _at("2026-04-04T15:30Z"))
    assert spring == (_at("2026-10-03T15:30Z"), _at("2026-10-03T16:00Z"))


def test_windows_are_aligned_to_the_clocks_of_zones_with_odd_quarters() -> None:
    assert latest_end("1h", "Asia/Kathmandu", _at("2026-06-01T12:00Z")) == _at("2026-06-01T11:15Z")
    assert latest_end("15m", "Asia/Kathmandu", _at("2026-06-01T12:00Z")) == _at("2026-06-01T12:00Z")
    assert latest_end("1d", "Pacific/Kiritimati", _at("2026-06-01T10:00Z")) == _at("2026-06-01T10:00Z")
    assert latest_end("7d", "Pacific/Kiritimati", _at("2026-06-01T10:00Z")) == _at("2026-05-31T10:00Z")


def test_late_windows_are_those_that_were_not_evaluated_and_only_the_last_24() -> None:
    at = _at("2026-06-01T12:34Z")

    assert late_windows("1h", "UTC", _at("2026-06-01T12:00Z"), at) == []
    assert late_windows("1h", "UTC", _at("2026-06-01T10:00Z"), at) == [
        (_at("2026-06-01T10:00Z"), _at("2026-06-01T11:00Z")),
        (_at("2026-06-01T11:00Z"), _at("2026-06-01T12:00Z")),
    ]
    many = late_windows("5m", "UTC", _at("2026-05-01T00:00Z"), at)
    assert len(many) == LATE_WINDOWS_MAX
    assert many[-1].end == _at("2026-06-01T12:30Z")
    assert all(one.end == other.start for one, other in pairwise(many))


def test_an_hour_that_was_skipped_a_week_before_has_no_window_to_compare_with() -> None:
    assert same_window_before("1h", BERLIN, _at("2026-04-05T01:00Z"), 1) is None
    assert same_window_before("1h", BERLIN, _at("2026-11-01T02:00Z"), 1) == (
        _at("2026-10-25T00:00Z"),  # the first of the two hours
        _at("2026-10-25T01:00Z"),
    )


def test_websites_are_spread_over_the_time_after_a_window() -> None:
    end = _at("2026-06-01T12:00Z")
    spread = {(due_at("1h", end, f"admx_{number}") - end).total_seconds() for number in range(500)}

    assert min(spread) >= 120
    assert max(spread) < 720
    assert len(spread) > 250
