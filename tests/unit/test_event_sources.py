"""The embedded stack polls a queue as Lambda does: what is done is deleted, everything else comes back."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from local.event_sources import EventSources, Source, read
from local.functions import Function
from local.intrinsics import Resolver
from local.runtime_api import Outcome
from local.sam_template import SamTemplate, TemplateError
from pixel import sqs
from tests.queues import Queues

Answer = Callable[[dict[str, Any]], Outcome]

pytestmark = pytest.mark.usefixtures("tables")


class FakeFunction:
    """Notes its events, and how many ran at once."""

    def __init__(self, answer: Answer, seconds: float = 0.0) -> None:
        self._answer = answer
        self._seconds = seconds
        self.events: list[dict[str, Any]] = []
        self.at_once = self._running = 0

    async def invoke(self, payload: bytes) -> Outcome:
        self._running += 1
        self.at_once = max(self.at_once, self._running)
        event = json.loads(payload)
        self.events.append(event)
        await asyncio.sleep(self._seconds)
        self._running -= 1
        return self._answer(event)


def _returns(value: object) -> Answer:
    return lambda _event: Outcome(json.dumps(value).encode(), None)


def _source(function: FakeFunction, **changes: Any) -> Source:
    queues = Queues()
    return Source(
        name="Mapping",
        queue_arn="arn:aws:sqs:us-east-1:123456789012:test-spill",
        queue_url=queues.spill,
        function=cast(Function, function),
        batch_size=10,
        window_seconds=0.3,
        concurrency=2,
        reports_failures=True,
    )._replace(**changes)


async def _poll(source: Source, until: Callable[[], bool]) -> None:
    sources = EventSources([source])
    # The server of these tests is in another region than the embedded stack's.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("local.aws_clients.client", lambda _service, _endpoint: Queues().client)
        sources.start("")
    deadline = time.monotonic() + 10
    while not until():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    await sources.stop()


def _left(queues: Queues) -> int:
    """Also what is hidden."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = queues.client.get_queue_attributes(QueueUrl=queues.spill, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def _run(bodies: list[str], answer: Answer, **changes: Any) -> FakeFunction:
    function = FakeFunction(answer)
    sqs.send(Queues().spill, bodies)
    asyncio.run(_poll(_source(function, **changes), lambda: bool(function.events)))
    return function


def test_an_event_is_what_lambda_sends() -> None:
    (event,) = _run(["hello"], _returns(None)).events

    (record,) = event["Records"]
    assert list(record) == list(
        json.loads((Path(__file__).parents[2] / "events/drain_spill.json").read_text())["Records"][0]
    )
    assert (record["body"], record["eventSource"], record["awsRegion"]) == ("hello", "aws:sqs", "us-east-1")
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:test-spill"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert int(record["attributes"]["SentTimestamp"]) == pytest.approx(time.time() * 1000, abs=60_000)


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_what_is_done_is_deleted(answer: object) -> None:
    _run(["a", "b", "c"], _returns(answer))

    assert _left(Queues()) == 0


def test_what_is_reported_stays_alone() -> None:
    def fail_b(event: dict[str, Any]) -> Outcome:
        failed = [record["messageId"] for record in event["Records"] if record["body"] == "b"]
        return Outcome(json.dumps({"batchItemFailures": [{"itemIdentifier": one} for one in failed]}).encode(), None)

    function = _run(["a", "b", "c"], fail_b)

    assert [len(event["Records"]) for event in function.events] == [3]
    assert _left(Queues()) == 1


@pytest.mark.parametrize(
    "answer",
    [
        lambda _event: Outcome(b"", "timeout"),
        lambda _event: Outcome(b'{"batchItemFailures": []}', "Runtime.ExitError"),
        lambda _event: Outcome(b"no JSON", None),
        _returns("text"),
        _returns({"batchItemFailures": [{"itemIdentifier": ""}]}),
        _returns({"batchItemFailures": [{"itemIdentifier": None}]}),
        _returns({"batchItemFailures": [{"id": "a"}]}),
        _returns({"batchItemFailures": 7}),
    ],
)
def test_a_batch_that_fails_stays_whole(answer: Answer) -> None:
    _run(["a", "b"], answer)

    assert _left(Queues()) == 2


def test_without_reports_success_is_success() -> None:
    _run(["a"], _returns({"batchItemFailures": [{"itemIdentifier": "x"}]}), reports_failures=False)

    assert _left(Queues()) == 0


def test_a_batch_is_gathered_within_its_window_up_to_its_size() -> None:
    function = FakeFunction(_returns(None))
    sqs.send(Queues().spill, [f"{number}" for number in range(60)])

    asyncio.run(_poll(_source(function, batch_size=25, window_seconds=1.0), lambda: _left(Queues()) == 0))

    assert [len(event["Records"]) for event in function.events] == [25, 25, 10]


def test_no_more_run_at_once_than_is_allowed() -> None:
    function = FakeFunction(_returns(None), seconds=0.3)
    sqs.send(Queues().spill, [f"{number}" for number in range(50)])

    asyncio.run(_poll(_source(function, window_seconds=0), lambda: _left(Queues()) == 0))

    assert function.at_once == 2


def _template(**properties: Any) -> SamTemplate:
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "FunctionName": {"Ref": "DrainFunction"},
                **properties,
            },
        },
        "DrainFunction": {"Type": "AWS::Lambda::Function", "Properties": {}},
    }
    return SamTemplate(Path(), {}, {}, {}, resources, {})


def _read(template: SamTemplate) -> list[Source]:
    function = cast(Function, FakeFunction(_returns(None)))
    functions: Mapping[str, Function] = {"arn:aws:lambda:us-east-1:123456789012:function:DrainFunction": function}
    return read(template, Resolver(template, {"Queue": "https://sqs.us-east-1.amazonaws.com/1/a-queue"}), functions)


def test_what_the_template_leaves_out_is_as_lambda_has_it() -> None:
    (source,) = _read(_template())

    assert source._replace(function=cast(Function, None)) == Source(
        name="Mapping",
        queue_arn="arn:aws:sqs:us-east-1:123456789012:a-queue",
        queue_url="https://sqs.us-east-1.amazonaws.com/1/a-queue",
        function=cast(Function, None),
        batch_size=10,
        window_seconds=0,
        concurrency=2,
        reports_failures=False,
    )


def test_what_the_template_says_holds() -> None:
    (source,) = _read(
        _template(
            BatchSize=100,
            MaximumBatchingWindowInSeconds=2,
            ScalingConfig={"MaximumConcurrency": 5},
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )
    )

    assert (source.batch_size, source.window_seconds, source.concurrency, source.reports_failures) == (100, 2, 5, True)


def test_a_mapping_that_is_switched_off_is_left_alone() -> None:
    assert _read(_template(Enabled=False)) == []


def test_a_source_that_is_no_queue_of_the_template_is_named() -> None:
    with pytest.raises(TemplateError, match="Mapping reads arn:aws:kinesis"):
        _read(_template(EventSourceArn="arn:aws:kinesis:us-east-1:123456789012:stream/events"))
