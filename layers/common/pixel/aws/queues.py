"""SQS messages: sending them, changing their visibility timeouts, and reporting batch item failures.

If the response to a call is lost, its messages are sent again, so they may be queued twice (docs/decisions/0015).
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from pixel.aws.json_service import AwsError, JsonService, Protocol
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import made_once
from pixel.foundation.errors import LoggableError
from pixel.foundation.settings import aws_environment

PROTOCOL: Final = Protocol("sqs", "AmazonSQS", "application/x-amz-json-1.0")
_TIMEOUT_SECONDS = 2.0
_ENTRIES_MAX = 10
_BATCH_BYTES_MAX = 1_000_000  # SQS takes 1 MiB
_ROUNDS = 2
_DELAY_SECONDS = 30
DELAY_SECONDS_MAX = 900


class NotSentError(LoggableError):
    """Some messages may not be in the queue: those at `positions`. All others are."""

    def __init__(self, positions: Sequence[int], reason: str) -> None:
        self.positions = positions
        super().__init__(reason)


class _Numbered(NamedTuple):
    position: int
    body: str


def send(queue_url: str, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
    """Send messages in as few calls as SQS allows, and retry once those that it rejects.

    Bodies must be ASCII, so that each character takes one byte and SQS accepts all of them.
    """
    unsent = [_Numbered(position, body) for position, body in enumerate(bodies)]
    reason = ""
    for _ in range(_ROUNDS):
        rejected: dict[int, str] = {}
        batches = list(_batches(unsent))
        for number, batch in enumerate(batches):
            try:
                rejected |= _send_batch(queue_url, batch, delay_seconds)
            except AwsError as failure:
                left = [*rejected, *(message.position for rest in batches[number:] for message in rest)]
                raise NotSentError(sorted(left), str(failure)) from failure
        unsent = [message for message in unsent if message.position in rejected]
        if not unsent:
            return
        reason = f"sqs SendMessageBatch: {rejected[unsent[0].position]}"
    raise NotSentError([message.position for message in unsent], reason)


def waiting(queue_url: str) -> int:
    """Return how many messages can be received from a queue, about."""
    request: JsonObject = {"QueueUrl": queue_url, "AttributeNames": ["ApproximateNumberOfMessages"]}
    response = _service().call("GetQueueAttributes", request, idempotent=True)
    return int(response["Attributes"]["ApproximateNumberOfMessages"])


def change_visibility(queue_url: str, seconds_by_receipt: Mapping[str, int]) -> None:
    """Set the visibility timeouts of received messages, by their receipt handles."""
    entries = [
        {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": seconds}
        for number, (receipt, seconds) in enumerate(seconds_by_receipt.items())
    ]
    for start in range(0, len(entries), _ENTRIES_MAX):
        request: JsonObject = {"QueueUrl": queue_url, "Entries": entries[start : start + _ENTRIES_MAX]}
        _service().call("ChangeMessageVisibilityBatch", request, idempotent=True)


def receive_count(record: JsonObject) -> int:
    """Return how often a message has been received."""
    return int(record["attributes"]["ApproximateReceiveCount"])


def oldest_seconds(records: Iterable[JsonObject]) -> float:
    """Return how long ago the oldest of received messages was sent."""
    return epoch_seconds() - min(int(record["attributes"]["SentTimestamp"]) for record in records) / 1000


def retry_delay(receives: int, requested: float) -> int:
    """Return the seconds until a message is retried, at least as many as Tinybird `requested`.

    The delay doubles with each receive. Jitter keeps messages that were sent together from being retried together.
    """
    doubled: int = min(_DELAY_SECONDS << min(receives - 1, 10), DELAY_SECONDS_MAX)
    jittered = doubled * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret
    return round(max(jittered, min(requested, DELAY_SECONDS_MAX)))


def batch_item_failures(message_ids: Iterable[str]) -> JsonObject:
    """Return the batch item failures of a consumer; Lambda deletes all other messages."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(message_ids)]}


def _send_batch(queue_url: str, batch: Sequence[_Numbered], delay_seconds: int) -> dict[int, str]:
    """Send a batch and return the error codes of the messages that SQS rejected, by position."""
    delay = {"DelaySeconds": delay_seconds} if delay_seconds else {}
    entries = [{"Id": str(message.position), "MessageBody": message.body, **delay} for message in batch]
    response = _service().call("SendMessageBatch", {"QueueUrl": queue_url, "Entries": entries}, idempotent=True)
    return {int(failed["Id"]): str(failed["Code"]) for failed in response.get("Failed", [])}


def _batches(messages: Sequence[_Numbered]) -> Iterator[list[_Numbered]]:
    batch: list[_Numbered] = []
    size = 0
    for message in messages:
        if batch and (len(batch) == _ENTRIES_MAX or size + len(message.body) > _BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += len(message.body)
    if batch:
        yield batch


@made_once
def _service() -> JsonService:
    return JsonService(PROTOCOL, aws_environment(), timeout_seconds=_TIMEOUT_SECONDS)
