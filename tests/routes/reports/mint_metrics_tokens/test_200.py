"""GET /metrics answers with one token, which opens each of its pipes with what is fixed for it."""

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from functions.reports.mint_metrics_tokens.handler import handler
from pixel.auth.caller import Caller
from pixel.foundation.clock import from_iso
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import add_pageviews, add_website, asking
from tests.routes.gateway import send

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("warehouse", "output")


def _mint(caller: Caller, **query: str) -> Any:
    return send(handler, asking("mint_metrics_tokens", caller, {}, query)).body["data"]


def _fixed(data: Any) -> dict[str, Any]:
    payload = data["token"].split(".")[1]
    scopes = json.loads(base64.urlsafe_b64decode(payload + "=="))["scopes"]
    return {scope["resource"]: scope["fixed_params"] for scope in scopes}


def test_the_token_opens_every_pipe_of_it_and_no_other(
    caller: Caller, warehouse: StandIn, tables: "DynamoDBServiceResource"
) -> None:
    workspace = caller._replace(workspace_id="ws_mint_several")
    add_website(tables, workspace.workspace_id, "admx_several")
    add_pageviews(warehouse, workspace.workspace_id, "admx_several", "/", "/pricing")

    data = _mint(
        workspace,
        pipes="p_top_pages,p_overview",
        website_id="admx_several",
        **{"fix.path": "https://x.example/pricing?a"},
    )

    assert [entry["pipe"] for entry in data["pipes"]] == ["p_top_pages", "p_overview"]
    rows = {}
    for entry in data["pipes"]:
        path = entry["url"].removeprefix(warehouse.url)
        lifted = f"{path}?{urlencode({'path': '/'})}"
        rows[entry["pipe"]] = warehouse.call("GET", lifted, token=data["token"]).json["data"]
    assert [row["path"] for row in rows["p_top_pages"]] == ["/pricing"]
    assert rows["p_overview"][0]["pageviews"] == 1
    assert warehouse.call("GET", "/v0/pipes/p_geo.json", token=data["token"]).status == 403


def test_each_pipe_has_its_own_fixed_parameters_and_times_are_told(caller: Caller) -> None:
    pipes = "p_realtime_visitors, p_visitor_profile ,p_attributed_revenue"
    data = _mint(caller, pipes=pipes, visitor_id=" v_1 ", **{"from": "2026-02-01", "to": "2026-02-28"})

    dates = {"date_from": "2026-02-01 00:00:00", "date_to": "2026-03-01 00:00:00"}
    of_all = {"workspace_id": "ws_1"}
    fixed = _fixed(data)
    assert {name: {**values, "timezone": ""} for name, values in fixed.items()} == {
        "p_realtime_visitors": {**of_all, "timezone": ""},
        "p_visitor_profile": {**of_all, **dates, "visitor_id": "v_1", "timezone": ""},
        "p_attributed_revenue": {**of_all, **dates, "before": "touches", "timezone": ""},
    }
    issued, refresh, end = (from_iso(data[name]) for name in ("server_time", "refresh_after", "expires_at"))
    assert ((refresh - issued).seconds, (end - issued).seconds) == (90, 120)
