"""The calls of a redirect by boto3, with clients made once and the same caching as in our function."""

import os
import secrets
import time
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config

_LINK_KEPT_SECONDS = 5
_DAY_SECONDS = 86_400

_config = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard"}, tcp_keepalive=True)
_dynamodb: Any = boto3.client("dynamodb", config=_config)
_sqs: Any = boto3.client("sqs", config=_config)
_deserializer = TypeDeserializer()
_links: dict[str, tuple[dict[str, Any] | None, float]] = {}
_salts: dict[int, bytes] = {}


def find_link(code: str) -> dict[str, Any] | None:
    link, until = _links.get(code, (None, 0.0))
    if until < time.time():
        key = {"pk": {"S": f"R#default/{code.lower()}"}, "sk": {"S": "-"}}
        item = _dynamodb.get_item(TableName=os.environ["PIXEL_LINKS_TABLE"], Key=key).get("Item")
        link = None if item is None else {name: _deserializer.deserialize(value) for name, value in item.items()}
        _links[code] = (link, time.time() + _LINK_KEPT_SECONDS)
    return link


def send_click(row: str) -> None:
    _sqs.send_message(QueueUrl=os.environ["PIXEL_CLICKS_QUEUE_URL"], MessageBody=row)


def salt_of_today() -> bytes:
    """Return the salt of the day, which the first to need it makes."""
    day = int(time.time()) // _DAY_SECONDS
    if day not in _salts:
        answer = _dynamodb.update_item(
            TableName=os.environ["PIXEL_COUNTERS_TABLE"],
            Key={"workspace_minute": {"S": f"salt#{day}"}},
            UpdateExpression="SET salt = if_not_exists(salt, :salt), expires_at = :end",
            ExpressionAttributeValues={
                ":salt": {"S": secrets.token_hex(32)},
                ":end": {"N": str((day + 2) * _DAY_SECONDS)},
            },
            ReturnValues="ALL_NEW",
        )
        _salts[day] = bytes.fromhex(answer["Attributes"]["salt"]["S"])
    return _salts[day]
