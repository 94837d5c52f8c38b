"""Minutes in which clocks change: every message is the one that an oracle in plain Python expects, once.

`make test` goes through five days of them, `make thorough` and `make month` through thirty-one with two changes. The
oracle knows nothing of the code's calendar: it looks at each minute for what clocks show.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from pixel.workspaces.alert_windows import Bounds
from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.reports import REPORTS
from tests.thorough import depth
from tests.unit.automation.world import World, at

_DAYS = depth("MONTH_DAYS", usual=5, thorough=31)
_MADE = at("2026-10-21T00:00:00+00:00")  # the clocks of Berlin change on the 25th, those of New York a week later
_END = _MADE + timedelta(days=_DAYS)
_ZONES = {"admx_berlin": "Europe/Berlin", "admx_york": "America/New_York", "admx_delhi": "Asia/Kolkata"}
_THRESHOLD, _CLEAR, _FOR, _RECOVER, _COOLDOWN = 10, 0.1, 2, 2, 700
_MINUTES = {"15m": 15, "1h": 60, "1d": 0}


class _Expected(NamedTuple):
    """A message that somebody must get: the record, what happened, and when the window or the period ended."""

    record_id: str
    transition: str
    at: str


def _value(website_id: str, _metric: str, bounds: Bounds) -> float:
    """Return few visitors in some blocks of five hours, and many else."""
    block = int(bounds.start.timestamp()) // 18_000
    is_low = Random(f"{website_id} {block}").random() < 0.25
    noise = Random(f"{website_id} {bounds.start}").randrange(3)
    return (4 if is_low else 20) + noise


def _minutes() -> Iterator[datetime]:
    minute = _MADE
    while minute < _END:
        yield minute
        minute += timedelta(minutes=1)


def _ends(zone: str, window: str) -> Iterator[datetime]:
    """Yield the instants at which a window ends: those at which clocks begin to show a full one."""
    shown = None
    for minute in _minutes():
        local = minute.astimezone(ZoneInfo(zone))
        step = local.date() if window == "1d" else (local.utcoffset(), local.date(), _slot(local, window))
        if shown is not None and step != shown:
            yield minute
        shown = step


def _slot(local: datetime, window: str) -> int:
    return (local.hour * 60 + local.minute) // _MINUTES[window]


def _expected_of_alert(alert_id: str, website_id: str, window: str) -> Iterator[_Expected]:
    """Yield the messages by the sentences of the documents, window by window."""
    ends = list(_ends(_ZONES[website_id], window))
    breaches = clears = 0
    fires, told, last_fired = False, False, None
    for place, end in enumerate(ends):
        start = ends[place - 1] if place else _start_of_first(_ZONES[website_id], window, end)
        value = _value(website_id, "visitors", Bounds(start, end))
        if value < _THRESHOLD:
            breaches, clears = breaches + 1, 0
        elif value >= _THRESHOLD * (1 + _CLEAR):
            breaches, clears = 0, clears + 1
        else:
            breaches = clears = 0
        fires = fires or breaches >= _FOR
        has_cooled = last_fired is None or end - last_fired >= timedelta(minutes=_COOLDOWN)
        if breaches and fires and not told and has_cooled:
            told, last_fired = True, end
            yield _Expected(alert_id, "fired", _iso(end))
        elif fires and clears >= _RECOVER:
            fires = False
            if told:
                yield _Expected(alert_id, "recovered", _iso(end))
            told = False


def _start_of_first(zone: str, window: str, end: datetime) -> datetime:
    """Return where the first window began, which was before the month."""
    if window != "1d":
        return end - timedelta(minutes=_MINUTES[window])
    day = end.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    return datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).astimezone(end.tzinfo)


def _expected_of_report(report_id: str, zone: str, cadence: str, time: str, weekday: int) -> Iterator[_Expected]:
    """Yield a message for each time at which clocks first show the report's time on its day."""
    days = set()
    for minute in _minutes():
        local = minute.astimezone(ZoneInfo(zone))
        is_day = cadence == "daily" or local.isoweekday() == weekday
        if minute > _MADE and f"{local:%H:%M}" == time and is_day and local.date() not in days:
            days.add(local.date())
            length = 1 if cadence == "daily" else 7
            last = local.date() if cadence == "daily" else local.date() - timedelta(days=local.weekday())
            yield _Expected(report_id, "ready", f"{cadence} {last - timedelta(days=length)}")


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _set_up(world: World) -> set[_Expected]:
    """Create alerts and reports, and return what they are expected to tell."""
    world.now = _MADE
    world.value = _value
    expected: set[_Expected] = set()
    for website_id, zone in _ZONES.items():
        world.add_website(website_id, timezone=zone)
        for window in ("1h", "1d", *(["15m"] if website_id == "admx_berlin" else [])):
            alert_id = f"alert_{website_id}_{window}"
            world.add(
                ALERTS,
                website_id=website_id,
                record_id=alert_id,
                **_alert(window),
            )
            expected |= set(_expected_of_alert(alert_id, website_id, window))
        for cadence, time, weekday in (("daily", "02:30", 1), ("weekly", "07:00", 3)):
            report_id = f"report_{website_id}_{cadence}"
            given = {"cadence": cadence, "at": time, "weekday": weekday}
            recipients = {"channel": "email", "recipients": ["ann@own.example"]}
            world.add(REPORTS, website_id=website_id, record_id=report_id, **given, **recipients)
            expected |= set(_expected_of_report(report_id, zone, cadence, time, weekday))
    return expected


def _alert(window: str) -> dict[str, Any]:
    return {
        "metric": "visitors",
        "direction": "below",
        "threshold": _THRESHOLD,
        "clear": _CLEAR,
        "for": _FOR,
        "recover": _RECOVER,
        "cooldown_minutes": _COOLDOWN,
        "window": window,
        "channel": "email",
        "recipients": ["ann@own.example"],
    }


@pytest.mark.timeout(600)
def test_each_minute_tells_what_the_oracle_expects_and_nothing_twice(world: World) -> None:
    expected = _set_up(world)

    world.minutes(_MADE, _END + timedelta(minutes=70))

    told = [message for message in world.items("MESSAGE#") if message["kind"] in ("alert", "report")]
    by_mail = Counter(
        _Expected(message["record_id"], message["transition"], message["at"])
        for message in told
        if message["channel"] == "email" and (message["kind"] == "report" or message["at"] < _iso(_END))
    )
    assert set(by_mail) == expected
    assert set(by_mail.values()) == {1}
    assert {message["state"] for message in told if message["channel"] == "email"} == {"sent"}
    assert set(world.mails.values()) == {1}
    kinds = Counter(one.transition for one in expected)
    assert kinds["fired"] > _DAYS
    assert kinds["recovered"] > _DAYS
    assert kinds["ready"] >= 3 * (_DAYS + _DAYS // 7)
