"""Whoever gets mail is told of a destination that was disabled."""

from collections.abc import Mapping
from typing import Any

from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.reports import REPORTS
from tests.unit.automation.world import World, at

_BELOW: Mapping[str, Any] = {
    "metric": "visitors",
    "direction": "below",
    "threshold": 10,
    "min_volume": 0,
    "channel": "webhook",
}


def test_mail_tells_of_a_destination_that_was_disabled(world: World) -> None:
    """Else nobody would know, where Slack is the only destination."""
    world.now = at("2026-10-19T05:30:00+00:00")
    world.value = lambda *_: 5.0
    world.add_website(timezone="UTC")
    world.add_destination("#sales", "slack")
    world.hook_status = lambda _url: 404
    to_slack = {**_BELOW, "channel": "slack", "recipients": ["#sales"]}
    world.add(ALERTS, window="1h", **to_slack)
    weekly: dict[str, Any] = {"cadence": "weekly", "weekday": 3, "channel": "email"}
    world.add(REPORTS, recipients=["ann@own.example", "bob@own.example"], **weekly)

    world.minutes(world.now, at("2026-10-19T06:30:00+00:00"))

    assert [item["enabled"] for item in world.items("DEST#")] == [False]
    assert sum(world.mails.values()) == 2
