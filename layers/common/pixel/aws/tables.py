"""DynamoDB: items as plain dictionaries, conditions, and the operations that functions and `pixelctl` use.

Functions use `database()`, which their environment configures. Programs that work on any deployment create a `Database`
with their own service.
"""

import secrets
from collections.abc import Mapping, Sequence
from itertools import batched
from typing import Final, NamedTuple, Protocol

from pixel.aws import json_service
from pixel.aws.attributes import Item, from_item, to_item
from pixel.aws.conditions import ABSENT, Expected, Expressions, conditional
from pixel.aws.json_service import ATTEMPTS, AwsRefusedError, AwsUnreachableError, JsonService, back_off
from pixel.foundation import JsonObject
from pixel.foundation.container import made_once
from pixel.foundation.errors import LoggableError
from pixel.foundation.settings import aws_environment

Key = Mapping[str, str]
Action = JsonObject
"""A write or a condition check of a transaction."""

PROTOCOL: Final = json_service.Protocol("dynamodb", "DynamoDB_20120810", "application/x-amz-json-1.0")
READS_AT_ONCE = 100  # limit of BatchGetItem
WRITES_AT_ONCE = 100  # limit of TransactWriteItems

CONDITION_FAILED: Final = "ConditionalCheckFailedException"
_THROTTLED = {"None", "ThrottlingError", "ProvisionedThroughputExceeded"}  # in a canceled transaction
_BATCH_WRITES_MAX = 25
_BATCH_ROUNDS_MAX = 5


class WriteRefusedError(LoggableError):
    """A transaction was canceled, and nothing was written.

    `refused` holds the positions of the actions whose condition failed. It is empty if the transaction conflicted with
    another write.
    """

    def __init__(self, refused: Sequence[int]) -> None:
        self.refused = refused
        super().__init__("a condition does not hold")


class Service(Protocol):
    """The connection of a `Database`, such as a `JsonService`."""

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject: ...


class Query(NamedTuple):
    """A query for the items of one partition of a table or an index."""

    partition: tuple[str, str]
    sort_prefix: tuple[str, str] | None = None
    sort_until: tuple[str, str] | None = None  # the last sort key, which is part of the answer
    where: Expected = {}  # noqa: RUF012 - immutable; filters after the read
    attributes: Sequence[str] = ()  # empty: all
    index_name: str | None = None
    after: str | None = None  # begin behind this sort key, which must begin with the prefix
    descending: bool = False

    def to_request(self) -> JsonObject:
        expressions = Expressions()
        keys = [f"{expressions.name(self.partition[0])} = {expressions.value('partition', self.partition[1])}"]
        if self.sort_prefix is not None:
            name, prefix = self.sort_prefix
            keys.append(f"begins_with({expressions.name(name)}, {expressions.value('prefix', prefix)})")
        if self.sort_until is not None:
            name, last = self.sort_until
            keys.append(f"{expressions.name(name)} <= {expressions.value('until', last)}")
        request: JsonObject = {"KeyConditionExpression": " AND ".join(keys)}
        # An index cannot be read consistently.
        request |= {"ConsistentRead": True} if self.index_name is None else {"IndexName": self.index_name}
        if self.descending:
            request["ScanIndexForward"] = False
        if self.where:
            request["FilterExpression"] = expressions.condition(self.where)
        if self.after is not None and self.sort_prefix is not None:
            request["ExclusiveStartKey"] = to_item(dict([self.partition, (self.sort_prefix[0], self.after)]))
        if self.attributes:
            request["ProjectionExpression"] = ", ".join(map(expressions.name, self.attributes))
        return request | expressions.placeholders()


class Database:
    """The tables of one account and region."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def get(self, table: str, key: Key, *, consistently: bool = True) -> Item | None:
        """Return an item, read consistently, so that a key works at once and stops when it is revoked.

        Otherwise the read costs half, and may miss what was written within the last second.
        """
        response = self._read("GetItem", {"TableName": table, "Key": to_item(key), "ConsistentRead": consistently})
        return from_item(response["Item"]) if "Item" in response else None

    def get_all(self, table: str, keys: Sequence[Key]) -> list[Item]:
        """Return those of up to READS_AT_ONCE items that exist, read consistently, in any order."""
        pending: JsonObject = {table: {"Keys": list(map(to_item, keys)), "ConsistentRead": True}}
        found: list[Item] = []
        for _ in range(_BATCH_ROUNDS_MAX):
            response = self._read("BatchGetItem", {"RequestItems": pending})
            found += map(from_item, response["Responses"].get(table, []))
            pending = response.get("UnprocessedKeys", {})
            if not pending:
                return found
        raise AwsUnreachableError("dynamodb BatchGetItem", "keys were left unprocessed")

    def query(self, table: str, query: Query, *, items_max: int | None = None) -> list[Item]:
        """Return all items, or the first `items_max`, in one call for each megabyte that is read."""
        request: JsonObject = {"TableName": table, **query.to_request()}
        if items_max is not None and not query.where:
            request["Limit"] = items_max
        return self._pages("Query", request, items_max)

    def scan(self, table: str, where: Expected) -> list[Item]:
        """Return the items of the whole table that match.

        The scan finds everything written before it began, because a table, unlike an index, can be read consistently.
        It reads every item, so only occasional tasks of an operator should use it.
        """
        expressions = Expressions()
        request = {"TableName": table, "ConsistentRead": True, "FilterExpression": expressions.condition(where)}
        return self._pages("Scan", request | expressions.placeholders(), None)

    def scan_prefix(self, table: str, attribute: str, prefix: str) -> list[Item]:
        """Return the items of the whole table whose attribute begins with a text. It reads every item, as `scan`."""
        expressions = Expressions()
        condition = f"begins_with({expressions.name(attribute)}, {expressions.value('prefix', prefix)})"
        request = {"TableName": table, "ConsistentRead": True, "FilterExpression": condition}
        return self._pages("Scan", request | expressions.placeholders(), None)

    def put(self, table: str, item: Item) -> None:
        """Write the item, replacing any existing one."""
        self._write("PutItem", {"TableName": table, "Item": to_item(item)})

    def put_all(self, table: str, items: Sequence[Item]) -> None:
        """Write the items, replacing any existing ones, in batches of 25, which is DynamoDB's limit."""
        pending = [{"PutRequest": {"Item": to_item(item)}} for item in items]
        for _ in range(_BATCH_ROUNDS_MAX):
            if not pending:
                return
            unprocessed: list[JsonObject] = []
            for batch in batched(pending, _BATCH_WRITES_MAX, strict=False):
                response = self._write("BatchWriteItem", {"RequestItems": {table: list(batch)}})
                unprocessed += response.get("UnprocessedItems", {}).get(table, [])
            pending = unprocessed
        if pending:
            raise AwsUnreachableError("dynamodb BatchWriteItem", "items were left unprocessed")

    def put_if_absent(self, table: str, item: Item, key_attribute: str) -> Item | None:
        """Write the item unless one exists, and return the existing one.

        It may return the item itself, if the response to the first attempt was lost.
        """
        for _ in range(ATTEMPTS):
            existing = self._put_if(table, item, key_attribute, {key_attribute: ABSENT})
            if existing != {}:  # else the existing item was deleted meanwhile, so try again
                return existing
        raise AwsUnreachableError("dynamodb PutItem", "the item is created and deleted again and again")

    def replace_if(self, table: str, item: Item, key_attribute: str, expected: Expected) -> Item | None:
        """Replace the item if it meets the condition; else return the existing one, or {} if there is none.

        It may return the item itself, as `put_if_absent` may.
        """
        return self._put_if(table, item, key_attribute, expected)

    def add_to_set(self, table: str, key: Key, attribute: str, member: str, expected: Expected) -> Item | None:
        """Add a member to a set of an item and return the changed item, or None if the item fails the condition."""
        expressions = Expressions()
        update = f"ADD {expressions.name(attribute)} {expressions.value('member', frozenset({member}))}"
        return self._update_if(table, key, update, expressions, expected)

    def remove_from_set(self, table: str, key: Key, attribute: str, member: str, expected: Expected) -> Item | None:
        """Remove a member from a set of an item and return the changed item, or None if the item fails the condition.

        DynamoDB removes the attribute together with its last member.
        """
        expressions = Expressions()
        update = f"DELETE {expressions.name(attribute)} {expressions.value('member', frozenset({member}))}"
        return self._update_if(table, key, update, expressions, expected)

    def add(self, table: str, key: Key, counter: str, number: int = 1, *, expires_at: int) -> int:
        """Add to a counter, which starts at 0, and return the new value."""
        response = self.service.call(
            "UpdateItem",
            {
                "TableName": table,
                "Key": to_item(key),
                "UpdateExpression": "ADD #counter :number SET expires_at = if_not_exists(expires_at, :expires_at)",
                "ExpressionAttributeNames": {"#counter": counter},
                "ExpressionAttributeValues": to_item({":number": number, ":expires_at": expires_at}),
                "ReturnValues": "UPDATED_NEW",
            },
            idempotent=False,
        )
        return int(from_item(response["Attributes"])[counter])

    def set_attributes(self, table: str, key: Key, values: Mapping[str, object]) -> None:
        """Set attributes of an item, which is created if there is none."""
        self.service.call("UpdateItem", change(table, key, values, {})["Update"], idempotent=False)

    def change_if(self, table: str, key: Key, values: Mapping[str, object], expected: Expected) -> Item | None:
        """Set attributes of an item and return the changed item, or None if it fails the condition.

        It may return None although it set them, if the response to the first attempt was lost.
        """
        try:
            request = change(table, key, values, expected)["Update"]
            response = self._write("UpdateItem", {**request, "ReturnValues": "ALL_NEW"})
        except AwsRefusedError as failure:
            if failure.kind != CONDITION_FAILED:
                raise
            return None
        return from_item(response["Attributes"])

    def transact(self, *actions: Action) -> None:
        """Execute all of the actions or none, with up to three attempts if the tables are throttled.

        A request token lets DynamoDB recognize a retry. Without it, a retry after a lost response would fail on what
        the first attempt wrote. A canceled transaction needs a new token, because its token stands for that result.
        """
        attempt = 1
        while True:
            payload = {"TransactItems": list(actions), "ClientRequestToken": secrets.token_hex(16)}
            try:
                self._write("TransactWriteItems", payload)
            except AwsRefusedError as failure:
                codes = _cancellation_codes(failure)
                if {"ConditionalCheckFailed", "TransactionConflict"} & set(codes):
                    refused = [position for position, code in enumerate(codes) if code == "ConditionalCheckFailed"]
                    raise WriteRefusedError(refused) from failure
                if attempt == ATTEMPTS or not codes or set(codes) - _THROTTLED:
                    raise
            else:
                return
            back_off(attempt)
            attempt += 1

    def _update_if(
        self, table: str, key: Key, update: str, expressions: "Expressions", expected: Expected
    ) -> Item | None:
        request = {"TableName": table, "Key": to_item(key), "UpdateExpression": update, "ReturnValues": "ALL_NEW"}
        try:
            response = self._write("UpdateItem", request | conditional(expected, expressions))
        except AwsRefusedError as failure:
            if failure.kind != CONDITION_FAILED:
                raise
            return None
        return from_item(response["Attributes"])

    def _put_if(self, table: str, item: Item, key_attribute: str, expected: Expected) -> Item | None:
        request = {"TableName": table, "Item": to_item(item), **conditional(expected)}
        try:
            self._write("PutItem", request | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"})
        except AwsRefusedError as failure:
            if failure.kind != CONDITION_FAILED:
                raise
            if "Item" in failure.body:
                return from_item(failure.body["Item"])
            # The item does not exist, or the engine does not return it, as DynamoDB Local before 2023.
            return self.get(table, {key_attribute: item[key_attribute]}) or {}
        return None

    def _pages(self, operation: str, request: JsonObject, items_max: int | None) -> list[Item]:
        found: list[Item] = []
        while True:
            page = self._read(operation, request)
            found += map(from_item, page["Items"])
            if "LastEvaluatedKey" not in page or (items_max is not None and len(found) >= items_max):
                return found[:items_max]
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _read(self, operation: str, payload: JsonObject) -> JsonObject:
        return self.service.call(operation, payload, idempotent=True)

    def _write(self, operation: str, payload: JsonObject) -> JsonObject:
        """Call an operation that has the same effect when it is retried."""
        return self.service.call(operation, payload, idempotent=True)


@made_once
def database() -> Database:
    """Return the tables of this function, as its environment configures them."""
    return Database(JsonService(PROTOCOL, aws_environment()))


def _cancellation_codes(failure: AwsRefusedError) -> list[str]:
    """Return a code for each action of a canceled transaction; those that are not to blame have None as text."""
    if failure.kind != "TransactionCanceledException":
        return []
    return [reason.get("Code") or "None" for reason in failure.body.get("CancellationReasons", [])]


def insertion(table: str, item: Mapping[str, object], key_attribute: str) -> Action:
    """Return the action that creates an item, which must not exist."""
    return replacement(table, item, {key_attribute: ABSENT})


def replacement(table: str, item: Mapping[str, object], expected: Expected) -> Action:
    """Return the action that writes an item in place of one that meets the condition."""
    return {"Put": {"TableName": table, "Item": to_item(item), **conditional(expected)}}


def check(table: str, key: Key, expected: Expected) -> Action:
    """Return the action that requires an item to meet a condition."""
    return {"ConditionCheck": {"TableName": table, "Key": to_item(key), **conditional(expected)}}


def deletion(table: str, key: Key, expected: Expected) -> Action:
    """Return the action that deletes an item, which must meet the condition."""
    return {"Delete": {"TableName": table, "Key": to_item(key), **conditional(expected)}}


def change(table: str, key: Key, values: Mapping[str, object], expected: Expected) -> Action:
    """Return the action that sets attributes of an item, which must meet any condition; ABSENT removes one."""
    expressions = Expressions()
    sets = [
        f"{expressions.name(name)} = {expressions.new(name, value)}"
        for name, value in values.items()
        if value is not ABSENT
    ]
    removes = [expressions.name(name) for name, value in values.items() if value is ABSENT]
    clauses = [f"SET {', '.join(sets)}"] * bool(sets) + [f"REMOVE {', '.join(removes)}"] * bool(removes)
    update = {"TableName": table, "Key": to_item(key), "UpdateExpression": " ".join(clauses)}
    return {"Update": {**update, **conditional(expected, expressions)}}
