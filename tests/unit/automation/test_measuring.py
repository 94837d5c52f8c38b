"""Alerts of one length of window share a query, and values that stay unknown are told of in time."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import pytest

from pixel.automation import alert_values, measuring
from pixel.automation.alert_values import ValuesUnavailableError
from pixel.workspaces.alert_windows import Bounds
from pixel.workspaces.alerts import ALERTS
from tests.thorough import some_of
from tests.unit.automation.world import World, at

_BELOW: Mapping[str, Any] = {
    "metric": "visitors",
    "direction": "below",
    "threshold": 10,
    "min_volume": 0,
    "channel": "webhook",
}


def test_alerts_of_different_windows_share_no_query(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """A query tells windows apart by their starts: of two that begin together, one would get what is in both."""
    world.now = at("2026-10-19T05:30:00+00:00")
    world.value = lambda *_: 100.0
    world.add_website(timezone="UTC")
    for window in ("5m", "15m", "1h"):
        world.add(ALERTS, window=window, **_BELOW)
    asked: list[list[Bounds]] = []
    read = alert_values.read_values

    def note(workspace_id: str, windows: Mapping[str, Iterable[Bounds]], *more: Any) -> Any:
        asked.extend(sorted(some) for some in windows.values())
        return read(workspace_id, windows, *more)

    monkeypatch.setattr(measuring, "read_values", note)
    world.minute(at("2026-10-19T08:15:00+00:00"))  # after a stop

    assert len(asked) == 3
    assert all(one.end <= other.start for some in asked for one, other in pairwise(some))


@pytest.mark.parametrize(
    ("window", "at_the_latest", "is_spilled"),
    some_of(
        [
            ("5m", "06:35", True),
            ("5m", "06:35", False),
            ("15m", "06:35", True),
            ("15m", "06:35", False),
            ("1h", "07:15", True),
            ("1h", "07:15", False),
        ],
        usual=2,
    ),
)
def test_values_that_stay_unknown_are_told_of_after_six_hours(
    world: World, window: str, at_the_latest: str, *, is_spilled: bool
) -> None:
    """Of short windows only the last two hours are looked at, so that none of them is ever six hours old."""

    def unavailable(*_: object) -> float:
        raise ValuesUnavailableError("no answer")

    world.now = at("2026-10-19T00:30:00+00:00")
    world.value = (lambda *_: 100.0) if is_spilled else unavailable
    world.spilled = int(is_spilled)
    world.add_website(timezone="UTC")
    world.add_destination("Backup")
    world.add(ALERTS, window=window, **_BELOW)

    world.minutes(world.now, at("2026-10-19T06:25:00+00:00"))
    assert not world.hook_bodies

    world.minutes(at("2026-10-19T06:26:00+00:00"), at(f"2026-10-19T{at_the_latest}:00+00:00"))
    world.minutes(at("2026-10-19T12:00:00+00:00"), at("2026-10-19T12:20:00+00:00"))
    assert [body["type"] for body in world.hook_bodies] == ["alert.missing"]
