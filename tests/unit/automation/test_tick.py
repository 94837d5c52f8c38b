"""What is due is sent once a minute, the oldest first, and never in more copies than a queue has room for."""

import json
from typing import Any

import pytest

from pixel.automation import tick as module
from pixel.automation.tick import tick
from pixel.workspaces.due import due_attributes
from tests.conftest import Output
from tests.environment import WORKSPACE_TABLE
from tests.unit.automation.world import World, at

_NOW = "2026-10-25T01:00:00Z"


def _due(world: World, sort_key: str, when: str, workspace_id: str = "ws_1") -> None:
    key = {"workspace_id": workspace_id, "item": sort_key}
    world.database.put(WORKSPACE_TABLE, {**key, **due_attributes(sort_key, at(when))})


def _tick(time: str = _NOW) -> dict[str, Any]:
    return dict(tick({"time": time}, None))


def test_each_kind_goes_to_the_queue_of_those_that_do_it(world: World) -> None:
    for sort_key in ("DUE#ALERTS#admx_1", "DUE#REPORT#report_1", "MESSAGE#msg_1", "DELIVERY#dlv_1"):
        _due(world, sort_key, "2026-10-25T00:59:00Z")

    assert _tick() == {"due": 4, "alerts": 1, "messages": 2, "deliveries": 1}
    assert [json.loads(body)["item"] for body in world.take("messages")] == ["DUE#REPORT#report_1", "MESSAGE#msg_1"]
    assert json.loads(world.take("hooks")[0])["delivery_id"] == "dlv_1"
    assert json.loads(world.take("alerts")[0]) == {
        "workspace_id": "ws_1",
        "time": _NOW,
        "websites": [{"website_id": "admx_1", "due_at": "2026-10-25T00:59:00Z"}],
    }


@pytest.mark.parametrize(("when", "due"), [("2026-10-25T01:00:00Z", 1), ("2026-10-25T01:00:01Z", 0)])
def test_an_item_is_due_from_its_second_on(world: World, when: str, due: int) -> None:
    _due(world, "MESSAGE#msg_1", when)

    assert _tick()["due"] == due


def test_what_has_no_time_is_not_due(world: World) -> None:
    world.database.put(WORKSPACE_TABLE, {"workspace_id": "ws_1", "item": "MESSAGE#msg_1"})

    assert _tick()["due"] == 0


def test_the_oldest_is_sent_first(world: World) -> None:
    for minute in (5, 1, 9, 3):
        _due(world, f"MESSAGE#msg_{minute}", f"2026-10-25T00:0{minute}:00Z")

    _tick()

    sent = [json.loads(body)["item"] for body in world.take("messages")]
    assert sent == [f"MESSAGE#msg_{minute}" for minute in (1, 3, 5, 9)]


def test_a_hundred_websites_of_one_workspace_share_a_message(world: World) -> None:
    for number in range(150):
        _due(world, f"DUE#ALERTS#admx_{number}", "2026-10-25T00:00:00Z")
    _due(world, "DUE#ALERTS#admx_other", "2026-10-25T00:00:00Z", "ws_2")

    assert _tick()["alerts"] == 3
    named = [(body["workspace_id"], len(body["websites"])) for body in map(json.loads, world.take("alerts"))]
    assert sorted(named) == [("ws_1", 50), ("ws_1", 100), ("ws_2", 1)]


def test_copies_of_what_is_late_do_not_pile_up(world: World, monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    monkeypatch.setattr(module, "WAITING_MAX", 5)
    for number in range(8):
        _due(world, f"MESSAGE#msg_{number}", "2026-10-25T00:00:00Z")

    assert [_tick()["messages"] for _ in range(2)] == [5, 0]
    assert len(world.queues["messages"]) == 5
    assert output.metric("DueHeldBack") == 3 + 8


@pytest.mark.usefixtures("frozen")  # on 2026-03-04, at 05:06:10
@pytest.mark.parametrize(("time", "lag"), [("2026-03-04T05:06:00Z", 3_660.0), ("2026-10-25T01:00:00Z", 0.0)])
def test_how_late_is_measured_only_in_real_time(world: World, output: Output, time: str, lag: float) -> None:
    _due(world, "MESSAGE#msg_1", "2026-03-04T04:05:00Z")

    _tick(time)

    assert output.metric("AutomationLag") == lag
