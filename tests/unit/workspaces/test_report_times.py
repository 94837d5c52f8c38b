"""Reports are sent at the local time that was asked for, about the local period that has ended."""

from datetime import UTC, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.workspaces.report_times import next_at, period_of
from pixel.workspaces.vocabulary import Cadence
from tests.unit.workspaces.clock_changes import ClockChange, near_a_change

CADENCES: tuple[Cadence, ...] = get_args(Cadence)
BERLIN = "Europe/Berlin"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _wall(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(
    place=near_a_change(days=40),
    cadence=st.sampled_from(CADENCES),
    minute=st.integers(0, 1439),
    weekday=st.integers(1, 7),
)
def test_reports_come_in_order_at_the_local_time_that_was_asked_for(
    place: tuple[ClockChange, datetime], cadence: Cadence, minute: int, weekday: int
) -> None:
    (change, after), at = place, f"{minute // 60:02}:{minute % 60:02}"
    sent = [after]
    for _ in range(4):
        sent.append(next_at(cadence, at, weekday, change.zone, sent[-1]))

    assert sent == sorted(set(sent))
    for one in sent[1:]:
        wall = _wall(one, change.zone)
        if wall.time() != time.fromisoformat(at):
            shown = (one + change.before).replace(tzinfo=None)
            wanted = datetime.combine(shown.date(), time.fromisoformat(at))
            # The wanted time is in a gap, after which this is the first instant.
            assert _wall(one - timedelta(seconds=1), change.zone) < wanted < wall
            wall = wanted
        assert one == _first_with(wall, one, change.zone)
        assert cadence != "weekly" or wall.isoweekday() == weekday
        assert cadence != "monthly" or wall.day == 1


def _first_with(wall: datetime, found: datetime, zone: str) -> datetime:
    """Return the first instant of the day around `found` at which clocks show a time, or `found` if there is none."""
    shifts = {found - timedelta(hours=hours) for hours in range(-3, 4)}
    offsets = {one.astimezone(ZoneInfo(zone)).utcoffset() for one in shifts}
    candidates = [(wall - offset).replace(tzinfo=UTC) for offset in offsets if offset is not None]
    return min((one for one in candidates if _wall(one, zone) == wall), default=found)


@given(
    place=near_a_change(days=40),
    cadence=st.sampled_from(CADENCES),
    minute=st.integers(0, 1439),
    weekday=st.integers(1, 7),
)
def test_periods_touch_each_other_and_each_is_reported_once(
    place: tuple[ClockChange, datetime], cadence: Cadence, minute: int, weekday: int
) -> None:
    (change, after), at = place, f"{minute // 60:02}:{minute % 60:02}"
    first = next_at(cadence, at, weekday, change.zone, after)
    second = next_at(cadence, at, weekday, change.zone, first)

    earlier, later = (period_of(cadence, change.zone, sent, at) for sent in (first, second))

    assert earlier.end == later.start
    assert (later.before_start, later.before_end) == (earlier.start, earlier.end)
    assert earlier.start < earlier.end <= first
    assert earlier.label != later.label
    most = {"daily": 1, "weekly": 7, "monthly": 1}[cadence]
    assert first - earlier.end < timedelta(days=most, hours=3)


def test_matomo_5873_and_7658_a_report_at_seven_is_sent_at_seven_in_summer_too() -> None:
    """There, reports were sent an hour late while summer time lasted."""
    sent, at = [], _at("2026-03-27T12:00Z")
    for _ in range(4):
        at = next_at("daily", "07:00", 1, BERLIN, at)
        sent.append(at)

    assert sent == [_at(f"2026-03-{day}") for day in ("28T06:00Z", "29T05:00Z", "30T05:00Z", "31T05:00Z")]
    assert next_at("daily", "07:00", 1, BERLIN, _at("2026-10-24T05:00Z")) == _at("2026-10-25T06:00Z")
    assert next_at("monthly", "07:00", 1, BERLIN, _at("2026-03-01T06:00Z")) == _at("2026-04-01T05:00Z")
    assert next_at("weekly", "07:00", 1, BERLIN, _at("2026-03-23T06:00Z")) == _at("2026-03-30T05:00Z")


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Auckland", "Pacific/Kiritimati", "Australia/Sydney"])
def test_matomo_24980_a_weekly_report_is_sent_on_its_own_day_east_of_greenwich(zone: str) -> None:
    """There, reports of websites east of Greenwich were sent a day late."""
    monday = datetime(2026, 6, 8, 7, tzinfo=ZoneInfo(zone))

    sent = next_at("weekly", "07:00", 1, zone, monday - timedelta(days=1))
    period = period_of("weekly", zone, sent)

    assert sent == monday
    assert (_wall(period.start, zone), _wall(period.end, zone)) == (
        datetime.fromisoformat("2026-06-01"),
        datetime.fromisoformat("2026-06-08"),
    )
    assert period.label == "2026-06-01"
    first = datetime(2026, 7, 1, 7, tzinfo=ZoneInfo(zone))
    assert next_at("monthly", "07:00", 1, zone, first - timedelta(hours=8)) == first
    assert period_of("monthly", zone, first).label == "2026-06"


def test_a_time_that_the_clock_skips_is_right_after_the_gap_and_one_that_it_repeats_is_the_first() -> None:
    assert next_at("daily", "02:30", 1, BERLIN, _at("2026-03-28T12:00Z")) == _at("2026-03-29T01:00Z")
    assert next_at("daily", "02:30", 1, BERLIN, _at("2026-10-24T12:00Z")) == _at("2026-10-25T00:30Z")
    assert next_at("daily", "02:30", 1, BERLIN, _at("2026-10-25T00:30Z")) == _at("2026-10-26T01:30Z")


def test_a_report_whose_time_is_skipped_until_midnight_is_about_the_same_day_as_ever() -> None:
    sent = next_at("daily", "23:30", 1, "America/Nuuk", _at("2026-03-28T12:00Z"))

    assert _wall(sent, "America/Nuuk") == datetime.fromisoformat("2026-03-29")
    assert period_of("daily", "America/Nuuk", sent, "23:30").label == "2026-03-27"
    assert period_of("daily", "America/Nuuk", sent, "00:00").label == "2026-03-28"


@pytest.mark.parametrize(("day", "hours"), [("2026-10-26", 25), ("2026-03-30", 23), ("2026-07-01", 24)])
def test_a_daily_period_has_the_hours_of_its_day_and_is_compared_with_the_day_before(day: str, hours: int) -> None:
    sent = datetime.fromisoformat(f"{day}T07:00").replace(tzinfo=ZoneInfo(BERLIN))

    period = period_of("daily", BERLIN, sent)

    assert period.end - period.start == timedelta(hours=hours)
    assert period.before_end == period.start
    assert _wall(period.before_start, BERLIN) == _wall(period.start, BERLIN) - timedelta(days=1)


def test_a_weekly_report_is_about_monday_to_sunday_on_whatever_day_it_is_sent() -> None:
    labels = {
        period_of("weekly", BERLIN, next_at("weekly", "07:00", day, BERLIN, _at("2026-06-07T22:00Z"))).label
        for day in range(1, 8)
    }

    assert labels == {"2026-06-01"}
