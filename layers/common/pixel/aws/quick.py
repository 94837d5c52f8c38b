"""What a function asks of AWS while a visitor waits for a redirect: two short attempts, then it goes on without.

The same tables, queues and secrets elsewhere have time for more (tables.py, queues.py, secrets.py). If none of them
answers, a redirect still does within the three seconds that its function may run.
"""

from typing import Final

from pixel.aws import secrets
from pixel.aws.attributes import to_item
from pixel.aws.json_service import AwsRefusedError, JsonService
from pixel.aws.queues import PROTOCOL as SQS
from pixel.aws.tables import CONDITION_FAILED, Database, Key
from pixel.aws.tables import PROTOCOL as DYNAMODB
from pixel.foundation import JsonObject
from pixel.foundation.container import made_once
from pixel.foundation.settings import aws_environment

_ATTEMPTS: Final = 2
TABLE_SECONDS = 0.3
QUEUE_SECONDS = 0.2
SECRET_SECONDS = 0.3


@made_once
def quick_database() -> Database:
    """Return the tables of this function."""
    service = JsonService(DYNAMODB, aws_environment(), timeout_seconds=TABLE_SECONDS, attempts=_ATTEMPTS)
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


def read_secret(name: str) -> str:
    """Return a secret, read at most five minutes ago unless the store cannot be reached. Raises AwsError."""
    return secrets.read_secret(name, _secrets)


@made_once
def _secrets() -> JsonService:
    return JsonService(secrets.PROTOCOL, aws_environment(), timeout_seconds=SECRET_SECONDS, attempts=_ATTEMPTS)


@made_once
def _queues() -> JsonService:
    return JsonService(SQS, aws_environment(), timeout_seconds=QUEUE_SECONDS, attempts=_ATTEMPTS)
