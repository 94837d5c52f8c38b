"""The consumer of files: an object's events are rows, once, for whoever has the website; what cannot be yet, waits."""

import gzip
import json
import os
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from benchmarks import calls
from pixel.aws import objects
from pixel.aws import queues as sqs
from pixel.foundation import container
from pixel.ingest import delivery, pipeline
from pixel.ingest.event import IncomingEvent
from pixel.ingest.files.consumer import ingest_file
from tests.conftest import Frozen, Output
from tests.environment import FILES_BUCKET, REGION
from tests.local.tinybird.running import StandIn
from tests.queues import Queues
from tests.routes.asked_reports import add_website
from tests.routes.sent_events import SITE, goal, pageview, payment
from tests.routes.sources.deliveries import Context, in_eventbridge, message, notice_of_s3, record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output")

_AT = "2026-03-04T05:00:00Z"


@pytest.fixture
def bucket(tables: "DynamoDBServiceResource") -> Any:
    objects: Any = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name=REGION)
    objects.create_bucket(Bucket=FILES_BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return objects


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record each visibility timeout that the function sets."""
    noted: list[int] = []
    monkeypatch.setattr(sqs, "change_visibility", lambda _queue, seconds: noted.extend(seconds.values()))
    return noted


def _put(bucket: Any, lines: Sequence[object], key: str = "incoming/events.ndjson") -> dict[str, Any]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    content = gzip.compress(text.encode()) if key.endswith(".gz") else text.encode()
    etag = bucket.put_object(Bucket=FILES_BUCKET, Key=key, Body=content)["ETag"].strip('"')
    return notice_of_s3(key, FILES_BUCKET, etag=etag, sequencer=uuid4().hex)


def _take(notice: object, *, seconds: float = 900.0) -> bool:
    """Process the message and return whether it is done."""
    answer = ingest_file({"Records": [message(notice, "m-1")]}, Context(seconds))
    return answer == {"batchItemFailures": []}


def _summary(bucket: Any, notice: dict[str, Any], name: str = "events.ndjson") -> dict[str, Any]:
    key = f"summaries/{name}/{notice['detail']['object']['sequencer']}.json"
    summary: dict[str, Any] = json.loads(bucket.get_object(Bucket=FILES_BUCKET, Key=key)["Body"].read())
    return {name: summary[name] for name in ("accepted", "duplicate", "queued", "rejected", "complete")}


def test_a_file_s_events_are_rows_and_its_bad_lines_are_listed(
    warehouse: StandIn, workspace_id: str, bucket: Any
) -> None:
    lines = [
        pageview(timestamp=_AT),
        goal(event_id="g-1"),
        payment(transaction_id="t-1"),
        "{",
        pageview(website_id="admx_9"),
    ]
    notice = _put(bucket, lines, "incoming/2026/events.ndjson.gz")

    assert _take(notice)

    assert len(warehouse.rows(workspace_id, "pageviews")) == 1
    assert [row["event_id"] for row in warehouse.rows(workspace_id, "custom_goals")] == ["g-1"]
    assert len(warehouse.rows(workspace_id, "visitor_payments")) == 1
    counted = _summary(bucket, notice, "2026/events.ndjson.gz")
    assert counted == {"accepted": 3, "duplicate": 0, "queued": 0, "rejected": 2, "complete": True}
    put = notice["detail"]["object"]["sequencer"]
    key = f"rejected/2026/events.ndjson.gz/{put}/rejects-0001.ndjson"
    rejects = bucket.get_object(Bucket=FILES_BUCKET, Key=key)["Body"].read().decode()
    found = [json.loads(line) for line in rejects.splitlines()]
    assert [(reject["line"], reject["error"]["code"]) for reject in found] == [
        (4, "invalid_body"),
        (5, "website_not_found"),
    ]


def test_a_csv_file_makes_the_rows_that_ndjson_makes(warehouse: StandIn, workspace_id: str, bucket: Any) -> None:
    header = "website_id,name,path,amount,currency,timestamp,properties.plan,event_id"
    notice = _put(
        bucket, [header, f"{SITE},pageview,/a,,,{_AT},pro,e-1", f"{SITE},payment,,9.5,USD,{_AT},,e-2"], "incoming/a.csv"
    )

    assert _take(notice)

    [page] = warehouse.rows(workspace_id, "pageviews")
    assert (page["path"], json.loads(page["properties"])) == ("/a", {"plan": "pro"})
    assert [row["amount"] for row in warehouse.rows(workspace_id, "visitor_payments")] == [9.5]


def test_a_notice_that_comes_twice_is_one_import(
    warehouse: StandIn, workspace_id: str, bucket: Any, sent: list[str]
) -> None:
    notice = _put(bucket, [pageview()])

    assert _take(notice)
    forwarded = sent.count("POST /v0/events")
    assert _take(notice)

    assert sent.count("POST /v0/events") == forwarded == 1


def test_a_file_that_is_put_again_after_a_mend_completes_the_count(
    warehouse: StandIn, workspace_id: str, bucket: Any, tables: Any, frozen: Frozen
) -> None:
    lines: list[object] = [
        pageview(timestamp=_AT),
        pageview(),
        pageview(event_id="e-1"),
        pageview(timestamp=_AT, website_id="admx_late"),
    ]
    assert _take(_put(bucket, lines))
    frozen.move(10)
    add_website(tables, workspace_id, "admx_late")

    again = _put(bucket, lines)
    assert _take(again)

    rows = warehouse.rows(workspace_id, "pageviews")
    assert len({row["event_id"] for row in rows}) == 4
    assert _summary(bucket, again)["rejected"] == 0


def test_an_event_that_came_by_another_way_is_a_duplicate_and_other_contents_a_conflict(
    warehouse: StandIn, workspace_id: str, bucket: Any
) -> None:
    assert _take(_put(bucket, [goal(event_id="g-1"), goal(event_id="g-2")], "incoming/first.ndjson"))

    second = _put(
        bucket, [goal(event_id="g-1"), goal(event_id="g-2", value=3), goal(event_id="g-3"), goal(event_id="g-3")]
    )
    assert _take(second)

    assert _summary(bucket, second) == {"accepted": 1, "duplicate": 2, "queued": 0, "rejected": 1, "complete": True}
    assert len(warehouse.rows(workspace_id, "custom_goals")) == 3


def test_a_transaction_that_is_reported_while_its_file_is_on_its_way_is_one_payment(
    warehouse: StandIn, workspace_id: str, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reported_meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(pipeline, "forward", delivery.forward)
        event = payment(transaction_id="t-1", event_id="by-http")
        [result] = pipeline.ingest([IncomingEvent(event, workspace_id)], seconds=5)
        assert result.error is None
        return delivery.forward(*given)

    monkeypatch.setattr(pipeline, "forward", reported_meanwhile)

    assert _take(_put(bucket, [payment(transaction_id="t-1", event_id="by-file", timestamp=_AT)]))

    rows = warehouse.rows(workspace_id, "visitor_payments")
    assert len({(row["event_id"], row["timestamp"]) for row in rows}) == 1


def test_the_same_file_put_again_on_another_day_counts_once(
    warehouse: StandIn, workspace_id: str, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _take(_put(bucket, [pageview()]))
    first = warehouse.rows(workspace_id, "pageviews")
    opened = objects.open_object

    def days_later(*given: Any, **named: Any) -> Any:
        found = opened(*given, **named)
        found.modified_ms = 4_000_000_000_000
        return found

    monkeypatch.setattr(objects, "open_object", days_later)
    assert _take(_put(bucket, [pageview()]))

    rows = warehouse.rows(workspace_id, "pageviews")
    assert {row["timestamp"] for row in rows} == {row["timestamp"] for row in first}


@pytest.mark.usefixtures("no_sleep")
@pytest.mark.parametrize("status", [503, 429, 403])
def test_while_tinybird_takes_no_rows_the_file_waits_where_it_is(
    warehouse: StandIn, workspace_id: str, bucket: Any, pauses: list[int], status: int
) -> None:
    notice = _put(bucket, [pageview(timestamp=_AT)])
    warehouse.fault(path="/v0/events", status=status)

    assert not _take(notice)

    queues = Queues()
    assert queues.receive(queues.spill) == []
    assert pauses[0] == 180
    assert 40 < pauses[-1] <= 900
    warehouse.call("DELETE", "/_faults", token=None)
    container.forget_all()
    assert _take(notice)
    assert _summary(bucket, notice)["accepted"] == 1


def test_a_run_that_has_no_time_left_goes_on_at_once(
    warehouse: StandIn, workspace_id: str, bucket: Any, pauses: list[int]
) -> None:
    notice = _put(bucket, [pageview(timestamp=_AT)])

    assert not _take(notice, seconds=30)

    assert pauses[-1] == 0
    assert _take(notice)


@pytest.mark.parametrize(
    "notice",
    [pageview(), notice_of_s3("incoming/a", "somebody-else-s-bucket"), "{", in_eventbridge(pageview())],
    ids=["an event", "another bucket", "no JSON", "another event"],
)
def test_what_is_no_notice_of_the_bucket_is_buried(tables: Any, notice: object) -> None:
    assert _take(notice)

    [letter] = Queues().letters()
    assert (letter["reason"], letter["origin"]) == ("invalid_body", "sqs#m-1")


def test_what_is_not_incoming_is_left_alone(tables: Any) -> None:
    assert _take(notice_of_s3("rejected/a", FILES_BUCKET))
    assert _take(notice_of_s3("incoming/folder/", FILES_BUCKET))

    assert Queues().letters() == []


def test_no_line_of_a_log_holds_the_name_of_a_file(
    warehouse: StandIn, workspace_id: str, bucket: Any, store_down: Any, output: Output
) -> None:
    for key in ("incoming/jane.ndjson", "incoming/jane/", "jane", "jane/a", "aws/lambda/jane"):
        assert _take(_put(bucket, [pageview(), "{"], key))
    assert _take(notice_of_s3("incoming/jane", FILES_BUCKET, etag="gone"))
    store_down()
    assert not _take(_put(bucket, [pageview()], "incoming/jane2.ndjson"))

    assert output.logged("import step finished")
    assert output.logged("object is not a file to import")
    assert "jane" not in output.text


@pytest.mark.parametrize("encode", [json.dumps, dict], ids=["text", "object"])
def test_a_batch_that_lambda_gave_up_of_the_stream_is_taken_as_the_stream_would(
    warehouse: StandIn, workspace_id: str, bucket: Any, encode: Any
) -> None:
    payload = {"Records": [record(pageview(), 1), record({}, 2)]}
    key = "aws/lambda/esm/shardId-000000000000/2026/03/04/batch"
    notice = _put(bucket, [{"version": "1.0", "payload": encode(payload)}], key)

    assert _take(notice)
    assert _take(notice)

    rows = warehouse.rows(workspace_id, "pageviews")
    assert len({json.dumps(row, sort_keys=True) for row in rows}) == 1
    assert {letter["reason"] for letter in Queues().letters()} == {"invalid_body"}


def test_s3_s_own_notices_are_read_too(warehouse: StandIn, workspace_id: str, bucket: Any) -> None:
    _put(bucket, [pageview()], "incoming/with space.ndjson")
    named = {"key": "incoming/with+space.ndjson", "size": 1, "eTag": "", "sequencer": "1"}
    head = bucket.head_object(Bucket=FILES_BUCKET, Key="incoming/with space.ndjson")
    objects = {"bucket": {"name": FILES_BUCKET}, "object": {**named, "eTag": head["ETag"].strip('"')}}

    assert _take({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": objects}]})

    assert len(warehouse.rows(workspace_id, "pageviews")) == 1


def test_a_file_whose_name_is_not_printable_is_imported(
    warehouse: StandIn, workspace_id: str, bucket: Any, output: Output
) -> None:
    name = "9.41\u202fAM \u00a0.ndjson"
    notice = _put(bucket, [pageview(timestamp=_AT)], f"incoming/{name}")

    assert _take(notice)

    assert len(warehouse.rows(workspace_id, "pageviews")) == 1
    assert _summary(bucket, notice, name)["accepted"] == 1
    assert "9.41" not in output.text


def test_while_the_store_is_down_the_file_comes_back(
    warehouse: StandIn, workspace_id: str, bucket: Any, store_down: Any
) -> None:
    notice = _put(bucket, [pageview()])
    store_down()

    assert not _take(notice)


def test_a_portion_costs_one_call_to_tinybird_and_claims_only_where_events_bring_ids(
    warehouse: StandIn, workspace_id: str, bucket: Any, sent: list[str]
) -> None:
    """docs/cost.md multiplies these."""

    def calls_of(name: str, lines: Sequence[object]) -> Counter[str]:
        notice = _put(bucket, lines, f"incoming/{name}.ndjson")
        sent.clear()
        assert _take(notice)
        return Counter(call for call in sent if "Item" in call or call == calls.APPEND)

    calls_of("warm", [pageview()])
    plain = calls_of("plain", [pageview()] * 60)
    with_ids = calls_of("ids", [pageview(event_id=f"e-{number}") for number in range(60)])

    assert plain[calls.APPEND] == with_ids[calls.APPEND] == 1
    assert plain["PutItem"] <= 4, "its progress, and since when its contents are there"
    assert with_ids - plain == calls.of_events(60, with_ids=True, counted=False) - calls.of_events(
        60, with_ids=False, counted=False
    )
