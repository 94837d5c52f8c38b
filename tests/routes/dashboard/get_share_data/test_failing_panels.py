"""A panel that fails does not sink the others, and all of them together take no longer than eight seconds."""

import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from pixel.dashboard import questions
from tests.conftest import Output
from tests.local.tinybird.running import StandIn
from tests.routes.dashboard.dashboards import ask, session_of, share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("no_sleep")


def test_the_others_are_answered(tables: "DynamoDBServiceResource", warehouse: StandIn, output: Output) -> None:
    session = session_of(share(tables, f"ws_{uuid4().hex}"))
    warehouse.fault(path="/v0/pipes/p_geo*", status=503)

    reply = ask(session, panels="summary,countries,pages")

    data = reply.body["data"]
    assert (reply.status, data["failed"]) == (200, {"countries": "tinybird_error"})
    assert list(data["panels"]) == ["summary", "pages"]
    (line,) = output.logged("dashboard query failed")
    assert "503" in line["reason"]


def test_a_failure_is_not_kept(tables: "DynamoDBServiceResource", warehouse: StandIn, output: Output) -> None:
    session = session_of(share(tables, f"ws_{uuid4().hex}"))
    warehouse.fault(path="/v0/pipes/*", status=500)
    assert ask(session, panels="summary").body["data"]["failed"] == {"summary": "tinybird_error"}

    warehouse.call("DELETE", "/_faults", token=None)

    assert ask(session, panels="summary").body["data"]["failed"] == {}
    assert output.metric("TinybirdFailures") == 1


def test_time_runs_out_for_the_slow_ones_alone(
    tables: "DynamoDBServiceResource", warehouse: StandIn, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    monkeypatch.setattr(questions, "TOTAL_SECONDS", 0.7)
    session = session_of(share(tables, f"ws_{uuid4().hex}"))
    ask(session, panels="summary", compare="none")
    warehouse.fault(path="/v0/pipes/p_top_pages*", delay=1.5)
    started = time.monotonic()

    data = ask(session, panels="summary,pages", compare="none").body["data"]

    assert data["failed"] == {"pages": "tinybird_error"}
    assert list(data["panels"]) == ["summary"]
    assert time.monotonic() - started < 1.4
    assert output.logged("dashboard query failed")
