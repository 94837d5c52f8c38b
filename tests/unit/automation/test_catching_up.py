"""Alerts and reports of before anything was due become due, once, and nothing else changes."""

from typing import Any

from pixel.automation.catching_up import catch_up
from pixel.aws import tables
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.reports import REPORTS
from tests.environment import WORKSPACE_TABLE
from tests.unit.automation.world import WS, World, at

_ALERT: dict[str, Any] = {"metric": "visitors", "threshold": 10, "channel": "webhook", "window": "1h"}
_REPORT: dict[str, Any] = {"cadence": "daily", "channel": "email", "recipients": ["ann@elsewhere.example"]}


def _stored_before(world: World) -> None:
    """Store records as they were before any was due: without due items, and without the fields that came with these."""
    world.now = at("2026-10-19T05:30:00+00:00")
    world.add_website()
    world.add(ALERTS, record_id="alert_1", **_ALERT)
    world.add(REPORTS, record_id="report_1", **_REPORT)
    world.forget_what_is_due()
    for item in world.items("MESSAGE#"):
        key = {"workspace_id": WS, "item": item["item"]}
        world.database.transact(tables.deletion(WORKSPACE_TABLE, key, {}))
    for kind, identifier in ((ALERT, "alert_1"), (REPORT, "report_1")):
        kept = ("workspace_id", "item", "id", "website_id", "created_at", "metric", "threshold", "cadence", "channel")
        stored = world.database.get(WORKSPACE_TABLE, kind.key(WS, identifier))
        assert stored is not None
        old = {name: value for name, value in stored.items() if name in (*kept, "recipients")}
        world.database.put(WORKSPACE_TABLE, old)


def test_what_is_due_at_no_time_becomes_due(world: World) -> None:
    _stored_before(world)

    assert catch_up({}, None) == {"made_due": 2}
    due = {item["item"]: item["due_at"] for item in world.items("DUE#")}
    assert due.keys() == {"DUE#ALERTS#admx_1", "DUE#REPORT#report_1"}
    assert due["DUE#REPORT#report_1"] == "2026-10-20T05:00:00Z"
    assert world.items("MESSAGE#") == []  # nobody is asked again whether he wants mail
    assert catch_up({}, None) == {"made_due": 0}
    assert {item["item"]: item["due_at"] for item in world.items("DUE#")} == due


def test_old_records_are_judged_and_sent_then(world: World) -> None:
    _stored_before(world)
    world.value = lambda *_: 50.0

    catch_up({}, None)
    world.minutes(at("2026-10-19T05:31:00+00:00"), at("2026-10-20T05:30:00+00:00"))

    alert = world.database.get(WORKSPACE_TABLE, ALERT.key(WS, "alert_1"))
    assert alert is not None
    assert ALERT.to_record(alert)["state"] == "firing"
    assert {message["kind"] for message in world.items("MESSAGE#")} == {"alert", "report", "confirm"}


def test_what_is_disabled_or_deleted_stays_as_it_is(world: World) -> None:
    _stored_before(world)
    report = world.database.get(WORKSPACE_TABLE, REPORT.key(WS, "report_1"))
    alert = world.database.get(WORKSPACE_TABLE, ALERT.key(WS, "alert_1"))
    assert report is not None
    assert alert is not None
    world.database.put(WORKSPACE_TABLE, {**report, "enabled": False})
    world.database.put(WORKSPACE_TABLE, {**alert, "deleted_at": "2026-10-01T00:00:00Z"})

    assert catch_up({}, None) == {"made_due": 0}
