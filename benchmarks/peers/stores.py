"""The calls of peers to AWS by boto3, with clients made once and the same caching as in our functions."""

import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_WINDOW_SECONDS = 60
_COUNTER_KEPT_SECONDS = 3600
_WEBSITE_KEPT_SECONDS = 60
_SECRET_KEPT_SECONDS = 300
_WEBSITES_MAX = 1000

_config = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard"}, tcp_keepalive=True)
_dynamodb: "DynamoDBClient" = boto3.client("dynamodb", config=_config)
_deserializer = TypeDeserializer()
_ssm: Any = boto3.client("ssm", config=_config)
_websites: dict[tuple[str, str], tuple[str | None, float]] = {}
_secrets: dict[str, tuple[str, float]] = {}


class Allowance(NamedTuple):
    limit: int
    remaining: int
    resets_at: int

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.resets_at),
        }


def count_request(workspace_id: str, limit: int) -> Allowance:
    """Count a request and return what is left; `remaining` is negative if the limit is exceeded."""
    window = int(time.time()) // _WINDOW_SECONDS
    resets_at = (window + 1) * _WINDOW_SECONDS
    answer = _dynamodb.update_item(
        TableName=os.environ["PIXEL_COUNTERS_TABLE"],
        Key={"workspace_minute": {"S": f"{workspace_id}#{window}"}},
        UpdateExpression="ADD #hits :one SET expires_at = if_not_exists(expires_at, :expires_at)",
        ExpressionAttributeNames={"#hits": "hits"},
        ExpressionAttributeValues={":one": {"N": "1"}, ":expires_at": {"N": str(resets_at + _COUNTER_KEPT_SECONDS)}},
        ReturnValues="UPDATED_NEW",
    )
    return Allowance(limit, limit - int(answer["Attributes"]["hits"]["N"]), resets_at)


def find_key(key_hash: str) -> dict[str, Any] | None:
    """Return the record of an API key by a strongly consistent read."""
    answer = _dynamodb.get_item(
        TableName=os.environ["PIXEL_KEYS_TABLE"], Key={"key_hash": {"S": key_hash}}, ConsistentRead=True
    )
    item = answer.get("Item")
    return None if item is None else {name: _deserializer.deserialize(value) for name, value in item.items()}


def domain_of(workspace_id: str, website_id: str) -> str | None:
    """Return the domain of a website of the workspace, or None if it does not exist."""
    answer = _dynamodb.get_item(
        TableName=os.environ["PIXEL_WORKSPACE_TABLE"],
        Key={"workspace_id": {"S": workspace_id}, "item": {"S": f"WEBSITE#{website_id}"}},
        ConsistentRead=True,
    )
    website = answer.get("Item")
    return None if website is None or "deleted_at" in website else website["domain"]["S"]


def list_websites(workspace_id: str, website_id: str | None) -> list[dict[str, str | None]]:
    """Return up to 1,000 websites that are not deleted, oldest first, or only the given one."""
    condition = "attribute_not_exists(deleted_at)"
    values = {":workspace_id": {"S": workspace_id}, ":prefix": {"S": "WEBSITE#"}}
    if website_id is not None:
        condition += " AND id = :website_id"
        values[":website_id"] = {"S": website_id}
    question: Any = {
        "TableName": os.environ["PIXEL_WORKSPACE_TABLE"],
        "KeyConditionExpression": "workspace_id = :workspace_id AND begins_with(#item, :prefix)",
        "FilterExpression": condition,
        "ProjectionExpression": "id, #domain, #name, created_at",
        "ExpressionAttributeNames": {"#item": "item", "#domain": "domain", "#name": "name"},
        "ExpressionAttributeValues": values,
        "ConsistentRead": True,
    }
    answer = _dynamodb.query(**question)
    items = answer["Items"]
    while "LastEvaluatedKey" in answer and len(items) < _WEBSITES_MAX:
        answer = _dynamodb.query(**question, ExclusiveStartKey=answer["LastEvaluatedKey"])
        items += answer["Items"]
    items = sorted(items[:_WEBSITES_MAX], key=lambda item: (item["created_at"]["S"], item["id"]["S"]))
    return [
        {
            "id": item["id"]["S"],
            "domain": item["domain"]["S"],
            "name": item["name"]["S"] if "name" in item else None,
            "createdAt": item["created_at"]["S"],
        }
        for item in items
    ]


def known_domain_of(workspace_id: str, website_id: str) -> str | None:
    domain, until = _websites.get((workspace_id, website_id), (None, 0.0))
    if until < time.time():
        domain = domain_of(workspace_id, website_id)
        _websites[workspace_id, website_id] = (domain, time.time() + _WEBSITE_KEPT_SECONDS)
    return domain


def read_secret(name: str) -> str:
    value, until = _secrets.get(name, ("", 0.0))
    if until < time.time():
        path = f"{os.environ['PIXEL_SECRETS_PATH']}/{name}"
        value = _ssm.get_parameter(Name=path, WithDecryption=True)["Parameter"]["Value"]
        _secrets[name] = (value, time.time() + _SECRET_KEPT_SECONDS)
    return value
