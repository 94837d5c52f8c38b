"""Where Tinybird fails, the caller learns that it does and no more, and the log says why."""

import pytest

from functions.reports.query_pipe.handler import handler
from pixel.auth.caller import Caller
from pixel.aws import secrets
from pixel.foundation import container
from pixel.reports import responses as reports
from pixel.tinybird.credentials import ADMIN_TOKEN
from tests.conftest import Output, put_secret
from tests.environment import ERRORS_PAGE_URL
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import asking
from tests.routes.gateway import Reply, event, send
from tests.template import document
from tests.unit.foundation.misbehaving_server import answer, running

_MESSAGE = (
    "The warehouse is not responding as expected; try again in a minute, and quote the request id if it persists."
)

pytestmark = pytest.mark.usefixtures("output", "no_sleep")


def _query(caller: Caller) -> Reply:
    return send(handler, asking("query_pipe", caller, {"pipe": "p_geo"}))


def _assert_failed(reply: Reply, output: Output, reason: str) -> None:
    assert reply.status == 503
    assert reply.body == {
        "error": {"code": "tinybird_error", "message": _MESSAGE, "docs_url": f"{ERRORS_PAGE_URL}#tinybird_error"},
        "meta": {"request_id": f"req_{event('query_pipe')['requestContext']['requestId']}"},
    }
    assert reply.headers["X-RateLimit-Remaining"] == "59"
    (line,) = output.logged("tinybird request failed")
    assert reason in line["reason"]
    assert output.metric("TinybirdFailures") == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_after_the_attempts_it_has(
    caller: Caller, warehouse: StandIn, output: Output, sent: list[str], status: int
) -> None:
    warehouse.fault(path="/v0/pipes/*", status=status)

    _assert_failed(_query(caller), output, f"status {status}")
    assert sent.count("GET /v0/pipes/p_geo.json") == 3


def test_a_fault_that_passes_is_not_seen(caller: Caller, warehouse: StandIn) -> None:
    warehouse.fault(path="/v0/pipes/*", status=503, count=2)

    assert _query(caller).status == 200


def test_a_connection_that_is_reset_is_not_seen(caller: Caller, warehouse: StandIn) -> None:
    warehouse.fault(path="/v0/pipes/*", status="reset", count=1)

    assert _query(caller).status == 200


def test_an_answer_that_never_comes(
    caller: Caller, warehouse: StandIn, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "_RETRY_POLICY", reports._RETRY_POLICY._replace(response_seconds=0.2))
    warehouse.fault(path="/v0/pipes/*", status="hang")

    _assert_failed(_query(caller), output, "GET: ResponseTimeoutError")


def test_patience_ends_before_the_function_does() -> None:
    patience = reports._RETRY_POLICY

    assert patience.response_seconds <= patience.total_seconds < document.properties("QueryPipeFunction")["Timeout"]


@pytest.mark.parametrize("status", [403, 404, 408])
def test_a_refusal_that_is_not_about_the_parameters(
    caller: Caller, warehouse: StandIn, output: Output, status: int
) -> None:
    warehouse.fault(path="/v0/pipes/*", status=status)

    _assert_failed(_query(caller), output, f"status {status}")


@pytest.mark.parametrize("body", [b"<html>fine</html>", b"[]", b'{"data":[]}', b"\xff"])
@pytest.mark.usefixtures("warehouse")
def test_an_answer_that_is_not_a_pipe_s(
    caller: Caller, output: Output, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    with running() as server:
        server.will(answer(body, crc=None))
        monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)

        _assert_failed(_query(caller), output, "the response is not")


def test_an_admin_token_of_another_workspace_never_signs(
    caller: Caller, warehouse: StandIn, output: Output, monkeypatch: pytest.MonkeyPatch, sent: list[str]
) -> None:
    assert warehouse.url
    monkeypatch.setenv("PIXEL_TINYBIRD_WORKSPACE_ID", "99999999-2222-4333-8444-555555555555")

    _assert_failed(_query(caller), output, "belongs to a different Tinybird workspace")
    assert not any("pipes" in call for call in sent)


@pytest.mark.usefixtures("tables")
def test_a_token_that_was_never_stored(caller: Caller, output: Output) -> None:
    _assert_failed(_query(caller), output, f"the parameter {ADMIN_TOKEN} does not exist; store it and try again")


@pytest.mark.usefixtures("tables")
def test_a_store_of_parameters_that_cannot_be_reached(
    caller: Caller, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")
    container.forget_environment()

    _assert_failed(_query(caller), output, "ssm GetParameter")


def test_an_admin_token_that_was_exchanged_is_taken_up_in_the_same_request(
    caller: Caller, warehouse: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = warehouse.admin_token[:-4] + "AAAA"
    put_secret(ADMIN_TOKEN, old)
    assert _query(caller).status == 503
    put_secret(ADMIN_TOKEN, warehouse.admin_token)
    monkeypatch.setattr(secrets, "_RETRY_SECONDS", 0)

    assert _query(caller).status == 200
