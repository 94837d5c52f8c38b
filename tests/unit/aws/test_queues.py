"""What is sent arrives whole, in as few calls as SQS allows; what did not arrive is named."""

import json
from collections.abc import Iterator

import pytest

from pixel.aws import queues as sqs
from pixel.aws.queues import NotSentError
from pixel.foundation import container
from tests.queues import Queues
from tests.unit.foundation.misbehaving_server import MisbehavingServer, answer, close, running

_URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/a-queue"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, no_sleep: list[float]) -> Iterator[MisbehavingServer]:
    with running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", server.url)
        container.forget_environment()
        yield server


@pytest.mark.usefixtures("tables")
def test_ten_messages_go_in_one_call(sent: list[str]) -> None:
    queues = Queues()

    sqs.send(queues.spill, [f"message {number}" for number in range(21)])

    assert sent == ["SendMessageBatch"] * 3
    assert sorted(message["Body"] for message in queues.receive(queues.spill)) == sorted(
        f"message {number}" for number in range(21)
    )


@pytest.mark.usefixtures("tables")
def test_a_call_stays_below_what_sqs_takes(sent: list[str]) -> None:
    queues = Queues()

    sqs.send(queues.spill, ["x" * 240_000] * 5)

    assert sent == ["SendMessageBatch"] * 2
    assert len(queues.receive(queues.spill)) == 5


def test_a_call_is_sqs_s_json_protocol(server: MisbehavingServer) -> None:
    server.will(answer(b'{"Successful":[{"Id":"0"}]}', crc=None))

    sqs.send(_URL, ["{}"])

    (request,) = server.received
    assert request.target == "AmazonSQS.SendMessageBatch"
    assert request.headers["content-type"] == "application/x-amz-json-1.0"
    assert json.loads(request.body) == {"QueueUrl": _URL, "Entries": [{"Id": "0", "MessageBody": "{}"}]}


def test_a_message_that_is_refused_is_sent_once_more_alone(server: MisbehavingServer) -> None:
    server.will(answer(b'{"Failed":[{"Id":"1","Code":"InternalError"}]}', crc=None), answer(b"{}", crc=None))

    sqs.send(_URL, ["a", "b", "c"])

    assert [json.loads(request.body)["Entries"] for request in server.received][1] == [{"Id": "1", "MessageBody": "b"}]


def test_what_was_refused_twice_is_named(server: MisbehavingServer) -> None:
    server.will(answer(b'{"Failed":[{"Id":"1","Code":"InternalError"}]}', crc=None))

    with pytest.raises(NotSentError, match=r"^sqs SendMessageBatch: InternalError$") as caught:
        sqs.send(_URL, ["a", "b", "c"])

    assert caught.value.positions == [1]


def test_after_a_failure_what_was_not_tried_counts_as_not_sent(server: MisbehavingServer) -> None:
    server.will(answer(b'{"Failed":[{"Id":"3","Code":"InternalError"}]}', crc=None), close)

    with pytest.raises(NotSentError, match=r"^sqs SendMessageBatch: BrokenResponseError$") as caught:
        sqs.send(_URL, ["a"] * 12)

    assert caught.value.positions == [3, 10, 11]
    assert len(server.received) == 4


@pytest.mark.usefixtures("tables")
def test_messages_come_back_when_they_are_told(sent: list[str]) -> None:
    queues = Queues()
    sqs.send(queues.spill, [f"{number}" for number in range(12)])
    receipts = {message["Body"]: message["ReceiptHandle"] for message in queues.receive(queues.spill)}
    sent.clear()

    sqs.change_visibility(queues.spill, {receipt: 0 if body == "7" else 900 for body, receipt in receipts.items()})

    assert sent == ["ChangeMessageVisibilityBatch"] * 2
    assert [message["Body"] for message in queues.receive(queues.spill)] == ["7"]
