"""Whatever is wrong with a request for a report is told at once, by the names of its parameters, and never repeated."""

import json
from typing import Any

import pytest

from functions.reports.mint_metrics_token.handler import handler as mint
from functions.reports.query_pipe.handler import handler as query
from pixel.auth.caller import Caller
from pixel.http.run_route import LambdaHandler
from pixel.tinybird.catalogue import catalogue
from tests.conftest import Output
from tests.environment import ERRORS_PAGE_URL
from tests.routes.asked_reports import asking, fields_of
from tests.routes.gateway import Reply, event, send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")

_ROUTES = {"mint_metrics_token": mint, "query_pipe": query}
_ALL = pytest.mark.parametrize(("function", "handler"), _ROUTES.items(), ids=list(_ROUTES))
_LONG = "x" * 2048


def _ask(function: str, handler: LambdaHandler, caller: Caller, pipe: str, given: dict[str, Any]) -> Reply:
    return send(handler, asking(function, caller, {"pipe": pipe}, given))


@_ALL
@pytest.mark.parametrize(
    "pipe", ["p_nothing", "P_GEO", "p_geo%00", "p_geo.json", "%2e%2e%2fp_geo", "tenant_rows", _LONG]
)
def test_a_pipe_that_is_none_of_those_there_are(
    function: str, handler: LambdaHandler, caller: Caller, pipe: str
) -> None:
    reply = _ask(function, handler, caller, pipe, {})

    assert reply.status == 400
    assert reply.body["error"] == {
        "code": "invalid_pipe",
        "message": "Unknown pipe; `details.allowed` lists the available pipes.",
        "docs_url": f"{ERRORS_PAGE_URL}#invalid_pipe",
        "details": {"allowed": list(catalogue())},
    }


@_ALL
@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({"from": "yesterday"}, {"from": "invalid"}),
        ({"to": "2026-02-30"}, {"to": "invalid"}),
        ({"from": "2026-02-02", "to": "2026-02-01"}, {"from": "invalid"}),
        ({"timezone": "Mars"}, {"timezone": "invalid"}),
        ({"timezone": "\x00"}, {"timezone": "invalid"}),
        ({"website_id": ""}, {"website_id": "invalid"}),
        ({"website_id": "a b"}, {"website_id": "invalid"}),
        ({"website_id": "admx_1\x00"}, {"website_id": "invalid"}),
        ({"website_id": "admx_1/../admx_2"}, {"website_id": "invalid"}),
        ({"website_id": _LONG}, {"website_id": "invalid"}),
        ({"website_id": ["admx_1", "admx_2"]}, {"website_id": "repeated"}),
        ({"from": ["2026-02-01", "2026-02-01"]}, {"from": "repeated"}),
        ({"workspace_id": "ws_2"}, {"workspace_id": "unknown"}),
        ({"date_from": "2026-02-01 00:00:00"}, {"date_from": "unknown"}),
        ({"token": "t", "q": "SELECT 1"}, {"token": "unknown", "q": "unknown"}),
        ({"Website_id": "admx_1"}, {"Website_id": "unknown"}),
        ({_LONG: "1"}, {_LONG[:64]: "unknown"}),
        (
            {"from": "x", "to": "y", "timezone": "z", "website_id": "?", "order": "a"},
            {"from": "invalid", "to": "invalid", "timezone": "invalid", "website_id": "invalid", "order": "unknown"},
        ),
    ],
)
def test_parameters_that_both_routes_take(
    function: str, handler: LambdaHandler, caller: Caller, given: dict[str, Any], faults: dict[str, str]
) -> None:
    reply = _ask(function, handler, caller, "p_top_pages", given)

    assert reply.status == 400
    assert fields_of(reply) == faults
    assert reply.body["meta"] == {"request_id": f"req_{event(function)['requestContext']['requestId']}"}


@pytest.mark.parametrize("name", ["limit", "path", "steps", "visitor_id", "minutes", "format"])
def test_a_token_takes_none_of_the_pipe_s_own_parameters(caller: Caller, name: str) -> None:
    assert fields_of(_ask("mint_metrics_token", mint, caller, "p_funnel", {name: "1"})) == {name: "unknown"}


@pytest.mark.parametrize(
    ("pipe", "given", "faults"),
    [
        ("p_top_pages", {"limit": "ten"}, {"limit": "invalid"}),
        ("p_top_pages", {"limit": "1.5"}, {"limit": "invalid"}),
        ("p_top_pages", {"limit": "99999999999"}, {"limit": "invalid"}),
        ("p_top_pages", {"limit": "1e3", "offset": "-"}, {"limit": "invalid", "offset": "invalid"}),
        ("p_top_pages", {"include_bots": "true"}, {"include_bots": "invalid"}),
        ("p_top_pages", {"path": "/a\nb"}, {"path": "invalid"}),
        ("p_top_pages", {"path": _LONG}, {"path": "invalid"}),
        ("p_top_pages", {"steps": "/,/a"}, {"steps": "unknown"}),
        ("p_funnel", {}, {"steps": "missing"}),
        ("p_funnel", {"steps": "", "limit": "1"}, {"steps": "missing", "limit": "unknown"}),
        ("p_funnel", {"steps": "/\x00,/a"}, {"steps": "invalid"}),
        ("p_visitor_profile", {}, {"visitor_id": "missing"}),
        ("p_visitor_profile", {"visitor_id": " "}, {"visitor_id": "missing"}),
        ("p_visitor_profile", {"visitor_id": "v" * 129}, {"visitor_id": "invalid"}),
        ("p_visitor_profile", {"visitor_id": "v", "external_id": "e"}, {"external_id": "invalid"}),
        ("p_visitor_profile", {"external_id": "e" * 513}, {"external_id": "invalid"}),
        ("p_visitor_profile", {"external_id_hash": "e" * 64}, {"external_id_hash": "unknown", "visitor_id": "missing"}),
        ("p_properties", {}, {"property_key": "missing"}),
        ("p_overview", {"before": "touches"}, {"before": "unknown"}),
        ("p_geo", {"format": "xml"}, {"format": "invalid"}),
        ("p_realtime_visitors", {"minutes": "five"}, {"minutes": "invalid"}),
    ],
)
def test_parameters_of_a_pipe(caller: Caller, pipe: str, given: dict[str, str], faults: dict[str, str]) -> None:
    assert fields_of(_ask("query_pipe", query, caller, pipe, given)) == faults


@_ALL
def test_a_refused_request_was_counted_and_asks_for_nothing_more(
    function: str, handler: LambdaHandler, caller: Caller, sent: list[str]
) -> None:
    reply = _ask(function, handler, caller, "p_top_pages", {"from": "x", "website_id": "admx_1"})

    assert reply.headers["X-RateLimit-Remaining"] == "59"
    assert sent == ["UpdateItem"]


@_ALL
def test_no_value_is_repeated_or_logged(function: str, handler: LambdaHandler, caller: Caller, output: Output) -> None:
    value = "someone@example.com"

    reply = _ask(function, handler, caller, "p_funnel", dict.fromkeys(("from", "to", "timezone", "website_id"), value))

    assert value not in json.dumps(reply.body)
    assert value not in output.text
