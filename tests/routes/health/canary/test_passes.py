"""The canary finds what would make callers' tokens useless, before they do."""

import json
from collections.abc import Iterator

import pytest

from functions.health.canary.handler import handler
from pixel.foundation.clock import now
from pixel.health.outages import read_outages
from pixel.tinybird import checks
from pixel.tinybird.credentials import ADMIN_TOKEN, INGEST_TOKEN
from tests.conftest import Output, put_secret
from tests.local.tinybird.running import StandIn
from tests.routes.gateway import event
from tests.unit.foundation.misbehaving_server import MisbehavingServer, answer, close, running

pytestmark = pytest.mark.usefixtures("no_sleep")


def test_all_is_well(warehouse: StandIn, output: Output, sent: list[str]) -> None:
    rows = warehouse.sql("SELECT count() AS n FROM pageviews")
    sent.clear()

    result = handler(event("canary"), None)

    assert result == {"ingest": "ok", "tokens": "ok"}
    assert sent == ["GetParameter", "POST /v0/events", "GetParameter", "GET /v0/pipes/p_pixel_healthcheck.json"]
    assert output.metric("CanaryPasses") == 1
    assert warehouse.sql("SELECT count() AS n FROM pageviews") == rows


@pytest.mark.parametrize("body", [b"<html>fine</html>", b"[]", b"7", b"x" * 100_001])
def test_a_host_that_answers_200_to_anything_is_not_tinybird(
    warehouse: StandIn, monkeypatch: pytest.MonkeyPatch, server: MisbehavingServer, output: Output, body: bytes
) -> None:
    assert warehouse.url
    monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)
    server.will(answer(body, crc=None))

    assert handler(event("canary"), None) == {"ingest": "failed", "tokens": "failed"}
    assert output.metric("CanaryPasses") == 0


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with running() as server:
        yield server


def test_a_connection_that_died_while_the_container_was_frozen_is_no_failure(
    warehouse: StandIn, monkeypatch: pytest.MonkeyPatch, server: MisbehavingServer, output: Output
) -> None:
    assert warehouse.url
    monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)
    server.will(answer(b'{"quarantined_rows":0}', crc=None), close, answer(b'{"data":[]}', crc=None))

    assert handler(event("canary"), None) == {"ingest": "ok", "tokens": "ok"}
    assert output.metric("CanaryPasses") == 1


def _changed(token: str) -> str:
    return token[:-4] + "AAAA"


@pytest.mark.parametrize(
    ("wrong", "failed"),
    [
        ("admin token", {"tokens"}),
        ("admin token of another workspace", {"tokens"}),
        ("ingest token", {"ingest"}),
        ("ingest token in place of the admin token", {"tokens"}),
        ("workspace", {"ingest", "tokens"}),
        ("host", {"ingest", "tokens"}),
        ("no tokens", {"ingest", "tokens"}),
        ("slow", {"ingest", "tokens"}),
        ("down", {"ingest", "tokens"}),
    ],
)
def test_what_is_wrong_is_found(
    warehouse: StandIn, output: Output, monkeypatch: pytest.MonkeyPatch, wrong: str, failed: set[str]
) -> None:
    match wrong:
        case "admin token":
            put_secret(ADMIN_TOKEN, _changed(warehouse.admin_token))
        case "admin token of another workspace":
            put_secret(ADMIN_TOKEN, "p.eyJ1IjogIjEyMyJ9.signature")
        case "ingest token":
            put_secret(INGEST_TOKEN, _changed(warehouse.token("ingest")))
        case "ingest token in place of the admin token":
            put_secret(ADMIN_TOKEN, warehouse.token("ingest"))
        case "workspace":
            monkeypatch.setenv("PIXEL_TINYBIRD_WORKSPACE_ID", "99999999-2222-4333-8444-555555555555")
        case "host":
            monkeypatch.setenv("PIXEL_TINYBIRD_URL", "http://127.0.0.1:1")
        case "no tokens":
            monkeypatch.setenv("PIXEL_SECRETS_PATH", "/pixel/elsewhere")
        case "slow":
            hurry = checks._RETRY_POLICY._replace(response_seconds=0.2, total_seconds=0.2)
            monkeypatch.setattr(checks, "_RETRY_POLICY", hurry)
            warehouse.fault(path="/v0/*", status="hang")
        case "down":
            warehouse.fault(path="/v0/*", status=503)

    result = handler(event("canary"), None)

    assert {name for name, state in result.items() if state == "failed"} == failed
    assert output.metric("CanaryPasses") == 0
    assert {line["check"] for line in output.logged("check failed")} == failed
    assert warehouse.admin_token not in json.dumps(output.lines)


def test_a_failure_is_recorded_for_alerts_and_a_pass_is_not(warehouse: StandIn, output: Output) -> None:
    handler(event("canary"), None)
    assert read_outages() == []

    warehouse.fault(path="/v0/*", status=503)
    handler(event("canary"), None)

    [outage] = read_outages()
    assert outage.start < now() < outage.end
    assert not output.logged("the outage could not be recorded")
