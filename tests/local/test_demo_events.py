"""The demo's traffic is sent once, and what the warehouse refuses is said."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from local.demo import events
from local.demo.traffic.rows import Row
from local.demo.traffic.sites import Site
from local.demo.traffic.visits import generate
from local.tinybird.warehouse import Warehouse, WarehouseError
from tests.local.tinybird.running import REPOSITORY, StandIn


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with StandIn(tmp_path, "--quiet", project=REPOSITORY / "tinybird") as stand_in:
        known, ingest_token = stand_in.tokens, stand_in.token("ingest")
        yield Warehouse(stand_in.url, known["workspace_id"], known["admin_token"], ingest_token, process=None)


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Have a few pageviews in place of three weeks of them, and return their rows once they are made up."""
    rows: list[Row] = []

    def few(end: datetime) -> list[Row]:
        rows[:] = generate(Site("ws_demo", "admx_demo", "demo.example.com"), seed=1, end=end, days=2, pageviews=40)
        return rows

    monkeypatch.setattr(events, "demo_rows", few)
    return rows


def test_rows_of_all_kinds_are_sent_once(warehouse: Warehouse, sent: list[Row]) -> None:
    assert events.load(warehouse, "ws_demo") == len(sent) > 40
    assert events.load(warehouse, "ws_demo") == 0


def test_a_refusal_is_raised(warehouse: Warehouse) -> None:
    with pytest.raises(WarehouseError, match=r"refuses the demo's rows with status 403"):
        events.load(warehouse._replace(ingest_token="p.wrong"), "ws_demo")
