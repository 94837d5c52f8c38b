"""What the pipe refuses is the caller's to mend, in a sentence of ours."""

import json
import time

import pytest

from functions.reports.query_pipe.handler import handler
from pixel.auth.caller import Caller
from pixel.reports import responses as reports
from tests.conftest import Output
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import add_pageviews, asking, fields_of
from tests.routes.gateway import Reply, send
from tests.unit.foundation.misbehaving_server import answer, running

pytestmark = pytest.mark.usefixtures("warehouse", "output")


def _query(caller: Caller, pipe: str, **query: str) -> Reply:
    return send(handler, asking("query_pipe", caller, {"pipe": pipe}, query))


@pytest.mark.parametrize(
    ("pipe", "given", "message"),
    [
        ("p_funnel", {"steps": "/"}, "`steps` must be 2 to 10, with commas between them."),
        (
            "p_funnel_v2",
            {"steps": "/,pricing"},
            "`steps` must each be a path that starts with /, goal:name, payment or payment:product.",
        ),
        ("p_geo", {"property_key": "", "property_value": "a"}, "`property_key` must be given with property_value."),
    ],
)
def test_a_value_that_the_pipe_refuses(caller: Caller, pipe: str, given: dict[str, str], message: str) -> None:
    reply = _query(caller, pipe, **given)

    assert reply.status == 400
    assert reply.body["error"]["code"] == "invalid_query"
    assert reply.body["error"]["details"] == {
        "fields": [{"path": next(iter(given)), "code": "refused", "message": message}]
    }


def test_words_of_tinybird_s_own_are_kept_from_the_caller_and_from_the_log(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    with running() as server:
        server.will(answer(b'{"error":"[Error] DB::Exception near someone@example.com"}', status=400, crc=None))
        monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)

        reply = _query(caller, "p_geo", path="someone@example.com")

    assert fields_of(reply) == {"query": "refused"}
    assert "someone" not in json.dumps(reply.body)
    assert "someone" not in output.text
    assert output.logged("pipe rejected a query with an unknown message")


def test_an_answer_that_lambda_could_not_return_is_refused_with_advice(
    caller: Caller, warehouse: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = caller._replace(workspace_id="ws_large")
    add_pageviews(warehouse, "ws_large", "admx_large", *(f"/{place}/{'x' * 500}" for place in range(20)))
    monkeypatch.setattr(reports, "_RETRY_POLICY", reports._RETRY_POLICY._replace(body_bytes_max=10_000))

    too_large = _query(caller, "p_top_pages")
    smaller = _query(caller, "p_top_pages", limit="5")

    assert too_large.status == 400
    assert fields_of(too_large) == {"limit": "refused"}
    assert "fewer rows" in too_large.body["error"]["details"]["fields"][0]["message"]
    assert (smaller.status, smaller.body["data"]["rows"]) == (200, 5)


def test_an_answer_is_measured_as_lambda_sends_it(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of quotation marks doubles on its way."""
    value = '"' * 1_600_000
    body = json.dumps({"data": [{"path": value}], "meta": [], "rows": 1, "statistics": {}}).encode()
    assert len(body) < 5_500_000
    with running() as server:
        server.will(answer(body, crc=None))
        monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)

        assert fields_of(_query(caller, "p_top_pages")) == {"limit": "refused"}


def test_blanks_in_a_value_cost_no_more_than_other_characters(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"language": " " * 400_000, "visitors": 1, "pageviews": 1}
    statistics = {"elapsed": 0, "rows_read": 0, "bytes_read": 0}
    body = json.dumps({"data": [row], "meta": [], "rows": 1, "statistics": statistics}).encode()
    with running() as server:
        server.will(answer(body, crc=None))
        monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)
        started = time.monotonic()

        assert _query(caller, "p_languages").status == 200
    assert time.monotonic() - started < 2
