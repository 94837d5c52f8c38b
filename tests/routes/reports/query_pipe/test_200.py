"""GET /query/{pipe} gives the rows as the pipe gave them."""

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from functions.reports.query_pipe.handler import handler
from pixel.auth.caller import Caller
from pixel.events.models import read_event, read_identify
from pixel.events.rows import Identity, datasource_of, row_of, row_of_identify
from pixel.tinybird.catalogue import catalogue
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import add_pageviews, add_website, append, asking
from tests.routes.gateway import send
from tests.thorough import some_of
from tests.unit.foundation.misbehaving_server import answer, running

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output")

_NEEDED = {"steps": "/,/pricing", "visitor_id": "visitor", "property_key": "plan"}


def _rows(caller: Caller, pipe: str, **query: str) -> Any:
    reply = send(handler, asking("query_pipe", caller, {"pipe": pipe}, query))
    assert reply.status == 200, reply.body
    return reply.body["data"]["data"]


def _own(pipe: str) -> dict[str, str]:
    return {name: value for name, value in _NEEDED.items() if name in catalogue()[pipe].parameters}


def test_the_rows_are_those_of_the_website(
    caller: Caller, warehouse: StandIn, tables: "DynamoDBServiceResource"
) -> None:
    caller = caller._replace(workspace_id="ws_rows")
    add_website(tables, "ws_rows", "admx_rows")
    add_pageviews(warehouse, "ws_rows", "admx_rows", "/", "/100%", "/100%")

    reply = send(handler, asking("query_pipe", caller, {"pipe": "p_top_pages"}, {"website_id": "admx_rows"}))
    filtered = send(handler, asking("query_pipe", caller, {"pipe": "p_top_pages"}, {"path": "/100%", "limit": "5"}))

    data = reply.body["data"]
    assert reply.status == 200
    assert data.keys() == {"data", "meta", "rows", "rows_before_limit_at_least", "statistics", "data_status"}
    assert (data["rows"], data["data_status"]) == (2, "ok")
    assert [(row["path"], row["pageviews"]) for row in data["data"]] == [("/100%", 2), ("/", 1)]
    assert [column["name"] for column in data["meta"]] == [
        column["name"] for column in catalogue()["p_top_pages"].columns
    ]
    assert [row["path"] for row in filtered.body["data"]["data"] if row["pageviews"]] == ["/100%"]


@pytest.mark.parametrize("pipe", some_of(catalogue(), 8))
@pytest.mark.usefixtures("warehouse")
def test_a_workspace_without_data_gets_an_answer_from_every_pipe(caller: Caller, pipe: str) -> None:
    caller = caller._replace(workspace_id="ws_empty")

    reply = send(handler, asking("query_pipe", caller, {"pipe": pipe}, {**_own(pipe), "from": "2026-02-01"}))

    assert reply.status == 200
    assert reply.body["data"]["rows"] == len(reply.body["data"]["data"])


def test_a_filter_finds_what_was_written_in_another_spelling(caller: Caller, warehouse: StandIn) -> None:
    """Events are written by the models and read by the filters: both must mean the same."""
    caller = caller._replace(workspace_id="ws_spelled")
    sent = {
        "url": "https://example.com/pricing?utm_source=news",
        "referrer": "https://www.google.com/search",
        "country": "de",
        "device": "Mobile",
        "browser": "chrome",
        "os": "ANDROID",
        "properties": {"plan": "pro", "seats": 3},
    }
    paid = {"name": "payment", "amount": 9.5, "currency": "eur"}
    for body in ({**sent, "name": "pageview"}, {**sent, **paid}):
        event_ = read_event({**body, "website_id": "admx_spelled"})
        identity = Identity("ws_spelled", f"e-{body['name']}", "visitor", *[int(time.time() * 1000)] * 2)
        append(warehouse, datasource_of(event_), row_of(event_, identity, own_host="example.com"))
    filters = {
        "country": "DE",
        "device": "MOBILE",
        "browser": "Chrome",
        "os": "android",
        "utm_source": "news",
        "path": "pricing#top",
        "referrer": "https://WWW.google.com/",
        "channel": "Organic Search",
        "currency": "EUR",
        "property_key": "plan",
        "property_value": "pro",
    }

    for name, value in {**filters, "country": "dE", "currency": "eUr"}.items():
        given = {"currency": "eur", name: value, **({"property_key": "plan"} if name == "property_value" else {})}
        [row] = _rows(caller, "p_overview", **given)
        assert (row["visitors"], row["pageviews"], row["revenue"]) == (1, 1, 9.5), name
    assert _rows(caller, "p_properties", property_key="seats") == [{"value": "3", "visitors": 1, "events": 2}]
    assert _rows(caller, "p_funnel", steps="/pricing?plan=pro,/welcome")[0]["visitors"] == 1


def test_a_person_is_found_by_external_id_and_only_its_hash_is_sent(
    caller: Caller, warehouse: StandIn, sent: list[str]
) -> None:
    caller = caller._replace(workspace_id="ws_person")
    add_pageviews(warehouse, "ws_person", "admx_person", "/")
    for number, plan in enumerate(("free", "pro")):
        said = {"website_id": "admx_person", "visitor_id": "visitor", "external_id": "Jane@Example.com"}
        identify = read_identify({**said, "traits": {"plan": plan, f"t{number}": number}})
        moment = int(time.time() * 1000) - 1000 + number
        identity = Identity("ws_person", f"i{number}", "visitor", moment, moment)
        append(warehouse, datasource_of(identify), row_of_identify(identify, identity))
    sent.clear()

    [row] = _rows(caller, "p_visitor_profile", external_id=" jane@example.com ")
    [event_] = _rows(caller, "p_visitor_timeline", external_id="jane@example.com")

    assert (row["visitor_id"], row["traits"]) == ("visitor", '{"plan":"pro","t0":0,"t1":1}')
    assert (event_["path"], len(row["identities"])) == ("/", 1)
    assert _rows(caller, "p_visitor_profile", external_id="john@example.com") == []
    assert not any("example" in call for call in sent)


def test_no_number_changes_on_its_way(caller: Caller, warehouse: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    assert warehouse.url
    given = (
        '{\n\t"meta":\n\t[\n\t\t{\n\t\t\t"name": "n\\n\\t"\n\t\t}\n\t],\n\n'
        '\t"data":\n\t[\n\t\t{\n\t\t\t"n": 12345678901234567.8900\n\t\t}\n\t],\n\n'
        '\t"rows": 1,\n\n\t"statistics":\n\t{\n\t\t"elapsed": 1e-9\n\t}\n}\n'
    )
    with running() as server:
        server.will(answer(given.encode(), crc=None))
        monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)

        response = handler(asking("query_pipe", caller, {"pipe": "p_geo"}), None)

    assert '"data":[{"n": 12345678901234567.8900}]' in response["body"]
    assert json.loads(response["body"])["data"] == {**json.loads(given), "data_status": "ok"}


def test_a_query_costs_the_counter_and_one_call_to_tinybird(
    caller: Caller, warehouse: StandIn, tables: "DynamoDBServiceResource", sent: list[str]
) -> None:
    assert warehouse.url
    add_website(tables, "ws_1", "admx_1")
    send(handler, asking("query_pipe", caller, {"pipe": "p_geo"}))
    sent.clear()

    send(handler, asking("query_pipe", caller, {"pipe": "p_geo"}, {"website_id": "admx_1"}))

    assert sent == ["UpdateItem", "GetItem", "GET /v0/pipes/p_geo.json"]
