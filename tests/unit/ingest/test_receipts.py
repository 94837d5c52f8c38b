"""Receipts say where rows went, and decide nothing: rows stay in their queue whatever happens to receipts."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pixel.aws.json_service import JsonService
from pixel.aws.tables import Database
from pixel.foundation import JsonObject, container
from pixel.ingest import receipts, spill
from pixel.ingest.drain import drain_spill
from pixel.ingest.event import IncomingEvent
from pixel.ingest.pipeline import ingest
from pixel.ingest.receipts import RECEIPT_SECONDS, Kind, Receipt, RejectedEvent, name_of
from tests.conftest import Frozen, Output
from tests.environment import CLAIMS_TABLE
from tests.local.tinybird.running import StandIn
from tests.queues import Queues
from tests.routes.asked_reports import add_website

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("tables", "output", "no_sleep")

_EVENT = {"website_id": "admx_site", "name": "pageview", "path": "/"}


def _row(event_id: str, **changed: Any) -> str:
    ids = {"workspace_id": "ws_1", "website_id": "admx_1", "event_id": event_id}
    return json.dumps({**ids, "received_at": "2026-03-04T05:06:07.089Z", **changed})


def _stored(tables: "DynamoDBServiceResource") -> dict[str, Any]:
    return {str(item["claim"]): item for item in tables.Table(CLAIMS_TABLE).scan()["Items"]}


def test_a_receipt_of_a_row_says_where_it_is_for_thirty_days(tables: "DynamoDBServiceResource") -> None:
    receipts.record_rows(Kind.QUEUED, [_row("e-1")], "status 503", since=1_772_600_768.301)

    [(name, item)] = _stored(tables).items()
    assert name == name_of(Kind.QUEUED, "ws_1", "e-1") == "ws_1#receipt#queued#e-1"
    assert item["expires_at"] == 1_772_600_768 + RECEIPT_SECONDS
    assert Receipt.of(item) == ("queued", "admx_1", 1_772_600_768_301, "status 503", 1_772_600_767_089, [])


def test_many_rows_have_receipts_in_few_calls(tables: "DynamoDBServiceResource", sent: list[str]) -> None:
    """A batch of DynamoDB refuses to have an item twice, but a batch of rows may have one."""
    rows = [_row(f"e-{number % 60}") for number in range(100)]

    receipts.record_rows(Kind.DEAD_LETTERED, rows, "quarantined", since=1.0)

    assert sent == ["BatchWriteItem"] * 3
    assert len(_stored(tables)) == 60


@pytest.mark.parametrize(
    "row", ["", "[]", "no JSON", "{}", _row("e", received_at="never"), _row("e", received_at=1), "[" * 100_000]
)
def test_a_row_that_is_no_event_has_none(tables: "DynamoDBServiceResource", output: Output, row: str) -> None:
    """Rows of goals pass the same queues."""
    receipts.record_rows(Kind.QUEUED, [row, _row("whole")], "x", since=1.0)

    assert _stored(tables).keys() == {name_of(Kind.QUEUED, "ws_1", "whole")}
    assert output.logged("receipts could not be written") == []


def test_an_event_that_was_rejected_has_a_receipt_with_its_faults(
    tables: "DynamoDBServiceResource", frozen: Frozen
) -> None:
    fields = [{"path": "amount", "code": "missing"}]

    receipts.record_rejected([RejectedEvent("ws_1", "admx_1", "e-1", 7, "invalid_body", fields)])

    [item] = _stored(tables).values()
    assert Receipt.of(item) == ("rejected", "admx_1", int(frozen.seconds * 1000), "invalid_body", 7, fields)


def test_writing_ends_when_its_time_is_up(
    tables: "DynamoDBServiceResource", frozen: Frozen, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_all = Database.put_all

    def slowly(*words: Any) -> None:
        frozen.move(1.1)
        put_all(*words)

    monkeypatch.setattr(Database, "put_all", slowly)

    receipts.record_rows(Kind.QUEUED, [_row(f"e-{number}") for number in range(200)], "x", since=1.0)

    assert len(_stored(tables)) == 50
    [line] = output.logged("receipts could not be written")
    assert line["receipts"] == 150


def _lose_receipts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every write of receipts fail, and of nothing else."""
    whole = JsonService.call

    def call(service: JsonService, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        if operation == "BatchWriteItem" and "#receipt#" in json.dumps(payload):
            raise RuntimeError("ws_secret")
        return whole(service, operation, payload, idempotent=idempotent)

    monkeypatch.setattr(JsonService, "call", call)


def test_without_receipts_rows_are_queued_all_the_same(
    tables: "DynamoDBServiceResource", warehouse: StandIn, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_website(tables, "ws_1", "admx_site")
    _lose_receipts(monkeypatch)
    warehouse.fault(path="/v0/events", status=503)

    [result] = ingest([IncomingEvent({**_EVENT, "event_id": "e-1"}, "ws_1")], seconds=1)

    assert result.status == "queued"
    assert [json.loads(*one.rows)["event_id"] for one in Queues().waiting()] == ["e-1"]
    [claim] = _stored(tables).values()
    assert claim["kept"] is True
    assert len(output.logged("receipts could not be written")) == 1
    assert "ws_secret" not in output.text


def test_without_receipts_dead_letters_leave_the_queue_all_the_same(
    warehouse: StandIn, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lose_receipts(monkeypatch)
    spill.enqueue("pageviews", [_row("e-1", timestamp="never")])
    queues = Queues()

    assert drain_spill(queues.event(), None) == {"batchItemFailures": []}

    assert [buried.reason for buried in queues.buried()] == ["quarantined"]
    assert len(output.logged("receipts could not be written")) == 1


def test_a_row_that_goes_well_has_none_and_costs_no_call(
    tables: "DynamoDBServiceResource", warehouse: StandIn, sent: list[str]
) -> None:
    add_website(tables, "ws_1", "admx_site")

    [result] = ingest([IncomingEvent(_EVENT, "ws_1")], seconds=1)

    assert result.status == "accepted"
    assert "BatchWriteItem" not in sent
    assert _stored(tables) == {}


def test_only_rows_that_are_in_the_queue_have_receipts(
    tables: "DynamoDBServiceResource",
    warehouse: StandIn,
    output: Output,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_website(tables, "ws_1", "admx_site")
    warehouse.fault(path="/v0/events", status=503)

    def put_the_first(_datasource: str, rows: list[str]) -> None:
        raise spill.NotQueuedError(range(1, len(rows)), "SQS is down")

    monkeypatch.setattr(spill, "enqueue", put_the_first)

    results = ingest([IncomingEvent({**_EVENT, "event_id": f"e-{number}"}, "ws_1") for number in range(3)], seconds=1)

    assert [result.status for result in results] == ["queued", "rejected", "rejected"]
    assert {name for name in _stored(tables) if "#receipt#" in name} == {name_of(Kind.QUEUED, "ws_1", "e-0")}


def test_a_receipt_that_is_late_never_hides_what_came_after(tables: "DynamoDBServiceResource") -> None:
    """The drain may bury a row before the function that queued it has written its receipt."""
    receipts.record_rows(Kind.DEAD_LETTERED, [_row("e-1")], "quarantined", since=2.0)
    receipts.record_rows(Kind.QUEUED, [_row("e-1")], "status 503", since=1.0)

    last = max(_stored(tables).values(), key=lambda item: item["since_ms"])
    assert last["kind"] == "dead_lettered"


def test_the_store_s_failure_costs_little_time(store_down: Callable[[], None], output: Output) -> None:
    store_down()
    container.forget_environment()

    receipts.record_rows(Kind.QUEUED, [_row(f"e-{number}") for number in range(100)], "x", since=1.0)

    [line] = output.logged("receipts could not be written")
    assert "dynamodb BatchWriteItem" in json.dumps(line)
