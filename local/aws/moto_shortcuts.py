"""Patch moto where its cost grows with the number of requests, messages and items.

moto searches its folder of services for every request, counts the whole queue several times for every message that it
delivers, and copies every item of the tables before each transaction. Here, copies of a table share their items. That
is safe because items are never modified: an update replaces the item, which also shows state/keeper.py what changed.
"""

import copy
import time
from collections import defaultdict
from typing import Any

import moto.backends
from moto.dynamodb import models as dynamodb
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.sqs import models

# `Any`, because functions are replaced.
_BACKENDS: Any = moto.backends
_SQS: Any = models
_DYNAMODB: Any = dynamodb
_TABLE: Any = Table
_MOTO_UPDATES = _DYNAMODB.DynamoDBBackend.update_item


def install() -> None:
    services = frozenset(_BACKENDS.list_of_moto_modules())
    _BACKENDS.list_of_moto_modules = lambda: services
    _SQS.unix_time_millis = _milliseconds
    _SQS.SQSBackend.is_message_valid_based_on_retention_period = _is_kept
    _DYNAMODB.DynamoDBBackend.update_item = _update_copy
    _TABLE.__deepcopy__ = _copy_sharing_items


def _milliseconds() -> float:
    return time.time() * 1000


def _is_kept(backend: Any, queue_name: str, message: Any) -> bool:
    kept_seconds = int(backend.get_queue(queue_name).message_retention_period)
    return bool(message.sent_timestamp + kept_seconds * 1000 > _milliseconds())


def _update_copy(backend: Any, table_name: str, key: dict[str, Any], *arguments: Any, **named: Any) -> Any:
    """Replace the item by a copy, and let moto change the copy."""
    table = backend.get_table(table_name)
    if table.hash_key_attr in key and (table.range_key_attr is None or table.range_key_attr in key):
        hash_key = DynamoType(key[table.hash_key_attr])
        range_key = DynamoType(key[table.range_key_attr]) if table.has_range_key else None
        if (item := table.get_item(hash_key, range_key)) is not None:
            place = table.items[hash_key] if table.has_range_key else table.items
            place[range_key if table.has_range_key else hash_key] = copy.deepcopy(item)
    return _MOTO_UPDATES(backend, table_name, key, *arguments, **named)


def _copy_sharing_items(table: Any, _memo: dict[int, Any]) -> Any:
    twin = copy.copy(table)
    twin.items = defaultdict(dict)
    for hash_key, held in table.items.items():
        twin.items[hash_key] = dict(held) if table.has_range_key else held
    return twin
