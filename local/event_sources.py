"""Event source mappings: queues that Lambda polls for a function, as it does.

A batch is gathered until it is full or its window is over. What the function did not report as failed is deleted; where
it fails, times out or answers nonsense, all of it comes back when the queue's visibility time-out ends.
"""

import asyncio
import json
import time
import traceback
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from local import aws_clients
from local.functions import Function
from local.intrinsics import Resolver
from local.runtime_api import Outcome
from local.sam_template import REGION, SamTemplate, TemplateError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_MAPPING = "AWS::Lambda::EventSourceMapping"
_QUEUE = "AWS::SQS::Queue"
_BATCH_SIZE = 10
_CONCURRENCY = 2
_RECEIVED_AT_ONCE = 10
_BATCH_BYTES_MAX = 6_000_000
_PAUSE_SECONDS = 0.2  # between short polls: the AWS server is busy all through a long one
_REST_SECONDS = 1.0


class Source(NamedTuple):
    name: str
    queue_arn: str
    queue_url: str
    function: Function
    batch_size: int
    window_seconds: float
    concurrency: int
    reports_failures: bool


class EventSources:
    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, endpoint: str) -> None:
        pollers = [_Poller(source, endpoint) for source in self._sources]
        self._tasks = [asyncio.create_task(poller.run()) for poller in pollers]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def read(template: SamTemplate, resolver: Resolver, functions: Mapping[str, Function]) -> list[Source]:
    by_name = {arn.rpartition(":")[2]: function for arn, function in functions.items()}
    queue_urls = {
        resolver.resolve({"Fn::GetAtt": [name, "Arn"]}): resolver.resolve({"Ref": name})
        for name in template.of_type(_QUEUE)
    }
    sources = []
    for name, resource in template.of_type(_MAPPING).items():
        properties = resolver.resolve(resource["Properties"])
        if not resolver.is_created(name) or properties.get("Enabled") is False:
            continue
        arn = properties["EventSourceArn"]
        if arn not in queue_urls:
            raise TemplateError(f"the embedded stack polls queues of the template, {name} reads {arn}")
        sources.append(
            Source(
                name=name,
                queue_arn=arn,
                queue_url=queue_urls[arn],
                function=by_name[properties["FunctionName"].rpartition(":")[2]],
                batch_size=int(properties.get("BatchSize", _BATCH_SIZE)),
                window_seconds=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
                concurrency=int(properties.get("ScalingConfig", {}).get("MaximumConcurrency", _CONCURRENCY)),
                reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
            )
        )
    return sources


class _Poller:
    def __init__(self, source: Source, endpoint: str) -> None:
        self._source = source
        self._sqs: SQSClient = aws_clients.client("sqs", endpoint)
        self._places = asyncio.Semaphore(source.concurrency)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                await self._places.acquire()
                batch = await self._gather()
                group.create_task(self._process(batch))

    async def _gather(self) -> "list[MessageTypeDef]":
        """Waits for a first message; the window begins with it."""
        batch: list[MessageTypeDef] = []
        while not batch:
            batch = await self._receive(_RECEIVED_AT_ONCE)
            if not batch:
                await asyncio.sleep(_PAUSE_SECONDS)
        ends_at = time.monotonic() + self._source.window_seconds
        while (room := self._source.batch_size - len(batch)) > 0 and time.monotonic() < ends_at:
            if sum(len(message["Body"]) for message in batch) > _BATCH_BYTES_MAX / 2:
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
            event = {"Records": [_record(message, self._source) for message in batch]}
            outcome = await self._source.function.invoke(json.dumps(event).encode())
            stays = _stays(outcome, reports_failures=self._source.reports_failures)
            if stays is not None:
                await self._delete([message for message in batch if message["MessageId"] not in stays])
        except Exception:  # noqa: BLE001 - as on AWS, nothing that befalls one batch ends the polling
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
                return  # they come back, as they do from AWS


def _record(message: "MessageTypeDef", source: Source) -> dict[str, Any]:
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


def _stays(outcome: Outcome, *, reports_failures: bool) -> set[str] | None:
    """Ids of the messages that are not done; None: all of them."""
    if outcome.error is not None:
        return None
    if not reports_failures:
        return set()
    try:
        answer = json.loads(outcome.payload)
        failures = (answer or {}).get("batchItemFailures") or []
        ids = {failure["itemIdentifier"] for failure in failures}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return ids if all(isinstance(one, str) and one for one in ids) else None
