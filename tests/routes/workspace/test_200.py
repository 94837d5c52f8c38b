"""A list shows what the caller's workspace owns, all of it up to 1,000 rows, and nothing else."""

import json

import boto3
import pytest

from pixel.auth.caller import Caller
from pixel.aws.attributes import to_item
from pixel.workspaces import list_route
from tests.environment import WORKSPACE_TABLE
from tests.routes.conftest import AwsCall
from tests.routes.gateway import FIXED_HEADERS, event, event_of, request_id_of, send
from tests.routes.workspace.lists import LISTS, ListRoute, each_list, ids, store

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")
_ALERTS = LISTS[2]


@each_list
def test_a_row_has_the_fields_of_the_contract_and_no_others(route: ListRoute, caller: Caller) -> None:
    store([route.row("x_1", owned_website_id="admx_1", internal="never shown")])

    answer = route.handler(event_of(caller, route.function), None)

    assert answer["statusCode"] == 200
    assert answer["body"].startswith(f'{{"data":[{route.body}],"meta"')


@each_list
def test_an_empty_list_is_one(route: ListRoute, caller: Caller) -> None:
    asked = event_of(caller, route.function)

    reply = send(route.handler, asked)

    assert reply.status == 200
    assert reply.body == {"data": [], "meta": {"request_id": request_id_of(asked)}}
    assert reply.headers.items() >= FIXED_HEADERS.items()
    assert reply.headers["X-RateLimit-Remaining"] == "59"


@each_list
def test_a_list_takes_two_calls_the_counter_and_one_query(
    route: ListRoute, caller: Caller, aws_calls: list[AwsCall]
) -> None:
    store(route.row(f"x_{number}", website_id=f"admx_{number}") for number in range(30))

    assert len(ids(route.ask(caller))) == 30

    assert [call.operation for call in aws_calls] == ["UpdateItem", "Query"]
    assert aws_calls[1].payload["ConsistentRead"] is True


@each_list
def test_the_query_asks_for_the_attributes_that_are_shown(
    route: ListRoute, caller: Caller, aws_calls: list[AwsCall]
) -> None:
    route.ask(caller)

    query = aws_calls[1].payload
    projected = [query["ExpressionAttributeNames"][name] for name in query["ProjectionExpression"].split(", ")]
    assert {*projected} == {"created_at" if name == "createdAt" else name for name in route.fields}
    assert "hash" not in str(aws_calls)


@each_list
def test_rows_come_oldest_first_whatever_their_ids(route: ListRoute, caller: Caller) -> None:
    moments = {"admx_b": "2026-01-03", "admx_c": "2026-01-01", "admx_a": "2026-01-02", "admx_0": "2026-01-02"}
    store(
        route.row(website_id.replace("admx", "x"), website_id=website_id, created_at=f"{day}T00:00:00Z")
        for website_id, day in moments.items()
    )

    assert [record_id[-1] for record_id in ids(route.ask(caller))] == ["c", "0", "a", "b"]


@each_list
def test_deleted_rows_are_left_out(route: ListRoute, caller: Caller) -> None:
    store([route.row("x_1"), route.row("x_2", website_id="admx_2", deleted_at="2026-02-01T00:00:00Z")])

    assert [record_id[-1] for record_id in ids(route.ask(caller))] == ["1"]
    assert ids(route.ask(caller, website_id="admx_2")) == []


@each_list
def test_only_rows_of_this_kind_are_shown(route: ListRoute, caller: Caller) -> None:
    store(other.row(f"x_{other.function}") for other in LISTS)
    store({"workspace_id": "ws_1", "item": item} for item in ("META", "DOMAIN#example.com"))

    assert ids(route.ask(caller)) == [route.row(f"x_{route.function}")["id"]]


@each_list
def test_rows_of_other_workspaces_are_never_seen(route: ListRoute, caller: Caller) -> None:
    store(
        route.row(f"x_{workspace_id}", workspace_id=workspace_id, website_id=f"admx_{workspace_id}")
        for workspace_id in ("ws_1", "ws_2", "ws_10", "ws_")
    )

    seen = {
        workspace_id: ids(route.ask(caller._replace(workspace_id=workspace_id))) for workspace_id in ("ws_1", "ws_2")
    }

    assert {workspace_id: [found[-4:] for found in found] for workspace_id, found in seen.items()} == {
        "ws_1": ["ws_1"],
        "ws_2": ["ws_2"],
    }


@each_list
def test_the_filter_shows_the_rows_of_one_website(route: ListRoute, caller: Caller) -> None:
    store(route.row(f"x_{website_id}", website_id=website_id) for website_id in ("admx_1", "admx_10", "admx_2"))

    assert [record_id[-6:] for record_id in ids(route.ask(caller, website_id="admx_1"))] == ["admx_1"]


@each_list
@pytest.mark.parametrize("website_id", ["admx_foreign", "admx_deleted", "x", "A-_9" * 32])
def test_the_website_of_somebody_else_a_deleted_one_and_none_are_answered_with_the_same_bytes(
    route: ListRoute, caller: Caller, website_id: str
) -> None:
    store(
        [
            route.row("x_1"),
            route.row("x_2", workspace_id="ws_2", website_id="admx_foreign"),
            route.row("x_3", website_id="admx_deleted", deleted_at="2026-02-01T00:00:00Z"),
        ]
    )

    known, unknown = (
        route.handler(event_of(caller, route.function, {"website_id": [asked]}), None)
        for asked in (website_id, "admx_none")
    )

    assert known["body"] == unknown["body"]
    assert known["body"].startswith('{"data":[],"meta"')
    assert known["headers"] | {"X-RateLimit-Remaining": ""} == unknown["headers"] | {"X-RateLimit-Remaining": ""}


def test_a_list_stops_at_1000_rows(caller: Caller, aws_calls: list[AwsCall]) -> None:
    route = LISTS[0]
    store(route.row(f"x_{number:04}", website_id=f"admx_{number:04}") for number in range(1050))

    found = ids(route.ask(caller))

    assert len(found) == len(set(found)) == 1000
    assert len(aws_calls) == 2


@each_list
def test_every_list_stops_where_the_longest_one_does(
    route: ListRoute, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_route, "RECORDS_MAX", 3)
    store(route.row(f"x_{number}", website_id=f"admx_{number}") for number in range(5))

    assert len(ids(route.ask(caller))) == 3


@each_list
def test_rows_that_fill_several_pages_are_all_shown(route: ListRoute, caller: Caller, aws_calls: list[AwsCall]) -> None:
    large = "x" * 300_000
    store(route.row(f"x_{number}", website_id=f"admx_{number}", internal=large) for number in range(8))

    assert len(ids(route.ask(caller))) == 8

    assert [call.operation for call in aws_calls].count("Query") > 1


@each_list
def test_the_filter_looks_behind_pages_without_a_match(route: ListRoute, caller: Caller) -> None:
    large = "x" * 300_000
    store(route.row(f"x_{number}", website_id=f"admx_{number}", internal=large) for number in range(8))

    assert len(ids(route.ask(caller, website_id="admx_7"))) == 1


@each_list
def test_one_container_serves_two_workspaces_as_two_containers_would(route: ListRoute, caller: Caller) -> None:
    store([route.row("x_1"), route.row("x_2", workspace_id="ws_2", website_id="admx_2")])
    other = caller._replace(workspace_id="ws_2")

    alternating = [ids(route.ask(asking)) for asking in (caller, other, caller, other)]

    assert alternating[:2] == alternating[2:]
    assert [found[0][-1] for found in alternating] == ["1", "2", "1", "2"]


@each_list
def test_the_event_file_is_answered(route: ListRoute) -> None:
    row = route.row("x_1", workspace_id="ws_demo", website_id="admx_demo")
    boto3.client("dynamodb").put_item(TableName=WORKSPACE_TABLE, Item=to_item(row))

    assert len(ids(send(route.handler, event(route.function)))) == 1


@pytest.mark.parametrize(
    ("threshold", "answered"), [(100, "100"), (0, "0"), (0.5, "0.5"), (0.75, "0.75"), (1_000_000, "1000000")]
)
def test_a_threshold_is_a_json_number_whole_where_it_is_whole(caller: Caller, threshold: float, answered: str) -> None:
    store([_ALERTS.row("x_1", threshold=threshold)])

    assert f'"threshold":{answered},' in _ALERTS.handler(event_of(caller, "list_alerts"), None)["body"]


def test_what_an_item_lacks_is_null(caller: Caller) -> None:
    store([{**_ALERTS.kind.key("ws_1", "x_1"), "id": "x_1", "created_at": "2026-01-01T00:00:00Z"}])

    [row] = json.loads(_ALERTS.handler(event_of(caller, "list_alerts"), None)["body"])["data"]

    assert {name for name, value in row.items() if value is None} == {"website_id", "metric", "threshold", "channel"}
