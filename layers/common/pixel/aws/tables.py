"""DynamoDB items as plain dictionaries, and the operations that routes need."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import batched
from typing import Any, NamedTuple

from pixel.aws.json_service import ATTEMPTS, AwsRefusedError, AwsUnreachableError, JsonService, Protocol
from pixel.foundation import JsonObject
from pixel.foundation.settings import aws_environment

Item = dict[str, Any]

_CONDITION_FAILED = "ConditionalCheckFailedException"
_BATCH_WRITES_MAX = 25
_BATCH_READS_MAX = 100
_BATCH_ROUNDS_MAX = 5


def to_attribute(value: object) -> JsonObject:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | float():
            return {"N": str(value)}
        case list() | tuple():
            return {"L": [to_attribute(entry) for entry in value]}
        case Mapping():
            return {"M": to_item(value)}
        case _:
            raise TypeError(f"no DynamoDB type for {type(value).__name__}")


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    [(kind, value)] = attribute.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return float(value) if "." in value or "E" in value.upper() else int(value)
        case "L":
            return [from_attribute(entry) for entry in value]
        case "M":
            return from_item(value)
        case "S" | "BOOL":
            return value
        case _:
            raise TypeError(f"no Python type for DynamoDB's {kind}")


def to_item(values: Mapping[str, object]) -> JsonObject:
    return {name: to_attribute(value) for name, value in values.items()}


def from_item(item: Mapping[str, Mapping[str, Any]]) -> Item:
    return {name: from_attribute(attribute) for name, attribute in item.items()}


def get_item(table: str, key: Mapping[str, str]) -> Item | None:
    """Strongly consistent: a key works the moment it was made and not a moment longer than it is revoked."""
    answer = _service().call(
        "GetItem", {"TableName": table, "Key": to_item(key), "ConsistentRead": True}, idempotent=True
    )
    return from_item(answer["Item"]) if "Item" in answer else None


def put_item(table: str, item: Item) -> None:
    """Whatever was there."""
    _service().call("PutItem", {"TableName": table, "Item": to_item(item)}, idempotent=True)


class Wanted(NamedTuple):
    """Items of one partition whose sort key starts so, with these values and without one attribute."""

    partition: tuple[str, str]
    sort_prefix: tuple[str, str]
    equal: Mapping[str, str]
    absent: str
    attributes: Sequence[str]

    def to_request(self) -> JsonObject:
        names = {"#partition": self.partition[0], "#sort": self.sort_prefix[0], "#absent": self.absent}
        names |= {f"#attribute{place}": name for place, name in enumerate(self.attributes)}
        names |= {f"#equal{place}": name for place, name in enumerate(self.equal)}
        values = {":partition": self.partition[1], ":prefix": self.sort_prefix[1]}
        values |= {f":equal{place}": value for place, value in enumerate(self.equal.values())}
        conditions = [
            "attribute_not_exists(#absent)",
            *(f"#equal{place} = :equal{place}" for place in range(len(self.equal))),
        ]
        return {
            "KeyConditionExpression": "#partition = :partition AND begins_with(#sort, :prefix)",
            "FilterExpression": " AND ".join(conditions),
            "ProjectionExpression": ", ".join(f"#attribute{place}" for place in range(len(self.attributes))),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": to_item(values),
        }


def query(table: str, wanted: Wanted, *, items_max: int) -> list[Item]:
    """Strongly consistent; one call unless what it reads fills more than DynamoDB's megabyte."""
    request: JsonObject = {"TableName": table, "ConsistentRead": True, **wanted.to_request()}
    found: list[Item] = []
    while True:
        page = _service().call("Query", request, idempotent=True)
        found += map(from_item, page["Items"])
        if len(found) >= items_max or "LastEvaluatedKey" not in page:
            return found[:items_max]
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def query_index(table: str, index: str, key: tuple[str, str], *, items_max: int) -> list[Item]:
    """Items that carry this value, as an index knows them: some moments late."""
    request: JsonObject = {
        "TableName": table,
        "IndexName": index,
        "Limit": items_max,
        "KeyConditionExpression": "#key = :key",
        "ExpressionAttributeNames": {"#key": key[0]},
        "ExpressionAttributeValues": to_item({":key": key[1]}),
    }
    return [from_item(item) for item in _service().call("Query", request, idempotent=True)["Items"]]


def put_unless_there(table: str, item: Item, key_attribute: str) -> Item | None:
    """None where it was put; else what was there. May find itself, where its own first answer was lost."""
    condition = {
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": key_attribute},
    }
    for _ in range(ATTEMPTS):
        there = _put_if(condition, table, item, key_attribute)
        if there != {}:  # else it has gone since, and its place is free again
            return there
    raise AwsUnreachableError("dynamodb PutItem", "an item is there and is not")


def replace_if(table: str, item: Item, key_attribute: str, equal: Mapping[str, object]) -> Item | None:
    """None where what was there had these values and was replaced; else what was there, empty where nothing was. May
    find itself, as `put_unless_there` may."""
    return _put_if(_condition(equal), table, item, key_attribute)


def _put_if(condition: JsonObject, table: str, item: Item, key_attribute: str) -> Item | None:
    request = {"TableName": table, "Item": to_item(item), **condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    try:
        _service().call("PutItem", request, idempotent=True)
    except AwsRefusedError as failure:
        if failure.kind != _CONDITION_FAILED:
            raise
        if "Item" in failure.body:
            return from_item(failure.body["Item"])
        # Nothing was there; or this is an engine that does not say what was, such as DynamoDB Local before 2023.
        return next(iter(get_all(table, [{key_attribute: item[key_attribute]}])), {})
    return None


def put_all(table: str, items: Sequence[Item]) -> None:
    """Whatever was there; 25 at a time, which is DynamoDB's limit."""
    waiting = [{"PutRequest": {"Item": to_item(item)}} for item in items]
    for _ in range(_BATCH_ROUNDS_MAX):
        if not waiting:
            return
        left: list[JsonObject] = []
        for batch in batched(waiting, _BATCH_WRITES_MAX, strict=False):
            answer = _service().call("BatchWriteItem", {"RequestItems": {table: list(batch)}}, idempotent=True)
            left += answer.get("UnprocessedItems", {}).get(table, [])
        waiting = left
    if waiting:
        raise AwsUnreachableError("dynamodb BatchWriteItem", "items were left unprocessed")


def get_all(table: str, keys: Sequence[Mapping[str, str]]) -> list[Item]:
    """Those that there are, strongly consistent; 100 at a time, which is DynamoDB's limit."""
    waiting = [to_item(key) for key in keys]
    found: list[Item] = []
    for _ in range(_BATCH_ROUNDS_MAX):
        if not waiting:
            return found
        left: list[JsonObject] = []
        for batch in batched(waiting, _BATCH_READS_MAX, strict=False):
            request = {"RequestItems": {table: {"Keys": list(batch), "ConsistentRead": True}}}
            answer = _service().call("BatchGetItem", request, idempotent=True)
            found += map(from_item, answer["Responses"].get(table, []))
            left += answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        waiting = left
    if waiting:
        raise AwsUnreachableError("dynamodb BatchGetItem", "keys were left unprocessed")
    return found


def delete_if(table: str, key: Mapping[str, str], equal: Mapping[str, object]) -> None:
    """Nothing happens where the item is gone or has other values."""
    try:
        _service().call(
            "DeleteItem",
            {"TableName": table, "Key": to_item(key), **_condition(equal)},
            idempotent=True,
        )
    except AwsRefusedError as failure:
        if failure.kind != _CONDITION_FAILED:
            raise


def _condition(equal: Mapping[str, object]) -> JsonObject:
    return {
        "ConditionExpression": " AND ".join(f"#{name} = :{name}" for name in equal),
        "ExpressionAttributeNames": {f"#{name}": name for name in equal},
        "ExpressionAttributeValues": to_item({f":{name}": value for name, value in equal.items()}),
    }


def add_one(table: str, key: Mapping[str, str], counter: str, *, expires_at: int) -> int:
    """Add one to a counter that may not exist yet, and return what it then holds."""
    answer = _service().call(
        "UpdateItem",
        {
            "TableName": table,
            "Key": to_item(key),
            "UpdateExpression": "ADD #counter :one SET expires_at = if_not_exists(expires_at, :expires_at)",
            "ExpressionAttributeNames": {"#counter": counter},
            "ExpressionAttributeValues": to_item({":one": 1, ":expires_at": expires_at}),
            "ReturnValues": "UPDATED_NEW",
        },
        idempotent=False,
    )
    return int(from_item(answer["Attributes"])[counter])


@cache
def _service() -> JsonService:
    return JsonService(Protocol("dynamodb", "DynamoDB_20120810", "application/x-amz-json-1.0"), aws_environment())
