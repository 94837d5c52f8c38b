"""The embedded stack polls a queue as Lambda does: what is done is deleted, everything else comes back."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from local.lambdas.event_sources import EventSources, read
from local.lambdas.event_sources.queue import QueueSource
from local.lambdas.functions import Function
from local.lambdas.runtime_api import PAYLOAD_BYTES_MAX, Outcome
from local.template.intrinsics import CreatedStack, Resolver
from local.template.sam import SamTemplate, TemplateError
from pixel.aws import queues as sqs
from tests.local.fake_function import Answer, FakeFunction, Pause, returns
from tests.queues import Queues

pytestmark = pytest.mark.usefixtures("tables")


def _source(function: FakeFunction, **changes: Any) -> QueueSource:
    queues = Queues()
    return QueueSource(
        name="Mapping",
        queue_arn="arn:aws:sqs:us-east-1:123456789012:test-spill",
        queue_url=queues.spill,
        function=cast(Function, function),
        batch_size=10,
        window_seconds=0.3,
        concurrency=2,
        reports_failures=True,
    )._replace(**changes)


async def _poll(source: QueueSource, until: Callable[[], bool]) -> None:
    sources = EventSources([source])
    # The server of these tests is in another region than the embedded stack's.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("local.aws.clients.client", lambda _service, _endpoint: Queues().client)
        sources.start("", Pause())
    deadline = time.monotonic() + 10
    while not until():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    await sources.stop()


def _left(queues: Queues) -> int:
    """Return the number of messages, including those in flight."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = queues.client.get_queue_attributes(QueueUrl=queues.spill, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def _run(bodies: list[str], answer: Answer, **changes: Any) -> FakeFunction:
    function = FakeFunction(answer)
    sqs.send(Queues().spill, bodies)
    asyncio.run(_poll(_source(function, **changes), lambda: bool(function.events)))
    return function


def test_an_event_is_what_lambda_sends() -> None:
    (event,) = _run(["hello"], returns(None)).events

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
    _run(["a", "b", "c"], returns(answer))

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
        returns("text"),
        returns({"batchItemFailures": [{"itemIdentifier": ""}]}),
        returns({"batchItemFailures": [{"itemIdentifier": None}]}),
        returns({"batchItemFailures": [{"id": "a"}]}),
        returns({"batchItemFailures": 7}),
    ],
)
def test_a_batch_that_fails_stays_whole(answer: Answer) -> None:
    _run(["a", "b"], answer)

    assert _left(Queues()) == 2


def test_without_reports_success_is_success() -> None:
    _run(["a"], returns({"batchItemFailures": [{"itemIdentifier": "x"}]}), reports_failures=False)

    assert _left(Queues()) == 0


def test_a_batch_is_gathered_within_its_window_up_to_its_size() -> None:
    function = FakeFunction(returns(None))
    sqs.send(Queues().spill, [f"{number}" for number in range(60)])

    asyncio.run(_poll(_source(function, batch_size=25, window_seconds=1.0), lambda: _left(Queues()) == 0))

    assert [len(event["Records"]) for event in function.events] == [25, 25, 10]


def test_no_more_run_at_once_than_is_allowed() -> None:
    function = FakeFunction(returns(None), seconds=0.3)
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


def _read(template: SamTemplate) -> list[Any]:
    function = cast(Function, FakeFunction(returns(None)))
    functions: Mapping[str, Function] = {"arn:aws:lambda:us-east-1:123456789012:function:DrainFunction": function}
    resolver = Resolver(template, {"Queue": "https://sqs.us-east-1.amazonaws.com/1/a-queue"})
    return read([CreatedStack(template, resolver)], functions)


def test_messages_too_large_for_one_event_come_in_several() -> None:
    function, queues = FakeFunction(returns(None)), Queues()
    queues.client.set_queue_attributes(QueueUrl=queues.spill, Attributes={"MaximumMessageSize": "1048576"})
    for _ in range(7):
        queues.client.send_message(QueueUrl=queues.spill, MessageBody="x" * 1_000_000)

    asyncio.run(_poll(_source(function, window_seconds=2.0), lambda: _left(Queues()) == 0))

    assert sum(len(event["Records"]) for event in function.events) == 7
    assert all(len(json.dumps(event)) <= PAYLOAD_BYTES_MAX for event in function.events)


def test_what_the_template_leaves_out_is_as_lambda_has_it() -> None:
    (source,) = _read(_template())

    assert source._replace(function=cast(Function, None)) == QueueSource(
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


def test_a_mapping_whose_condition_does_not_hold_is_left_alone() -> None:
    template = _template()
    template.resources["Mapping"]["Condition"] = "Never"
    template.conditions["Never"] = {"Fn::Equals": ["a", "b"]}

    assert _read(template) == []


def test_a_filter_is_refused_rather_than_overlooked() -> None:
    with pytest.raises(TemplateError, match="FilterCriteria"):
        _read(_template(FilterCriteria={"Filters": []}))


def test_a_source_that_is_not_of_the_template_is_named() -> None:
    with pytest.raises(TemplateError, match="Mapping reads arn:aws:kinesis"):
        _read(_template(EventSourceArn="arn:aws:kinesis:us-east-1:123456789012:stream/events"))
