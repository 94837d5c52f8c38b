"""Windows are judged although others write, and an alert that looks at something else begins anew."""

from collections.abc import Mapping
from typing import Any

import pytest

from pixel.aws.tables import Action, WriteRefusedError
from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.models import checked
from tests.unit.automation.world import WS, World, at

_BELOW: Mapping[str, Any] = {
    "metric": "visitors",
    "direction": "below",
    "threshold": 10,
    "min_volume": 0,
    "channel": "webhook",
}


def test_windows_that_another_write_kept_from_being_judged_are_judged_a_minute_later(
    monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    world.now = at("2026-10-19T00:30:00+00:00")
    world.value = lambda *_: 5.0
    world.add_website(timezone="UTC")
    world.add_destination("Backup")
    world.add(ALERTS, window="1d", **_BELOW)
    transact, refusals = world.database.transact, [WriteRefusedError([])]

    def meet_another(*actions: Action) -> None:
        if refusals and any("ALERT#" in str(action.get("Update", {}).get("Key")) for action in actions):
            raise refusals.pop()
        transact(*actions)

    monkeypatch.setattr(world.database, "transact", meet_another)
    world.minutes(world.now, at("2026-10-20T01:10:00+00:00"))

    assert not refusals
    assert [body["type"] for body in world.hook_bodies] == ["alert.fired"]


def test_an_alert_that_looks_at_something_else_begins_anew(world: World) -> None:
    """What it fired of before neither ends nor keeps it from firing, and what was usual is worked out again."""
    world.now = at("2026-10-19T05:30:00+00:00")
    world.value = lambda *_: 5.0
    world.add_website(timezone="UTC")
    world.add_destination("Backup")
    alert_id = world.add(ALERTS, window="1h", **_BELOW)
    world.minutes(world.now, at("2026-10-19T06:30:00+00:00"))
    ALERTS.update(world.store, WS, alert_id, checked(ALERTS.changes, {"metric": "pageviews"}))
    world.minutes(world.now, at("2026-10-19T07:30:00+00:00"))

    assert [(body["type"], body["data"]["metric"]) for body in world.hook_bodies] == [
        ("alert.fired", "visitors"),
        ("alert.fired", "pageviews"),
    ]
