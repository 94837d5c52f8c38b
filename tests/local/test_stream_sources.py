"""The embedded stack polls a stream as Lambda does: each shard in its order, nothing lost without a trace in S3."""

import asyncio
import json
import re
import time
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from moto.core.utils import utcnow

from local.lambdas.event_sources import Checkpoints, EventSources
from local.lambdas.event_sources.records import StreamSource
from local.lambdas.functions import Function
from local.lambdas.runtime_api import PAYLOAD_BYTES_MAX, Outcome
from tests.environment import REGION
from tests.local.fake_function import Answer, FakeFunction, Pause, returns

pytestmark = pytest.mark.usefixtures("tables")

_STREAM_ARN = f"arn:aws:kinesis:{REGION}:123456789012:stream/events"
_FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:IngestStreamFunction"
_BUCKET = "failed-batches"
_FAILS: Answer = lambda _event: Outcome(b"", "Runtime.ExitError")  # noqa: E731 - typed, and short


class Aws:
    """The AWS server of the tests, with a stream and a bucket."""

    def __init__(self, endpoint: str, shards: int) -> None:
        self._endpoint = endpoint
        self.kinesis = self.client("kinesis")
        self.kinesis.create_stream(StreamName="events", ShardCount=shards)
        self.s3 = self.client("s3")
        self.s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self._endpoint, region_name=REGION)  # type: ignore[call-overload]  # any service

    def put(self, *texts: str, key: str = "k", shard: int = 0) -> None:
        half = 2**127
        for text in texts:
            self.kinesis.put_record(
                StreamName="events", Data=text.encode(), PartitionKey=key, ExplicitHashKey=str(shard * half)
            )

    def kept(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the objects of the bucket by key, oldest first."""
        objects = self.s3.list_objects_v2(Bucket=_BUCKET).get("Contents", [])
        keys = [item["Key"] for item in sorted(objects, key=lambda item: item["LastModified"])]
        return [(key, json.loads(self.s3.get_object(Bucket=_BUCKET, Key=key)["Body"].read())) for key in keys]


@pytest.fixture
def aws(aws_server: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Aws]:
    def create(shards: int = 1) -> Aws:
        created = Aws(aws_server, shards)
        monkeypatch.setattr("local.aws.clients.client", lambda service, _endpoint: created.client(service))
        return created

    monkeypatch.setattr("local.lambdas.event_sources.stream._PAUSE_SECONDS", 0.05)
    monkeypatch.setattr("local.lambdas.event_sources.batches._FIRST_PAUSE_SECONDS", 0.01)
    return create


def _source(function: FakeFunction, **changes: Any) -> StreamSource:
    return StreamSource(
        name="Mapping",
        uuid="11111111-2222-4333-8444-555555555555",
        stream_arn=_STREAM_ARN,
        function_arn=_FUNCTION_ARN,
        function=cast(Function, function),
        starting_position="TRIM_HORIZON",
        batch_size=100,
        window_seconds=0.1,
        lanes=1,
        bisects=True,
        retries_max=2,
        age_seconds_max=-1,
        reports_failures=True,
        failures_bucket=_BUCKET,
    )._replace(**changes)


def _run(
    answer: Answer,
    until: Callable[[FakeFunction], bool],
    seconds: float = 0.0,
    checkpoints: Checkpoints | None = None,
    **changes: Any,
) -> FakeFunction:
    """Poll until the condition has held for a moment."""
    function = FakeFunction(answer, seconds)

    async def poll() -> None:
        sources = EventSources([_source(function, **changes)])
        sources.start("", Pause(), checkpoints)
        deadline = time.monotonic() + 15
        while not until(function):
            assert time.monotonic() < deadline, _given(function)
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        await sources.stop()

    asyncio.run(poll())
    return function


def _given(function: FakeFunction) -> list[list[str]]:
    """Return the records of each call."""
    return [_texts(event) for event in function.events]


def _texts(event: dict[str, Any]) -> list[str]:
    return [b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]


def _calls(count: int) -> Callable[[FakeFunction], bool]:
    return lambda function: len(function.events) >= count


def _fails_with(text: str) -> Answer:
    return lambda event: Outcome(b"", "Unhandled") if text in _texts(event) else Outcome(b"null", None)


def _reports(*texts: str) -> Answer:
    """Return an answer that reports each failed record, as of a function that continues after a failure."""

    def answer(event: dict[str, Any]) -> Outcome:
        failed = [
            {"itemIdentifier": record["kinesis"]["sequenceNumber"]}
            for record in event["Records"]
            if b64decode(record["kinesis"]["data"]).decode() in texts
        ]
        return Outcome(json.dumps({"batchItemFailures": failed}).encode(), None)

    return answer


def test_an_event_is_what_lambda_sends(aws: Callable[..., Aws]) -> None:
    aws().put("hello", key="visitor-1")

    ((record,),) = [event["Records"] for event in _run(returns(None), _calls(1)).events]
    arrived = record["kinesis"].pop("approximateArrivalTimestamp")
    assert arrived == pytest.approx(time.time(), abs=60)
    assert record == {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "visitor-1",
            "sequenceNumber": "1",
            "data": "aGVsbG8=",
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": "shardId-000000000000:1",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/IngestStreamFunction",
        "awsRegion": "us-east-1",
        "eventSourceARN": _STREAM_ARN,
    }


def test_a_shard_is_read_in_its_order_one_batch_at_a_time(aws: Callable[..., Aws]) -> None:
    texts = [f"{number}" for number in range(95)]
    aws().put(*texts)

    function = _run(returns(None), _calls(10), seconds=0.05, batch_size=10)

    assert [text for call in _given(function) for text in call] == texts
    assert [len(call) for call in _given(function)] == [10] * 9 + [5]
    assert function.at_once == 1


def test_a_batch_is_gathered_within_its_window(aws: Callable[..., Aws]) -> None:
    stream = aws()
    stream.put("1")
    later = FakeFunction(returns(None))

    def put_more(function: FakeFunction) -> bool:
        if not later.events:
            later.events.append({})
            stream.put("2", "3")
        return bool(function.events)

    assert _given(_run(returns(None), put_more, window_seconds=1.0)) == [["1", "2", "3"]]


def test_records_too_large_for_one_event_come_in_several(aws: Callable[..., Aws]) -> None:
    aws().put(*(f"{number}" * 1_000_000 for number in range(6)))
    sizes: list[int] = []

    def measured(event: dict[str, Any]) -> Outcome:
        sizes.append(len(json.dumps(event)))
        return Outcome(b"null", None)

    calls = _given(_run(measured, lambda _: sum(sizes) > 8_000_000))

    assert [text[0] for call in calls for text in call] == ["0", "1", "2", "3", "4", "5"]
    assert max(sizes) <= PAYLOAD_BYTES_MAX


def test_only_what_comes_after_the_start_is_read_from_latest(aws: Callable[..., Aws]) -> None:
    stream = aws()
    stream.put("old")
    put = [time.monotonic()]

    def put_now_and_then(function: FakeFunction) -> bool:
        if time.monotonic() > put[-1] + 0.5:  # the first ones may come before polling has started
            stream.put("new")
            put.append(time.monotonic())
        return bool(function.events)

    given = _given(_run(returns(None), put_now_and_then, starting_position="LATEST"))

    assert {text for texts in given for text in texts} == {"new"}


@pytest.mark.parametrize("lanes", [1, 2])
def test_a_later_run_goes_on_behind_what_is_done(aws: Callable[..., Aws], tmp_path: Path, lanes: int) -> None:
    stream, file = aws(), tmp_path / "checkpoints.json"
    run = partial(_run, returns(None), _calls(1), lanes=lanes)
    stream.put("old")
    assert _given(run(checkpoints=Checkpoints(file))) == [["old"]]

    stream.put("new")

    assert _given(run(checkpoints=Checkpoints(file))) == [["new"]]


def test_a_record_that_crashes_the_function_is_isolated_and_kept(aws: Callable[..., Aws]) -> None:
    stream = aws()
    texts = [f"{number}" for number in range(8)]
    stream.put(*texts)

    calls = _given(_run(_fails_with("5"), lambda _: bool(stream.kept())))

    succeeded = [call for call in calls if "5" not in call]
    assert [text for call in succeeded for text in call] == ["0", "1", "2", "3", "4", "6", "7"]
    assert calls.count(["5"]) == 3  # the first time and two retries; splits are none
    ((_, kept),) = stream.kept()
    assert _texts(json.loads(kept["payload"])) == ["5"]


def test_without_bisecting_a_batch_is_retried_and_given_up_whole(aws: Callable[..., Aws]) -> None:
    stream = aws()
    stream.put("a", "b")

    calls = _given(_run(_FAILS, lambda _: bool(stream.kept()), bisects=False))

    assert calls == [["a", "b"]] * 3
    ((_, kept),) = stream.kept()
    assert _texts(json.loads(kept["payload"])) == ["a", "b"]


@pytest.mark.parametrize("answer", [_FAILS, returns("text"), returns({"batchItemFailures": [{"itemIdentifier": ""}]})])
def test_the_next_batch_waits_for_the_retries_and_then_goes_on(aws: Callable[..., Aws], answer: Answer) -> None:
    aws().put("a", "b")
    first: Answer = lambda event: answer(event) if "a" in _texts(event) else Outcome(b"null", None)  # noqa: E731 - typed, and short

    assert _given(_run(first, _calls(4), batch_size=1, retries_max=2)) == [["a"], ["a"], ["a"], ["b"]]


def test_a_partial_failure_goes_on_at_the_lowest_record_that_failed(aws: Callable[..., Aws]) -> None:
    aws().put("a", "b", "c", "d", "e")
    failing = ["d", "b"]

    def heals(event: dict[str, Any]) -> Outcome:
        outcome = _reports(*failing)(event)
        failing.pop()
        return outcome

    calls = _given(_run(lambda event: heals(event) if failing else Outcome(b"null", None), _calls(3)))

    assert calls == [["a", "b", "c", "d", "e"], ["b", "c", "d", "e"], ["d", "e"]]


def test_a_partial_failure_without_end_is_given_up_from_there_on(aws: Callable[..., Aws]) -> None:
    stream = aws()
    stream.put("a", "b", "c")

    calls = _given(_run(_reports("b"), lambda _: bool(stream.kept())))

    assert calls == [["a", "b", "c"], *[["b", "c"]] * 3]
    ((_, kept),) = stream.kept()
    assert kept["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": None}


def test_what_is_given_up_is_kept_as_lambda_keeps_it(aws: Callable[..., Aws]) -> None:
    stream = aws()
    stream.put("a", "b")

    _run(_FAILS, lambda _: bool(stream.kept()), bisects=False)

    ((key, kept),) = stream.kept()
    assert re.fullmatch(
        r"aws/lambda/11111111-2222-4333-8444-555555555555/shardId-000000000000/\d{4}/\d\d/\d\d/"
        r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}",
        key,
    )
    times = [kept.pop("timestamp")]
    times += [kept["KinesisBatchInfo"].pop(f"approximateArrivalOf{which}Record") for which in ("First", "Last")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment) for moment in times)
    assert re.fullmatch(r"[0-9a-f-]{36}", kept["requestContext"].pop("requestId"))
    assert [record["eventID"] for record in json.loads(kept.pop("payload"))["Records"]] == [
        "shardId-000000000000:1",
        "shardId-000000000000:2",
    ]
    assert kept == {
        "requestContext": {
            "functionArn": _FUNCTION_ARN,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 3,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000000",
            "startSequenceNumber": "1",
            "endSequenceNumber": "2",
            "batchSize": 2,
            "streamArn": _STREAM_ARN,
        },
    }


def test_a_record_that_is_too_old_is_given_up_whatever_retries_are_left(aws: Callable[..., Aws]) -> None:
    stream = aws()
    stream.put("a")

    calls = _given(_run(_FAILS, lambda _: bool(stream.kept()), retries_max=-1, age_seconds_max=1.5))

    assert len(calls) > 3
    ((_, kept),) = stream.kept()
    assert kept["requestContext"]["condition"] == "RecordAgeExceeded"
    assert kept["requestContext"]["approximateInvokeCount"] == len(calls)
    assert "responseContext" not in kept
    assert _texts(json.loads(kept["payload"])) == ["a"]


def test_of_a_batch_only_what_is_too_old_is_given_up(aws: Callable[..., Aws], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = aws()
    with monkeypatch.context() as earlier:
        earlier.setattr("moto.kinesis.models.utcnow", lambda: utcnow() - timedelta(seconds=6))
        stream.put("old")
    stream.put("new")

    calls = _given(
        _run(returns(None), lambda function: bool(stream.kept()) and bool(function.events), age_seconds_max=5.0)
    )

    assert calls == [["new"]]
    assert [_texts(json.loads(kept["payload"])) for _, kept in stream.kept()] == [["old"]]


def test_a_shard_that_is_stuck_holds_up_no_other(aws: Callable[..., Aws]) -> None:
    stream = aws(shards=2)
    stream.put("bad", "behind", shard=0)
    stream.put("good", "better", shard=1)

    calls = _given(_run(_fails_with("bad"), _calls(6), batch_size=1, retries_max=-1))

    assert [call for call in calls if call != ["bad"]] == [["good"], ["better"]]


def test_lanes_of_a_shard_run_beside_each_other_and_keep_the_order_of_a_key(aws: Callable[..., Aws]) -> None:
    stream = aws()
    keys = [f"visitor-{number}" for number in range(8)]
    for round_ in range(5):
        for key in keys:
            stream.put(f"{key} {round_}", key=key)
    function = _run(
        returns(None),
        lambda function: sum(len(event["Records"]) for event in function.events) == 40,
        seconds=0.1,
        lanes=4,
        batch_size=2,
    )

    texts = [text for call in _given(function) for text in call]
    assert 2 <= function.at_once <= 4
    for key in keys:
        assert [text for text in texts if text.startswith(f"{key} ")] == [f"{key} {round_}" for round_ in range(5)]
