"""Messages of SQS: sending them, and choosing when one is handed out again.

A message whose answer is lost is sent again, so it may be queued twice (docs/decisions/0015).
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from pixel.aws.json_service import AwsError, JsonService, Protocol
from pixel.foundation import JsonObject
from pixel.foundation.errors import LoggableError
from pixel.foundation.settings import aws_environment

_TIMEOUT_SECONDS = 2.0
_ENTRIES_MAX = 10
_BATCH_BYTES_MAX = 1_000_000  # SQS takes 1 MiB
_ROUNDS = 2
_PAUSE_SECONDS = 30
_PAUSE_SECONDS_MAX = 900


class NotSentError(LoggableError):
    """Some messages may not have reached the queue: those at `positions`. The others have."""

    def __init__(self, positions: Sequence[int], reason: str) -> None:
        self.positions = positions
        super().__init__(reason)


class _Numbered(NamedTuple):
    position: int
    body: str


def send(queue_url: str, bodies: Sequence[str]) -> None:
    """Send messages in as few calls as SQS allows, and what it refuses once more.

    Bodies must be ASCII, so that each character is a byte and none is one that SQS refuses."""
    unsent = [_Numbered(position, body) for position, body in enumerate(bodies)]
    reason = ""
    for _ in range(_ROUNDS):
        refused: dict[int, str] = {}
        batches = list(_batches(unsent))
        for number, batch in enumerate(batches):
            try:
                refused |= _send_batch(queue_url, batch)
            except AwsError as failure:
                left = [*refused, *(message.position for rest in batches[number:] for message in rest)]
                raise NotSentError(sorted(left), str(failure)) from failure
        unsent = [message for message in unsent if message.position in refused]
        if not unsent:
            return
        reason = f"sqs SendMessageBatch: {refused[unsent[0].position]}"
    raise NotSentError([message.position for message in unsent], reason)


def come_back(queue_url: str, seconds_by_receipt: Mapping[str, int]) -> None:
    """Set in how many seconds messages that were received and not deleted are handed out again."""
    entries = [
        {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": seconds}
        for number, (receipt, seconds) in enumerate(seconds_by_receipt.items())
    ]
    for start in range(0, len(entries), _ENTRIES_MAX):
        request: JsonObject = {"QueueUrl": queue_url, "Entries": entries[start : start + _ENTRIES_MAX]}
        _service().call("ChangeMessageVisibilityBatch", request, idempotent=True)


def receives(record: JsonObject) -> int:
    """Return how often SQS has handed a message out."""
    return int(record["attributes"]["ApproximateReceiveCount"])


def pause(received: int, asked: float) -> int:
    """Return the seconds until a message is tried again, at least as many as Tinybird `asked` for.

    They double with each receive, and vary, so that messages that were kept together do not come back together."""
    doubled: int = min(_PAUSE_SECONDS << min(received - 1, 10), _PAUSE_SECONDS_MAX)
    uneven = doubled * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret
    return round(max(uneven, min(asked, _PAUSE_SECONDS_MAX)))


def staying(message_ids: Iterable[str]) -> JsonObject:
    """Return a consumer's batch item failures: Lambda deletes all other messages."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(message_ids)]}


def _send_batch(queue_url: str, batch: Sequence[_Numbered]) -> dict[int, str]:
    """Send a batch and return the error codes of the messages that SQS refused, by their positions."""
    entries = [{"Id": str(message.position), "MessageBody": message.body} for message in batch]
    answer = _service().call("SendMessageBatch", {"QueueUrl": queue_url, "Entries": entries}, idempotent=True)
    return {int(failed["Id"]): str(failed["Code"]) for failed in answer.get("Failed", [])}


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


@cache
def _service() -> JsonService:
    protocol = Protocol("sqs", "AmazonSQS", "application/x-amz-json-1.0")
    return JsonService(protocol, aws_environment(), timeout_seconds=_TIMEOUT_SECONDS)
