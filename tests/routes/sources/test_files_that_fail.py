"""A file whose import fails by itself ends in the dead letters; one that waits for Tinybird does not."""

import json
import os
from typing import Any

import boto3
import pytest

from pixel.aws import objects
from pixel.aws import queues as sqs
from pixel.ingest.drain import drain_spill
from pixel.ingest.files import attempts
from pixel.ingest.files.consumer import ingest_file
from pixel.ingest.files.progress import LEASE_SECONDS
from pixel.ingest.sources.queue import ingest_queue
from tests.conftest import Frozen, Output
from tests.environment import FILES_BUCKET, REGION
from tests.local.tinybird.running import StandIn
from tests.queues import Queues
from tests.routes.sent_events import pageview
from tests.routes.sources.deliveries import SENT_MS, Context, message, notice_of_s3

pytestmark = pytest.mark.usefixtures("output", "no_sleep", "workspace_id")


class _Killed(BaseException):
    """The end of the function in the middle of an attempt."""


@pytest.fixture(autouse=True)
def delays(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record each visibility timeout that the function sets."""
    noted: list[int] = []
    monkeypatch.setattr(sqs, "change_visibility", lambda _queue, seconds: noted.extend(seconds.values()))
    return noted


@pytest.fixture
def bucket(tables: object) -> Any:
    s3: Any = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name=REGION)
    s3.create_bucket(Bucket=FILES_BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return s3


def _put(bucket: Any, **given: str) -> dict[str, Any]:
    key = "incoming/events.ndjson"
    etag = bucket.put_object(Bucket=FILES_BUCKET, Key=key, Body=json.dumps(pageview()).encode(), **given)["ETag"]
    return notice_of_s3(key, FILES_BUCKET, etag=etag.strip('"'), sequencer="1")


def _attempts(notice: object, receives: range) -> list[bool]:
    """Deliver the message again and again, and return for each time whether it was done."""
    return [_is_done(notice, receive) for receive in receives]


def _is_done(notice: object, receive: int) -> bool:
    record = message(notice, "m-1")
    record["attributes"]["ApproximateReceiveCount"] = str(receive)
    try:
        return ingest_file({"Records": [record]}, Context(900.0)) == {"batchItemFailures": []}
    except _Killed:
        return False


def test_a_file_that_s3_refuses_each_time_is_given_up_within_hours(bucket: Any, delays: list[int]) -> None:
    notice = _put(bucket, StorageClass="GLACIER")  # S3 answers InvalidObjectState

    done = _attempts(notice, range(1, attempts.FAILURES_MAX + 3))

    assert done == [False] * (attempts.FAILURES_MAX + 1) + [True]
    [letter] = Queues().letters()
    assert letter["reason"] == "internal_error"
    assert json.loads(letter["event"]) == notice
    assert sum(delays) < 10 * 3600


def test_a_file_that_kills_the_function_each_time_is_given_up(
    bucket: Any, monkeypatch: pytest.MonkeyPatch, frozen: Frozen
) -> None:
    """Every other attempt comes while the killed one still has the lease, and does not count."""

    def kill(*_given: object, **_named: object) -> None:
        raise _Killed

    notice = _put(bucket)
    monkeypatch.setattr(objects, "open_object", kill)

    receives = 0
    while not _is_done(notice, receives := receives + 1):
        assert receives < 3 * attempts.FAILURES_MAX
        frozen.move(LEASE_SECONDS / 2 + 1)

    assert receives > 2 * attempts.FAILURES_MAX
    assert [letter["reason"] for letter in Queues().letters()] == ["internal_error"]


def test_a_file_that_waits_for_tinybird_is_never_given_up(bucket: Any, warehouse: StandIn) -> None:
    notice = _put(bucket)
    warehouse.fault(path="/v0/events", status=503)

    assert not any(_attempts(notice, range(1, attempts.FAILURES_MAX + 5)))
    assert Queues().letters() == []


def test_a_failure_after_many_receives_is_not_the_last_one(bucket: Any, warehouse: StandIn) -> None:
    """A large file was received a hundred times before its object moved away for a while."""
    notice = _put(bucket, StorageClass="GLACIER")

    assert not _is_done(notice, 100)
    _put(bucket)
    assert _is_done(notice, 101)
    assert Queues().letters() == []


@pytest.mark.usefixtures("bucket", "warehouse")
@pytest.mark.parametrize(
    ("consume", "metric"),
    [(drain_spill, "SpillQueueWait"), (ingest_queue, "IngestQueueWait"), (ingest_file, "FileQueueWait")],
)
def test_a_consumer_writes_how_long_the_oldest_message_waited(
    consume: Any, metric: str, frozen: Frozen, output: Output
) -> None:
    older, newer = message({"no": "event"}), message({"no": "event"})
    newer["attributes"]["SentTimestamp"] = str(SENT_MS + 60_000)

    consume({"Records": [newer, older]}, Context())

    assert output.metric(metric) == pytest.approx(frozen.seconds - SENT_MS / 1000)
