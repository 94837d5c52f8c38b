"""The queues of a test as boto3 sees them, and SQS events as Lambda makes them of what it received."""

import json
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from pixel.foundation.settings import settings
from pixel.ingest import spill
from pixel.ingest.spill import Spilled
from tests.environment import INGEST_QUEUE, REGION
from tests.stores import client_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef


class Buried(NamedTuple):
    datasource: str
    rows: list[str]
    reason: str


class Queues:
    """Needs the fixture `tables`."""

    def __init__(self) -> None:
        self.client: SQSClient = client_of("sqs", os.environ["AWS_ENDPOINT_URL"])
        self.spill = settings().spill_queue_url
        self.dead_letter = settings().dead_letter_queue_url
        self.files = settings().file_queue_url
        self.ingest = self.client.get_queue_url(QueueName=INGEST_QUEUE)["QueueUrl"]

    def receive(self, queue_url: str, *, hidden_seconds: int = 60) -> "list[MessageTypeDef]":
        received: list[MessageTypeDef] = []
        while page := self.client.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=hidden_seconds,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
        ).get("Messages", []):
            received += page
        return received

    def event(self, *, receives: int = 1) -> dict[str, Any]:
        return {"Records": [as_record(message, receives=receives) for message in self.receive(self.spill)]}

    def settle(self, event: dict[str, Any], answer: dict[str, Any]) -> list[str]:
        """Delete what the function did not report as failed, as Lambda does, and return the remaining bodies."""
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        for record in event["Records"]:
            if record["messageId"] not in failed:
                self.client.delete_message(QueueUrl=self.spill, ReceiptHandle=record["receiptHandle"])
        return [record["body"] for record in event["Records"] if record["messageId"] in failed]

    def show(self, event: dict[str, Any], answer: dict[str, Any]) -> None:
        """Let what the function reported as failed be received again at once."""
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        self._show(record["receiptHandle"] for record in event["Records"] if record["messageId"] in failed)

    def waiting(self) -> list[Spilled]:
        """Return what can be received from the spill queue, and leave it there."""
        received = self.receive(self.spill)
        self._show(message["ReceiptHandle"] for message in received)
        return [spill.read(message["Body"]) for message in received]

    def _show(self, receipts: Iterable[str]) -> None:
        for receipt in receipts:
            self.client.change_message_visibility(QueueUrl=self.spill, ReceiptHandle=receipt, VisibilityTimeout=0)

    def letters(self) -> list[dict[str, Any]]:
        return [json.loads(message["Body"]) for message in self.receive(self.dead_letter)]

    def buried(self) -> list[Buried]:
        return [Buried(letter["datasource"], letter["rows"], letter["reason"]) for letter in self.letters()]


def as_record(message: "MessageTypeDef", *, receives: int = 1) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {**message.get("Attributes", {}), "ApproximateReceiveCount": str(receives)},
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:test-spill",
        "awsRegion": REGION,
    }
