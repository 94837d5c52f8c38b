"""What a function asks of AWS while a visitor waits for a redirect: two short attempts, then it goes on without.

The same tables and queues elsewhere have time for more (tables.py, queues.py).
"""

from typing import Final

from pixel.aws.attributes import to_item
from pixel.aws.json_service import AwsRefusedError, JsonService
from pixel.aws.queues import PROTOCOL as SQS
from pixel.aws.tables import CONDITION_FAILED, Database, Key
from pixel.aws.tables import PROTOCOL as DYNAMODB
from pixel.foundation import JsonObject
from pixel.foundation.container import made_once
from pixel.foundation.settings import aws_environment

_ATTEMPTS: Final = 2
_TABLE_SECONDS: Final = 0.3
_QUEUE_SECONDS: Final = 0.2


@made_once
def quick_database() -> Database:
    """Return the tables of this function."""
    service = JsonService(DYNAMODB, aws_environment(), timeout_seconds=_TABLE_SECONDS, attempts=_ATTEMPTS)
    return Database(service)


def add_below(table: str, key: Key, counter: str, limit: int) -> bool:
    """Add one to a counter that is below a limit, and return False if it is not. Raises AwsError.

    However many callers add at the same moment, no more than the limit get True. A call is repeated only if it is
    certain that it had no effect.
    """
    request: JsonObject = {
        "TableName": table,
        "Key": to_item(key),
        "UpdateExpression": "ADD #counter :one",
        "ConditionExpression": "attribute_not_exists(#counter) OR #counter < :limit",
        "ExpressionAttributeNames": {"#counter": counter},
        "ExpressionAttributeValues": to_item({":one": 1, ":limit": limit}),
    }
    try:
        quick_database().service.call("UpdateItem", request, idempotent=False)
    except AwsRefusedError as failure:
        if failure.kind != CONDITION_FAILED:
            raise
        return False
    return True


def send(queue_url: str, body: str) -> None:
    """Send one message, whose body must be ASCII. Raises AwsError; the message may have been sent nevertheless."""
    _queues().call("SendMessage", {"QueueUrl": queue_url, "MessageBody": body}, idempotent=True)


@made_once
def _queues() -> JsonService:
    return JsonService(SQS, aws_environment(), timeout_seconds=_QUEUE_SECONDS, attempts=_ATTEMPTS)
