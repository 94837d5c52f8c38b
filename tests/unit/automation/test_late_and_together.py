"""Alerts of different windows at once, values that stay unknown, and a report that is put off after it was sent."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import pytest

from pixel.automation import alert_values, measuring
from pixel.automation.alert_values import ROWS_MAX, ValuesUnavailableError, pool_windows, read_values
from pixel.aws.tables import Action, WriteRefusedError, deletion
from pixel.workspaces.alert_windows import Bounds
from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.models import checked
from pixel.workspaces.reports import REPORTS
from tests.environment import WORKSPACE_TABLE
from tests.unit.automation.world import WS, World, at

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


def test_a_query_asks_for_no_more_rows_than_a_response_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    queries: list[tuple[int, int]] = []

    def ask(_workspace_id: str, websites: Any, windows: Any, *_: Any) -> list[dict[str, Any]]:
        queries.append((len(websites), len(windows)))
        return []

    monkeypatch.setattr(alert_values, "_ask", ask)
    pool = pool_windows("1h", "UTC", at("2026-10-19T05:00:00+00:00"))
    read_values(WS, {f"admx_{number}": pool for number in range(100)}, "visitors", {})
    read_values(WS, {f"admx_{number}": pool[-1:] for number in range(250)}, "visitors", {})

    assert all(websites * windows <= ROWS_MAX for websites, windows in queries)
    assert sum(websites for websites, _ in queries) == 350
    assert queries[-3:] == [(100, 1), (100, 1), (50, 1)]


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


@pytest.mark.parametrize(("window", "at_the_latest"), [("5m", "06:35"), ("15m", "06:35"), ("1h", "07:15")])
@pytest.mark.parametrize("is_spilled", [True, False])
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


def test_alerts_of_a_website_without_a_name_are_told_by_its_domain(world: World) -> None:
    world.now = at("2026-10-19T05:30:00+00:00")
    world.value = lambda *_: 5.0
    world.add_website(name=None)
    world.add(ALERTS, window="1h", **{**_BELOW, "channel": "email", "recipients": ["ann@own.example"]})

    world.minutes(world.now, at("2026-10-19T06:30:00+00:00"))

    assert sum(world.mails.values()) == 1


def test_a_report_from_before_reports_were_sent_is_due_once_it_is_changed(world: World) -> None:
    world.now = at("2026-10-19T05:30:00+00:00")
    world.add_website()
    report_id = world.add(REPORTS, cadence="daily", channel="email", recipients=["ann@own.example"])
    [due] = world.items("DUE#REPORT#")
    world.database.transact(deletion(WORKSPACE_TABLE, {name: due[name] for name in ("workspace_id", "item")}, {}))
    REPORTS.update(world.store, WS, report_id, checked(REPORTS.changes, {"recipients": ["bob@own.example"]}))

    assert [found["due_at"] for found in world.items("DUE#REPORT#")] == [due["due_at"]]
