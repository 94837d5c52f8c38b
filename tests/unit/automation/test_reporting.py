"""A report is sent once for each period, also if its time is put off, and older ones become due."""

from typing import Any

from pixel.aws.tables import deletion
from pixel.workspaces.models import checked
from pixel.workspaces.reports import REPORTS
from tests.environment import WORKSPACE_TABLE
from tests.unit.automation.world import WS, World, at


def test_a_report_that_is_put_off_on_its_day_is_sent_once(world: World) -> None:
    world.now = at("2026-10-19T05:30:00+00:00")
    world.add_website(timezone="UTC")
    weekly: dict[str, Any] = {"cadence": "weekly", "at": "06:00", "channel": "email", "recipients": ["ann@own.example"]}
    report_id = world.add(REPORTS, **weekly)
    world.minutes(world.now, at("2026-10-19T06:30:00+00:00"))
    world.now = at("2026-10-19T06:40:00+00:00")
    REPORTS.update(world.store, WS, report_id, checked(REPORTS.changes, {"at": "08:00"}))
    world.minutes(world.now, at("2026-10-19T08:10:00+00:00"))

    [due] = world.items("DUE#REPORT#")
    assert due["due_at"] == "2026-10-26T08:00:00Z"
    assert sum(world.mails.values()) == 1

    world.minutes(at("2026-10-26T07:59:00+00:00"), at("2026-10-26T08:05:00+00:00"))
    assert sum(world.mails.values()) == 2


def test_a_report_from_before_reports_were_sent_is_due_once_it_is_changed(world: World) -> None:
    world.now = at("2026-10-19T05:30:00+00:00")
    world.add_website()
    report_id = world.add(REPORTS, cadence="daily", channel="email", recipients=["ann@own.example"])
    [due] = world.items("DUE#REPORT#")
    world.database.transact(deletion(WORKSPACE_TABLE, {name: due[name] for name in ("workspace_id", "item")}, {}))
    REPORTS.update(world.store, WS, report_id, checked(REPORTS.changes, {"recipients": ["bob@own.example"]}))

    assert [found["due_at"] for found in world.items("DUE#REPORT#")] == [due["due_at"]]
