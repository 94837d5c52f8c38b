"""A queue that Lambda polls for a function.

A batch is collected until it is full or its window ends. Messages that the function did not report as failed are
deleted. If it fails, times out or returns an invalid answer, all messages become visible again after the queue's
visibility timeout.
"""

import asyncio
import json
import time
import traceback
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from local.aws import clients
from local.aws.arrivals import WaitsForMessages
from local.lambdas.event_sources.batch_item_failures import failed_ids
from local.lambdas.functions import Function
from local.lambdas.runtime_api import PAYLOAD_BYTES_MAX
from local.template import REGION

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_RECEIVED_AT_ONCE = 10
_EVENT_BYTES_MAX = PAYLOAD_BYTES_MAX - 1_000
_REST_SECONDS = 1.0


class QueueSource(NamedTuple):
    name: str
    queue_arn: str
    queue_url: str
    function: Function
    batch_size: int
    window_seconds: float
    concurrency: int
    reports_failures: bool


class QueuePoller:
    def __init__(self, source: QueueSource, endpoint: str, arrivals: WaitsForMessages) -> None:
        self._source = source
        self._arrivals = arrivals
        self._sqs: SQSClient = clients.client("sqs", endpoint)
        self._places = asyncio.Semaphore(source.concurrency)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                await self._places.acquire()
                batch = await self._gather()
                group.create_task(self._process(batch))

    async def _gather(self) -> "list[MessageTypeDef]":
        """Collect a batch; its window begins with the first message."""
        while not (batch := await self._receive(_RECEIVED_AT_ONCE)):
            await self._arrivals.of_queue(self._source.queue_url)
        ends_at = time.monotonic() + self._source.window_seconds
        while (room := self._source.batch_size - len(batch)) > 0 and time.monotonic() < ends_at:
            if sum(len(message["Body"]) for message in batch) > _EVENT_BYTES_MAX / 2:
                break
            received = await self._receive(min(room, _RECEIVED_AT_ONCE))
            batch += received
            if not received:
                await asyncio.sleep(0.1)
        return batch

    async def _receive(self, count: int) -> "list[MessageTypeDef]":
        receive = partial(
            self._sqs.receive_message,
            QueueUrl=self._source.queue_url,
            MaxNumberOfMessages=min(count, self._source.batch_size),
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        try:
            return (await asyncio.to_thread(receive)).get("Messages", [])
        except (BotoCoreError, ClientError):
            await asyncio.sleep(_REST_SECONDS)
            return []

    async def _process(self, batch: "list[MessageTypeDef]") -> None:
        try:
            for event, messages in _events(batch, self._source):
                outcome = await self._source.function.invoke(event.encode())
                stays = failed_ids(outcome, reports_failures=self._source.reports_failures)
                if stays is not None:
                    await self._delete([message for message in messages if message["MessageId"] not in stays])
        except Exception:  # noqa: BLE001 - as on AWS, no failure of a batch ends the polling
            traceback.print_exc()
        finally:
            self._places.release()

    async def _delete(self, messages: "list[MessageTypeDef]") -> None:
        for start in range(0, len(messages), _RECEIVED_AT_ONCE):
            part = messages[start : start + _RECEIVED_AT_ONCE]
            delete = partial(
                self._sqs.delete_message_batch,
                QueueUrl=self._source.queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(part)
                ],
            )
            try:
                await asyncio.to_thread(delete)
            except (BotoCoreError, ClientError):
                return  # they become visible again, as on AWS


def _events(batch: "list[MessageTypeDef]", source: QueueSource) -> "Iterator[tuple[str, list[MessageTypeDef]]]":
    """Yield one event, or more if the messages are too large for one."""
    records: list[str] = []
    messages: list[MessageTypeDef] = []
    for message in batch:
        record = json.dumps(_record(message, source))
        if messages and sum(map(len, records)) + len(record) + 2 * len(records) > _EVENT_BYTES_MAX:
            yield f'{{"Records": [{", ".join(records)}]}}', messages
            records, messages = [], []
        records.append(record)
        messages.append(message)
    yield f'{{"Records": [{", ".join(records)}]}}', messages


def _record(message: "MessageTypeDef", source: QueueSource) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": source.queue_arn,
        "awsRegion": REGION,
    }
