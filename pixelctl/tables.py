"""DynamoDB as pixelctl needs it: reads to the last page, and writes that go through together or not at all."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import ClientError

from pixel.aws.tables import Item, from_item, to_item
from pixelctl.failures import error_code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from pixel.aws.tables import Query

WRITES_AT_ONCE = 100  # of one TransactWriteItems


class _Absence(Enum):
    ABSENT = auto()


ABSENT: Final = _Absence.ABSENT
"""In place of a value: the item is expected to lack the attribute, or shall lack it."""


class _Condition(NamedTuple):
    expression: str
    names: dict[str, str]
    values: dict[str, Any]


class WriteRefusedError(Exception):
    """Nothing was written. `refused` holds the positions of the actions whose condition did not hold; a write that
    another one was in the way of is refused as well."""

    def __init__(self, refused: Sequence[int]) -> None:
        self.refused = refused
        super().__init__("a condition does not hold")


def get(client: DynamoDBClient, table: str, key: Mapping[str, str]) -> Item | None:
    answer = client.get_item(TableName=table, Key=to_item(key), ConsistentRead=True)
    return from_item(answer["Item"]) if "Item" in answer else None


def query(client: DynamoDBClient, table: str, index: str, attribute: str, value: str) -> list[Item]:
    """An index lags behind its table, by less than a second as a rule."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        IndexName=index,
        KeyConditionExpression="#attribute = :value",
        ExpressionAttributeNames={"#attribute": attribute},
        ExpressionAttributeValues=to_item({":value": value}),
    )
    return [from_item(item) for page in pages for item in page["Items"]]


def query_wanted(client: DynamoDBClient, table: str, wanted: Query) -> list[Item]:
    """What the list routes read, to the last page."""
    pages = client.get_paginator("query").paginate(TableName=table, **wanted.to_request())
    return [from_item(item) for page in pages for item in page["Items"]]


def scan(client: DynamoDBClient, table: str, attribute: str, value: str) -> list[Item]:
    """Reads the whole table, and misses nothing that was written before it began: unlike an index, a table can be read
    consistently. For what an operator does now and then."""
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="#attribute = :value",
        ExpressionAttributeNames={"#attribute": attribute},
        ExpressionAttributeValues=to_item({":value": value}),
        ConsistentRead=True,
    )
    return [from_item(item) for page in pages for item in page["Items"]]


def put_new(table: str, item: Mapping[str, object], key_attribute: str) -> TransactWriteItemTypeDef:
    return {
        "Put": {
            "TableName": table,
            "Item": to_item(item),
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": key_attribute},
        }
    }


def check(table: str, key: Mapping[str, str], expected: Mapping[str, object]) -> TransactWriteItemTypeDef:
    condition = _condition(expected)
    return {
        "ConditionCheck": {
            "TableName": table,
            "Key": to_item(key),
            "ConditionExpression": condition.expression,
            "ExpressionAttributeNames": condition.names,
            "ExpressionAttributeValues": condition.values,
        }
    }


def delete(table: str, key: Mapping[str, str], expected: Mapping[str, object]) -> TransactWriteItemTypeDef:
    condition = _condition(expected)
    return {
        "Delete": {
            "TableName": table,
            "Key": to_item(key),
            "ConditionExpression": condition.expression,
            "ExpressionAttributeNames": condition.names,
            "ExpressionAttributeValues": condition.values,
        }
    }


def update(
    table: str, key: Mapping[str, str], values: Mapping[str, object], expected: Mapping[str, object]
) -> TransactWriteItemTypeDef:
    condition = _condition(expected)
    present = _without_absent(values)
    sets = ", ".join(f"#to_{name} = :to_{name}" for name in present)
    removes = ", ".join(f"#to_{name}" for name in values if name not in present)
    clauses = [f"SET {sets}"] * bool(sets) + [f"REMOVE {removes}"] * bool(removes)
    return {
        "Update": {
            "TableName": table,
            "Key": to_item(key),
            "UpdateExpression": " ".join(clauses),
            "ConditionExpression": condition.expression,
            "ExpressionAttributeNames": {f"#to_{name}": name for name in values} | condition.names,
            "ExpressionAttributeValues": to_item({f":to_{name}": value for name, value in present.items()})
            | condition.values,
        }
    }


def write(client: DynamoDBClient, *actions: TransactWriteItemTypeDef) -> None:
    """Always a transaction, even of one: boto3 gives it a token, so that a repeated call is not refused by its own
    first attempt."""
    try:
        client.transact_write_items(TransactItems=actions)
    except ClientError as failure:
        if error_code(failure) != "TransactionCanceledException":
            raise
        codes = [reason.get("Code") for reason in failure.response.get("CancellationReasons", [])]
        if not {"ConditionalCheckFailed", "TransactionConflict"} & set(codes):
            raise
        refused = [position for position, code in enumerate(codes) if code == "ConditionalCheckFailed"]
        raise WriteRefusedError(refused) from failure


def _condition(expected: Mapping[str, object]) -> _Condition:
    return _Condition(
        " AND ".join(
            f"attribute_not_exists(#is_{name})" if value is ABSENT else f"#is_{name} = :is_{name}"
            for name, value in expected.items()
        ),
        {f"#is_{name}": name for name in expected},
        to_item({f":is_{name}": value for name, value in _without_absent(expected).items()}),
    )


def _without_absent(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not ABSENT}
