"""POST /alerts/preview judges windows of the past as the alert would have done, and keeps nothing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from pixel.foundation.clock import now
from pixel.health.outages import record_failure
from pixel.workspaces.alert_kind import ALERT
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import append
from tests.routes.workspace.managed import Client, client_of, data_of, new_website, rows_of

pytestmark = pytest.mark.usefixtures("warehouse", "output", "no_sleep")

_DAYS = 100
_USUAL, _MANY = 30, 300


@pytest.fixture
def client(tables: object) -> Client:
    return client_of(f"ws_{uuid4().hex[:20]}")


@pytest.fixture
def website_id(client: Client, warehouse: StandIn) -> str:
    """Return a website with 30 pageviews a day, and ten times as many yesterday."""
    website_id = new_website(client)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = []
    for days_ago in range(1, _DAYS + 1):
        number = _MANY if days_ago == 1 else _USUAL + days_ago % 3
        for place in range(number):
            at = today - timedelta(days=days_ago) + timedelta(minutes=place)
            stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            rows.append(
                {
                    "workspace_id": client.caller.workspace_id,
                    "website_id": website_id,
                    "event_id": f"{days_ago}-{place}",
                    "visitor_id": f"v{place}",
                    "timestamp": stamp,
                    "received_at": stamp,
                    "path": "/" if place % 2 else "/pricing",
                }
            )
    append(warehouse, "pageviews", *map(json.dumps, rows))
    return website_id


def _preview(client: Client, **body: Any) -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = data_of(client.send("preview_alert", body=body))["points"]
    return points


def test_a_threshold_is_crossed_by_the_day_that_crosses_it(client: Client, website_id: str) -> None:
    points = _preview(
        client, website_id=website_id, metric="pageviews", threshold=100, window="1d", windows=5, channel="email"
    )

    assert [point["value"] for point in points] == [_USUAL + days_ago % 3 for days_ago in (5, 4, 3, 2)] + [_MANY]
    assert [point["would_fire"] for point in points] == [False] * 4 + [True]
    assert [point["state"] for point in points] == ["ok"] * 4 + ["firing"]
    assert points[-1] == {
        "at": f"{now():%Y-%m-%dT00:00:00Z}",
        "value": _MANY,
        "expected": 100,
        "score": None,
        "verdict": "breach",
        "would_fire": True,
        "state": "firing",
    }
    assert rows_of(client.list(ALERT)) == []


def test_an_anomaly_is_found_beside_the_same_day_of_earlier_weeks(client: Client, website_id: str) -> None:
    body = {"website_id": website_id, "metric": "pageviews", "kind": "anomaly", "window": "1d", "windows": 7}

    points = _preview(client, **body, **{"for": 1})

    assert [point["verdict"] for point in points] == ["clear"] * 6 + ["breach"]
    assert all(30 <= point["expected"] <= 32 for point in points)
    assert points[-1]["score"] > 8
    assert [point["would_fire"] for point in points] == [False] * 6 + [True]
    # One day is not enough unless the alert says so.
    assert not any(point["would_fire"] for point in _preview(client, **body))


def test_a_change_is_one_beside_the_week_before(client: Client, website_id: str) -> None:
    points = _preview(
        client,
        website_id=website_id,
        metric="pageviews",
        kind="change",
        threshold=0.5,
        window="1d",
        windows=2,
        filters={"path": "/pricing"},
    )

    assert [point["value"] for point in points] == [_USUAL / 2 + 1, _MANY / 2]
    assert points[-1]["score"] == pytest.approx((_MANY / 2 - points[-1]["expected"]) / points[-1]["expected"], abs=1e-4)
    assert points[-1]["would_fire"]


def test_a_rate_of_few_sessions_and_a_site_without_a_past_are_not_judged(client: Client, website_id: str) -> None:
    few = _preview(
        client, website_id=website_id, metric="bounce_rate", threshold=0.5, min_volume=400, window="1d", windows=3
    )
    new = _preview(client, website_id=new_website(client, "new.example.com"), metric="visitors", kind="anomaly")

    assert [point["verdict"] for point in few] == ["missing"] * 3
    assert len(new) == 168
    assert {(point["verdict"], point["value"], point["state"]) for point in new} == {("learning", 0, "learning")}


def test_a_window_in_an_outage_is_not_judged(client: Client, website_id: str) -> None:
    yesterday = now().replace(hour=12) - timedelta(days=1)
    record_failure(yesterday)

    points = _preview(client, website_id=website_id, metric="pageviews", threshold=100, window="1d", windows=2)

    assert [point["verdict"] for point in points] == ["clear", "missing"]
    assert points[-1]["value"] is None
    assert not points[-1]["would_fire"]


@pytest.mark.parametrize("window", ["5m", "15m", "1h", "1d", "7d"])
def test_every_window_takes_one_query(client: Client, website_id: str, window: str, sent: list[str]) -> None:
    sent.clear()

    points = _preview(client, website_id=website_id, metric="visitors", kind="anomaly", window=window)

    assert len(points) == 168
    assert [one for one in sent if one.startswith("GET /v0")] == ["GET /v0/pipes/i_alert_values.json"]
