"""What is told of an alert is read from its record and its website, however old."""

from collections.abc import Mapping
from typing import Any

from pixel.workspaces.alerts import ALERTS
from tests.unit.automation.world import World, at

_BELOW: Mapping[str, Any] = {
    "metric": "visitors",
    "direction": "below",
    "threshold": 10,
    "min_volume": 0,
    "channel": "webhook",
}


def test_alerts_of_a_website_without_a_name_are_told_by_its_domain(world: World) -> None:
    world.now = at("2026-10-19T05:30:00+00:00")
    world.value = lambda *_: 5.0
    world.add_website(name=None)
    world.add(ALERTS, window="1h", **{**_BELOW, "channel": "email", "recipients": ["ann@own.example"]})

    world.minutes(world.now, at("2026-10-19T06:30:00+00:00"))

    assert sum(world.mails.values()) == 1
