"""The consumer of the stream: each record's event is kept once, and a shard goes on from the first that waits."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from pixel.ingest.sources.stream import BatchFailedError, ingest_stream
from tests.conftest import Output
from tests.local.tinybird.running import StandIn
from tests.queues import Queues
from tests.routes.sent_events import goal, pageview
from tests.routes.sources.deliveries import STREAM_ARN, Context, notice_of_s3, record

if TYPE_CHECKING:
    pass


def _take(*records: dict[str, Any]) -> list[str]:
    """Process the records and return where the shard resumes."""
    answer = ingest_stream({"Records": list(records)}, Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_records_are_kept_in_one_call_for_each_kind(
    warehouse: StandIn, workspace_id: str, sent: list[str], output: Output
) -> None:
    assert _take(record(pageview(path="/1"), 1), record(goal(), 2), record({"events": [pageview(path="/3")]}, 3)) == []

    rows = warehouse.rows(workspace_id, "pageviews")
    assert sorted(row["path"] for row in rows) == ["/1", "/3"]
    assert {row["timestamp"] for row in rows} == {"2026-03-04 05:06:08.301"}
    assert len(warehouse.rows(workspace_id, "custom_goals")) == 1
    assert sent.count("POST /v0/events") == 2


def test_a_record_that_comes_again_makes_the_same_row(warehouse: StandIn, workspace_id: str, output: Output) -> None:
    _take(record(pageview(), 1), record(pageview(), 2))
    _take(record(pageview(), 1), record(pageview(), 2))

    rows = warehouse.rows(workspace_id, "pageviews")
    assert len({json.dumps(row, sort_keys=True) for row in rows}) == 2


@pytest.mark.parametrize(
    "bad", [b"\xff\xfe", b"{", {}, notice_of_s3("incoming/a")], ids=["bytes", "json", "model", "s3"]
)
def test_a_bad_record_is_buried_and_holds_nobody_up(
    warehouse: StandIn, workspace_id: str, output: Output, bad: object
) -> None:
    assert _take(record(pageview(), 1), record(bad, 2), record(pageview(), 3)) == []

    assert len(warehouse.rows(workspace_id, "pageviews")) == 2
    [letter] = Queues().letters()
    assert letter["origin"] == f"kinesis#{STREAM_ARN}#shardId-000000000000:2"
    assert letter["reason"] == "invalid_body"


def test_the_shard_goes_on_from_the_first_record_that_waits(
    warehouse: StandIn, workspace_id: str, output: Output, no_sleep: list[float]
) -> None:
    warehouse.fault(path="/v0/events", status=403)

    assert _take(record({}, 1), record(pageview(), 2), record(pageview(), 3)) == ["2"]

    warehouse.call("DELETE", "/_faults", token=None)
    assert _take(record(pageview(), 2), record(pageview(), 3)) == []
    assert len(warehouse.rows(workspace_id, "pageviews")) == 2


def test_what_it_cannot_do_at_all_it_raises_so_that_lambda_halves_the_batch(
    warehouse: StandIn, workspace_id: str, store_down: Any, output: Output
) -> None:
    store_down()

    with pytest.raises(BatchFailedError) as raised:
        _take(record(pageview(), 1))

    assert raised.value.__suppress_context__
    assert output.logged("stream batch failed")
