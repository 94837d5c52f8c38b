"""DynamoDB in memory, as far as `pixel.aws.tables` uses it: for tests that make millions of calls.

`tests/test_memory_tables.py` makes the same random calls here and to moto, and compares what both answer and keep.
"""

import re
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import itemgetter
from types import CodeType
from typing import Any, NamedTuple, override

from pixel.aws.attributes import from_attribute
from pixel.aws.json_service import AwsRefusedError
from pixel.foundation import JsonObject

WireItem = dict[str, JsonObject]
_Key = tuple[str, ...]

_FUNCTIONS = {"attribute_exists": "exists", "attribute_not_exists": "lacks", "begins_with": "begins"}
_WORDS = {" AND ": " and ", " OR ": " or ", " IN (": " in (", " = ": " == "}


class Index(NamedTuple):
    """A sparse index, which is kept in order."""

    partition: str
    sort: str


class _Missing:
    """In place of an attribute that is not there: no comparison with it holds."""

    @override
    def __eq__(self, other: object) -> bool:
        return False

    @override
    def __hash__(self) -> int:
        return 0

    def __lt__(self, other: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__


_MISSING = _Missing()


class MemoryTables:
    """Tables with these keys, and indexes by the name of each. In place of a `JsonService`."""

    def __init__(self, keys: Mapping[str, Iterable[str]], indexes: Mapping[str, Index] | None = None) -> None:
        self._keys = {table: tuple(names) for table, names in keys.items()}
        self._indexes = dict(indexes or {})
        self.items: dict[str, dict[_Key, WireItem]] = {table: {} for table in self._keys}
        self._by_partition: dict[str, defaultdict[str, set[_Key]]] = {table: defaultdict(set) for table in self._keys}
        self._sorted: dict[str, defaultdict[str, list[tuple[str, _Key]]]] = {
            name: defaultdict(list) for name in self._indexes
        }

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:  # noqa: ARG002 - as there
        operations: dict[str, Callable[[JsonObject], JsonObject]] = {
            "GetItem": self._get,
            "BatchGetItem": self._get_all,
            "PutItem": self._put,
            "UpdateItem": self._update,
            "Query": self._query,
            "Scan": self._scan,
            "TransactWriteItems": self._transact,
        }
        return operations[operation](payload)

    def is_due(self, index: str, until: str) -> bool:
        """Return whether an index has an item up to a sort key."""
        return any(ordered and ordered[0][0] <= until for ordered in self._sorted[index].values())

    def _get(self, payload: JsonObject) -> JsonObject:
        found = self._item(payload["TableName"], payload["Key"])
        return {} if found is None else {"Item": found}

    def _get_all(self, payload: JsonObject) -> JsonObject:
        return {
            "Responses": {
                table: [found for key in asked["Keys"] if (found := self._item(table, key)) is not None]
                for table, asked in payload["RequestItems"].items()
            }
        }

    def _put(self, payload: JsonObject) -> JsonObject:
        existing = self._item(payload["TableName"], payload["Item"])
        self._require(payload, existing, "PutItem")
        self._store(payload["TableName"], dict(payload["Item"]))
        return {}

    def _update(self, payload: JsonObject) -> JsonObject:
        existing = self._item(payload["TableName"], payload["Key"])
        self._require(payload, existing, "UpdateItem")
        changed = _updated(payload, existing or payload["Key"])
        self._store(payload["TableName"], changed)
        return {"Attributes": changed}

    def _query(self, payload: JsonObject) -> JsonObject:
        found = [item for item in self._candidates(payload) if _holds(payload, "KeyConditionExpression", item)]
        found = found[: payload.get("Limit")]
        return {"Items": [item for item in found if _holds(payload, "FilterExpression", item)]}

    def _scan(self, payload: JsonObject) -> JsonObject:
        items = list(self.items[payload["TableName"]].values())
        return {"Items": [item for item in items if _holds(payload, "FilterExpression", item)]}

    def _candidates(self, payload: JsonObject) -> list[WireItem]:
        table, index = payload["TableName"], payload.get("IndexName")
        values = [from_attribute(value) for value in payload["ExpressionAttributeValues"].values()]
        if index is not None:
            ordered = self._sorted[index][values[0]]
            last = len(values) > 1 and bisect_right(ordered, values[1], key=itemgetter(0))
            return [self.items[table][key] for _, key in (ordered[:last] if last is not False else ordered)]
        ordered_keys = sorted(self._by_partition[table][values[0]], reverse=not payload.get("ScanIndexForward", True))
        after = payload.get("ExclusiveStartKey")
        if after is not None:
            start = _key_of(self._keys[table], after)
            ordered_keys = [key for key in ordered_keys if key > start]
        return [self.items[table][key] for key in ordered_keys]

    def _transact(self, payload: JsonObject) -> JsonObject:
        actions = [next(iter(action.items())) for action in payload["TransactItems"]]
        codes = ["None" if self._may(action) else "ConditionalCheckFailed" for _, action in actions]
        if set(codes) != {"None"}:
            body = {
                "__type": "#TransactionCanceledException",
                "CancellationReasons": [{"Code": code} for code in codes],
            }
            raise AwsRefusedError("dynamodb TransactWriteItems", 400, body)
        keys = [(action["TableName"], self._key(action)) for _, action in actions]
        assert len(set(keys)) == len(keys), "DynamoDB refuses two actions on one item"
        for kind, action in actions:
            if kind == "Put":
                self._store(action["TableName"], dict(action["Item"]))
            elif kind == "Update":
                existing = self._item(action["TableName"], action["Key"])
                self._store(action["TableName"], _updated(action, existing or action["Key"]))
            elif kind == "Delete":
                self._remove(action["TableName"], self._key(action))
        return {}

    def _may(self, action: JsonObject) -> bool:
        existing = self._item(action["TableName"], action.get("Item") or action["Key"])
        return _holds(action, "ConditionExpression", existing or {})

    def _require(self, payload: JsonObject, existing: WireItem | None, operation: str) -> None:
        if not _holds(payload, "ConditionExpression", existing or {}):
            body = {"__type": "#ConditionalCheckFailedException", **({} if existing is None else {"Item": existing})}
            raise AwsRefusedError(f"dynamodb {operation}", 400, body)

    def _key(self, action: JsonObject) -> _Key:
        return _key_of(self._keys[action["TableName"]], action.get("Item") or action["Key"])

    def _item(self, table: str, item: WireItem) -> WireItem | None:
        return self.items[table].get(_key_of(self._keys[table], item))

    def _store(self, table: str, item: WireItem) -> None:
        key = _key_of(self._keys[table], item)
        self._remove(table, key)
        self.items[table][key] = item
        self._by_partition[table][key[0]].add(key)
        for name, index in self._indexes.items():
            if index.partition in item and index.sort in item:
                insort(self._sorted[name][item[index.partition]["S"]], (item[index.sort]["S"], key))

    def _remove(self, table: str, key: _Key) -> None:
        item = self.items[table].pop(key, None)
        if item is None:
            return
        self._by_partition[table][key[0]].discard(key)
        for name, index in self._indexes.items():
            if index.partition in item and index.sort in item:
                self._sorted[name][item[index.partition]["S"]].remove((item[index.sort]["S"], key))


def _key_of(names: Iterable[str], item: WireItem) -> _Key:
    return tuple(item[name]["S"] for name in names)


def _holds(payload: JsonObject, expression: str, item: WireItem) -> bool:
    written = payload.get(expression)
    if written is None:
        return True
    names, values = payload.get("ExpressionAttributeNames", {}), payload.get("ExpressionAttributeValues", {})

    def read(name: str) -> Any:
        attribute = item.get(names[name])
        return _MISSING if attribute is None else from_attribute(attribute)

    known = {
        "read": read,
        "given": lambda name: from_attribute(values[name]),
        "exists": lambda value: value is not _MISSING,
        "lacks": lambda value: value is _MISSING,
        "begins": lambda value, prefix: value is not _MISSING and value.startswith(prefix),
    }
    return bool(eval(_compiled(written), known))


@cache
def _compiled(written: str) -> CodeType:
    """Return a condition as Python's own, in which comparisons, AND, OR and parentheses mean the same."""
    code = written
    for function, name in _FUNCTIONS.items():
        code = re.sub(rf"\b{function}\(", f"{name}(", code)
    for word, operator in _WORDS.items():
        code = code.replace(word, operator)
    code = re.sub(r" in \(([^)]*)\)", r" in (\1,)", code)
    code = re.sub(r"(?<![\w:])#(\w+)", r'read("#\1")', code)
    code = re.sub(r":(\w+)", r'given(":\1")', code)
    return compile(code, written, "eval")


def _updated(payload: JsonObject, item: WireItem) -> WireItem:
    """Return the item after the clauses SET and REMOVE."""
    names, values = payload.get("ExpressionAttributeNames", {}), payload.get("ExpressionAttributeValues", {})
    changed = dict(item)
    for clause in re.findall(r"(?:SET|REMOVE) .*?(?= (?:SET|REMOVE) |$)", payload["UpdateExpression"]):
        kind, _, rest = clause.partition(" ")
        for part in rest.split(", "):
            name, _, value = part.partition(" = ")
            if kind == "SET":
                changed[names[name]] = values[value]
            else:
                changed.pop(names[name], None)
    return changed
