"""Pollers wait until the AWS server has something for them, and ask it for nothing meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from local.aws.arrivals import Arrivals
from tests.local.aws_process import AwsProcess

_SOON = 0.8


async def _waited(endpoint: str, wait: Callable[[Arrivals], Awaitable[None]]) -> float:
    """Return how long it took; raises TimeoutError if nothing arrives soon."""
    arrivals = Arrivals(endpoint)
    arrivals.start()
    began = time.monotonic()
    try:
        async with asyncio.timeout(_SOON):
            await wait(arrivals)
    finally:
        await arrivals.stop()
    return time.monotonic() - began


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with AwsProcess(tmp_path_factory.mktemp("aws")) as running:
        yield running


def test_a_queue_is_waited_for_until_a_message_can_be_received(aws: AwsProcess) -> None:
    sqs = aws.client("sqs")
    [empty, filled] = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("empty", "filled")]

    with pytest.raises(TimeoutError):
        asyncio.run(_waited(aws.endpoint, lambda arrivals: arrivals.of_queue(filled)))
    sqs.send_message(QueueUrl=filled, MessageBody="{}")
    asyncio.run(_waited(aws.endpoint, lambda arrivals: arrivals.of_queue(filled)))
    with pytest.raises(TimeoutError):
        asyncio.run(_waited(aws.endpoint, lambda arrivals: arrivals.of_queue(empty)))


@pytest.mark.parametrize("state", ["received", "delayed"])
def test_a_message_that_becomes_visible_again_has_arrived(aws: AwsProcess, state: str) -> None:
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName=state)["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="{}", DelaySeconds=2 if state == "delayed" else 0)
    sqs.receive_message(QueueUrl=queue, VisibilityTimeout=2)

    with pytest.raises(TimeoutError):
        asyncio.run(_waited(aws.endpoint, lambda arrivals: arrivals.of_queue(queue)))
    time.sleep(1.5)
    asyncio.run(_waited(aws.endpoint, lambda arrivals: arrivals.of_queue(queue)))


def test_the_server_may_be_away_for_a_moment(tmp_path: Path) -> None:
    async def wait(arrivals: Arrivals) -> None:
        await arrivals.of_mail(0)

    with pytest.raises(TimeoutError):
        asyncio.run(_waited("http://127.0.0.1:9", wait))
