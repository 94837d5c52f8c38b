"""Wrong pipes, visitors and filters are named, and no token is made."""

import pytest

from functions.reports.mint_metrics_tokens.handler import handler
from pixel.auth.caller import Caller
from pixel.tinybird.catalogue import catalogue
from tests.routes.asked_reports import asking, fields_of
from tests.routes.gateway import send

pytestmark = pytest.mark.usefixtures("tables", "output")

_FAULTS: tuple[tuple[dict[str, str | list[str]], dict[str, str]], ...] = (
    ({}, {"pipes": "missing"}),
    ({"pipes": "p_geo,p_geo"}, {"pipes": "invalid"}),
    ({"pipes": "p_geo,"}, {"pipes": "invalid"}),
    ({"pipes": ["p_geo", "p_tech"]}, {"pipes": "repeated"}),
    ({"pipes": ",".join(list(catalogue())[:21])}, {"pipes": "invalid"}),
    ({"pipes": "p_geo", "from": "yesterday"}, {"from": "invalid"}),
    ({"pipes": "p_geo", "country": "DE"}, {"country": "unknown"}),
    ({"pipes": "p_geo", "visitor_id": "v_1"}, {"visitor_id": "invalid"}),
    ({"pipes": "p_geo,p_visitor_profile"}, {"visitor_id": "missing"}),
    ({"pipes": "p_geo", "fix.country": "Narnia"}, {"fix.country": "invalid"}),
    ({"pipes": "p_geo", "fix.country": ""}, {"fix.country": "invalid"}),
    ({"pipes": "p_geo", "fix.country": ["DE", "FR"]}, {"fix.country": "repeated"}),
    ({"pipes": "p_geo", "fix.workspace_id": "ws_2"}, {"fix.workspace_id": "unknown"}),
    ({"pipes": "p_geo", "fix.property_value": "a"}, {"fix.property_key": "missing"}),
)


def test_every_fault_of_a_query_is_named(caller: Caller) -> None:
    for query, faults in _FAULTS:
        reply = send(handler, asking("mint_metrics_tokens", caller, {}, query))

        assert (reply.status, fields_of(reply)) == (400, faults), query
        assert all("Narnia" not in field["message"] for field in reply.body["error"]["details"]["fields"])


def test_an_unknown_pipe_and_a_foreign_website_are_refused_as_by_other_routes(caller: Caller) -> None:
    unknown = send(handler, asking("mint_metrics_tokens", caller, {}, {"pipes": "p_geo,p_nothing"}))
    foreign = send(handler, asking("mint_metrics_tokens", caller, {}, {"pipes": "p_geo", "website_id": "admx_x"}))

    assert (unknown.status, unknown.body["error"]["code"]) == (400, "invalid_pipe")
    assert (foreign.status, foreign.body["error"]["code"]) == (404, "website_not_found")
