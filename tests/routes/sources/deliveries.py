"""What other services send: messages as each of them wraps an event, and records as Lambda hands them over."""

import json
from base64 import b64encode
from typing import Any
from uuid import uuid4

from tests.environment import INGEST_QUEUE, REGION

SENT_MS = 1_772_600_768_301
STREAM_ARN = f"arn:aws:kinesis:{REGION}:123456789012:stream/test-events"


class Context:
    """As Lambda's, of what consumers look at."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


def text(content: object) -> str:
    return content if isinstance(content, str) else json.dumps(content)


def in_sns(content: object, message_id: str = "sns-1") -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": f"arn:aws:sns:{REGION}:123456789012:test-events",
        "Message": text(content),
        "Timestamp": "2026-03-04T05:06:08.112Z",
    }


def in_eventbridge(event: dict[str, Any], event_id: str = "eb-1", **changed: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": event_id,
        "detail-type": event.get("name"),
        "source": "shop.checkout",
        "account": "123456789012",
        "time": "2026-03-04T05:06:08Z",
        "region": REGION,
        "resources": [],
        "detail": {name: value for name, value in event.items() if name != "name"},
        **changed,
    }


def notice_of_s3(key: str, bucket: str = "some-bucket", **changed: str) -> dict[str, Any]:
    return {
        **in_eventbridge({"name": "Object Created"}),
        "source": "aws.s3",
        "detail": {"bucket": {"name": bucket}, "object": {"key": key, "size": 1, "etag": "e", **changed}},
    }


def message(content: object, message_id: str | None = None) -> dict[str, Any]:
    return {
        "messageId": message_id or str(uuid4()),
        "receiptHandle": "receipt",
        "body": text(content),
        "attributes": {"SentTimestamp": str(SENT_MS), "ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:{INGEST_QUEUE}",
        "awsRegion": REGION,
    }


def record(content: object, sequence: int) -> dict[str, Any]:
    data = content if isinstance(content, bytes) else text(content).encode()
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "visitor",
            "sequenceNumber": str(sequence),
            "data": b64encode(data).decode(),
            "approximateArrivalTimestamp": SENT_MS / 1000,
        },
        "eventSource": "aws:kinesis",
        "eventID": f"shardId-000000000000:{sequence}",
        "eventSourceARN": STREAM_ARN,
        "awsRegion": REGION,
    }
