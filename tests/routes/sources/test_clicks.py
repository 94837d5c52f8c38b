"""The consumer of the clicks queue: a click is a row once, or a dead letter with the reason, or still in the queue."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from functions.links.record_clicks.handler import handler
from pixel.foundation.settings import settings
from pixel.ingest.spill import UNREADABLE
from tests.conftest import Frozen, Output
from tests.local.tinybird.running import StandIn
from tests.queues import Queues, as_record

pytestmark = pytest.mark.usefixtures("output", "no_sleep")


def _click(workspace_id: str, number: int, **changes: Any) -> str:
    columns = {
        "workspace_id": workspace_id,
        "link_id": "link_1",
        "click_id": f"clk_{number}",
        "timestamp": "2026-03-04T05:06:07.000Z",
        "tags": ["spring", "Ä"],
        "status": 302,
        "outcome": "redirected",
        "visitor_hash": "a" * 32,
    }
    return json.dumps({**columns, **changes})


def _receive(bodies: Sequence[str], *, receives: int = 1) -> list[dict[str, Any]]:
    """Send bodies to the queue and return the records that Lambda gets."""
    queues = Queues()
    for body in bodies:
        queues.client.send_message(QueueUrl=settings().clicks_queue_url, MessageBody=body)
    return [as_record(message, receives=receives) for message in queues.receive(settings().clicks_queue_url)]


def _record(records: Sequence[dict[str, Any]]) -> list[str]:
    """Return the bodies of the messages that stay in the queue."""
    answer = handler({"Records": list(records)}, None)
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    return [record["body"] for record in records if record["messageId"] in failed]


def _stored(warehouse: StandIn, workspace_id: str) -> list[dict[str, Any]]:
    return warehouse.sql(f"SELECT * FROM clicks WHERE workspace_id = '{workspace_id}' ORDER BY click_id")


def test_a_batch_is_one_call_and_rows_are_as_they_were_sent(
    warehouse: StandIn, workspace_id: str, sent: list[str], output: Output
) -> None:
    records = _receive([_click(workspace_id, number) for number in range(100, 150)])

    assert _record(records) == []

    rows = _stored(warehouse, workspace_id)
    assert [row["click_id"] for row in rows] == [f"clk_{number}" for number in range(100, 150)]
    assert {(row["country"], row["status"], tuple(row["tags"])) for row in rows} == {("", 302, ("spring", "Ä"))}
    assert sent.count("POST /v0/events") == 1
    assert output.logged("clicks batch processed")[0]["calls"] == 1
    assert workspace_id not in output.text
    assert Queues().letters() == []


def test_a_delivery_that_is_repeated_makes_the_same_row(warehouse: StandIn, workspace_id: str) -> None:
    records = _receive([_click(workspace_id, 1, received_at="2020-01-01T00:00:00.000Z")])
    sent_at = int(records[0]["attributes"]["SentTimestamp"])

    assert [_record(records), _record(records)] == [[], []]

    rows = _stored(warehouse, workspace_id)
    received_at = {datetime.fromisoformat(f"{row['received_at']}Z").timestamp() for row in rows}
    assert received_at == {sent_at / 1000}
    [totals] = warehouse.pipe(
        "l_totals", workspace_id=workspace_id, date_from="2026-03-04 00:00:00", date_to="2026-03-05 00:00:00"
    ).json["data"]
    assert totals["clicks"] == 1


def test_what_cannot_be_stored_is_buried_with_the_reason_and_sinks_no_other(
    warehouse: StandIn, workspace_id: str
) -> None:
    good = [_click(workspace_id, number) for number in range(100, 120)]
    damaged = _click(workspace_id, 1, status="found")
    unreadable = [
        "not JSON",
        "[1]",
        '{"workspace_id": "ws_1"}',
        '{"click_id": 1, "workspace_id": "ws_1"}',
        '{"a": NaN}',
    ]

    assert _record(_receive([*good[:10], damaged, *unreadable, *good[10:]])) == []

    assert {row["click_id"] for row in _stored(warehouse, workspace_id)} == {
        json.loads(one)["click_id"] for one in good
    }
    letters = Queues().letters()
    rows = [letter for letter in letters if "rows" in letter]
    assert [(one["datasource"], one["reason"], json.loads(one["rows"][0])["status"]) for one in rows] == [
        ("clicks", "quarantined", "found")
    ]
    assert sorted(letter[UNREADABLE] for letter in letters if UNREADABLE in letter) == sorted(unreadable)
    assert {letter["reason"] for letter in letters if UNREADABLE in letter} == {
        *("unreadable: not JSON", "unreadable: not a click"),
    }


@pytest.mark.parametrize("status", [503, 429, 403])
def test_what_tinybird_cannot_take_now_stays_until_it_can(
    warehouse: StandIn, workspace_id: str, status: int, frozen: Frozen
) -> None:
    bodies = [_click(workspace_id, number) for number in range(100, 110)]
    records = _receive(bodies, receives=5)
    warehouse.fault(path="/v0/events", status=status, body='{"error":"no"}')

    assert sorted(_record(records)) == sorted(bodies)
    assert _stored(warehouse, workspace_id) == []
    assert Queues().letters() == []

    warehouse.call("DELETE", "/_faults", token=None)
    frozen.move(60)  # until then no rows are sent to the datasource
    assert _record(records) == []
    assert len(_stored(warehouse, workspace_id)) == len(bodies)


def test_a_message_that_stays_is_hidden_for_longer_each_time(
    warehouse: StandIn, workspace_id: str, sent: list[str]
) -> None:
    records = _receive([_click(workspace_id, 1)])
    warehouse.fault(path="/v0/events", status=503)

    assert len(_record(records)) == 1

    assert sent.count("ChangeMessageVisibilityBatch") == 1
    assert Queues().receive(settings().clicks_queue_url) == []
