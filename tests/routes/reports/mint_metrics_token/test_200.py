"""GET /metrics/{pipe} answers with a token that Tinybird takes, and with the address to use it at."""

import base64
import json
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from functions.reports.mint_metrics_token.handler import handler
from pixel.auth.caller import Caller
from pixel.tinybird.catalogue import catalogue
from tests.conftest import Output
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import add_pageviews, add_website, asking
from tests.routes.gateway import Reply, send
from tests.thorough import some_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("warehouse", "output")


def _mint(caller: Caller, pipe: str = "p_top_pages", **query: str) -> Reply:
    return send(handler, asking("mint_metrics_token", caller, {"pipe": pipe}, query))


def _scope(reply: Reply) -> Any:
    payload = reply.body["data"]["token"].split(".")[1]
    (scope,) = json.loads(base64.urlsafe_b64decode(payload + "=="))["scopes"]
    return scope


def test_the_token_opens_the_address_that_comes_with_it(
    caller: Caller, warehouse: StandIn, tables: "DynamoDBServiceResource"
) -> None:
    workspace = caller._replace(workspace_id="ws_mint")
    add_website(tables, "ws_mint", "admx_mint")
    add_pageviews(warehouse, "ws_mint", "admx_mint", "/", "/pricing")

    data = _mint(workspace, website_id="admx_mint").body["data"]

    assert data.keys() == {"token", "pipe", "url", "expires_at"}
    assert (data["pipe"], data["url"]) == ("p_top_pages", f"{warehouse.url}/v0/pipes/p_top_pages.json")
    assert 118 < datetime.fromisoformat(data["expires_at"]).timestamp() - time.time() <= 120
    answer = warehouse.call("GET", data["url"].removeprefix(warehouse.url), token=data["token"])
    assert [row["path"] for row in answer.json["data"]] == ["/", "/pricing"]


def test_what_is_given_is_fixed_and_the_workspace_always_is(caller: Caller, tables: "DynamoDBServiceResource") -> None:
    add_website(tables, "ws_1", "admx_1")

    everything = _mint(
        caller, website_id="admx_1", **{"from": "2026-02-01", "to": "2026-02-28", "timezone": "Europe/Berlin"}
    )

    assert _scope(everything)["fixed_params"] == {
        "workspace_id": "ws_1",
        "website_id": "admx_1",
        "timezone": "Europe/Berlin",
        "date_from": "2026-01-31 23:00:00",
        "date_to": "2026-02-28 23:00:00",
    }
    assert _scope(_mint(caller))["fixed_params"] == {"workspace_id": "ws_1"}


@pytest.mark.parametrize("pipe", some_of(catalogue(), 8))
def test_every_pipe_can_be_had_with_dates_and_tinybird_takes_the_token(
    caller: Caller, warehouse: StandIn, pipe: str
) -> None:
    data = _mint(caller, pipe, **{"from": "2026-02-01", "to": "2026-02-28"}).body["data"]

    needed = {"steps": "/,/pricing", "visitor_id": "visitor", "property_key": "plan"}
    own = {name: value for name, value in needed.items() if name in catalogue()[pipe].parameters}
    assert warehouse.pipe(pipe, data["token"], **own).status == 200


@pytest.mark.parametrize(
    "moved",
    [
        {"workspace_id": "ws_2"},
        {"website_id": "admx_2"},
        {"date_from": "1970-01-01 00:00:00"},
        {"date_to": "2100-01-01 00:00:00"},
        {"timezone": "UTC"},
    ],
    ids=lambda moved: next(iter(moved)),
)
def test_nothing_in_the_address_moves_what_is_fixed(
    caller: Caller, warehouse: StandIn, tables: "DynamoDBServiceResource", moved: dict[str, str]
) -> None:
    first = caller._replace(workspace_id="ws_fixed")
    add_website(tables, "ws_fixed", "admx_fixed")
    for workspace_id, website_id, path in [
        ("ws_fixed", "admx_fixed", "/mine"),
        ("ws_fixed", "admx_2", "/sister"),
        ("ws_2", "admx_fixed", "/foreign"),
    ]:
        add_pageviews(warehouse, workspace_id, website_id, path)
    token = _mint(first, website_id="admx_fixed", **{"from": "2026-01-01"}).body["data"]["token"]
    past = _mint(first, website_id="admx_fixed", **{"from": "2020-01-01", "to": "2020-01-02"}).body["data"]["token"]

    assert {row["path"] for row in warehouse.pipe("p_top_pages", token, **moved).json["data"]} == {"/mine"}
    assert warehouse.pipe("p_top_pages", past, **moved).json["data"] == []


def test_minutes_in_the_address_do_not_replace_fixed_dates(caller: Caller, warehouse: StandIn) -> None:
    token = _mint(caller, **{"from": "2020-01-01", "to": "2020-01-02"}).body["data"]["token"]

    assert warehouse.pipe("p_top_pages", token, minutes="5").status == 400


def test_a_mint_costs_the_counter_and_a_look_at_the_website_and_asks_tinybird_nothing(
    caller: Caller, tables: "DynamoDBServiceResource", sent: list[str]
) -> None:
    add_website(tables, "ws_1", "admx_1")
    _mint(caller)
    sent.clear()

    _mint(caller)
    assert sent == ["UpdateItem"]
    sent.clear()
    _mint(caller, website_id="admx_1")
    assert sent == ["UpdateItem", "GetItem"]


def test_the_token_is_not_logged(caller: Caller, warehouse: StandIn, output: Output) -> None:
    token = _mint(caller).body["data"]["token"]

    assert token.rpartition(".")[2] not in output.text
    assert warehouse.admin_token not in output.text
