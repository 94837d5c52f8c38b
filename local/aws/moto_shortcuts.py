"""Patch moto where its cost grows with the number of requests, messages and items.

moto searches its folder of services for every request, counts the whole queue several times for every message that it
delivers, and copies every item of the tables before each transaction. Here, copies of a table share their items. That
is safe because items are never modified: an update replaces the item, which also shows state/keeper.py what changed.

An update spends most of its time on its expression, which it parses, copies and passes over ten times. Here, an
expression is parsed once, copied by pickle, and what a pass looks for is found out once for each class of nodes.

An answer is written by looking for each member of its form under several names, most of which are missing. Here, only
those members are looked for that are there, where the answer has no other names.

A query for some attributes converts each item as a whole once for each of them, which takes longer than a function
waits where items are large. Here, attributes are taken from the item as they are.
"""

import copy
import pickle
import time
from collections import defaultdict
from functools import cache, lru_cache
from typing import Any

import moto.backends
import moto.core.responses
import moto.core.utils
from moto.core import serialize
from moto.dynamodb import models as dynamodb
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import ast_nodes, expressions, validators
from moto.sqs import models

# `Any`, because functions are replaced.
_BACKENDS: Any = moto.backends
_RESPONSES: Any = moto.core.responses
_UTILITIES: Any = moto.core.utils
_SERIALIZER: Any = serialize.ResponseSerializer
_SQS: Any = models
_DYNAMODB: Any = dynamodb
_TABLE: Any = Table
_ITEM: Any = Item
_VALIDATORS: Any = validators
_EXPRESSIONS: Any = expressions
_NODES: Any = ast_nodes
_MOTO_PROJECTS = _ITEM.project
_MOTO_SERIALIZES = _SERIALIZER._serialize_type_structure  # noqa: SLF001 - as subclasses do
_MOTO_UPDATES = _DYNAMODB.DynamoDBBackend.update_item


def install() -> None:
    services = frozenset(_BACKENDS.list_of_moto_modules())
    _BACKENDS.list_of_moto_modules = lambda: services
    _RESPONSES.method_names_from_class = cache(_UTILITIES.method_names_from_class)
    _SERIALIZER._serialize_type_structure = _serialize_what_is_there  # noqa: SLF001 - as above
    _SQS.unix_time_millis = _milliseconds
    _SQS.SQSBackend.is_message_valid_based_on_retention_period = _is_kept
    _DYNAMODB.DynamoDBBackend.update_item = _update_copy
    _TABLE.__deepcopy__ = _copy_sharing_items
    _ITEM.project = _take_attributes
    parser = _EXPRESSIONS.UpdateExpressionParser
    parser.make = lru_cache(maxsize=1000)(parser.make)  # of which only copies are modified
    _VALIDATORS.deepcopy = _copy_expression
    _VALIDATORS.ActionCountValidator.traverse = _count_actions
    _NODES.DepthFirstTraverser.traverse = _traverse


def _serialize_what_is_there(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    """Pass over the members that a dictionary lacks, if all that it has are members."""
    members = shape.members
    if type(value) is not dict or not value.keys() <= members.keys():
        _MOTO_SERIALIZES(serializer, serialized, value, shape, key)
        return
    wrapper = serializer.MAP_TYPE() if key else serialized
    for name in members:
        if name in value:
            members[name].parent = shape
            serializer._serialize_structure_member(wrapper, value, members[name], name)  # noqa: SLF001 - as above
    if key:
        serializer._default_serialize(serialized, wrapper, shape, key)  # noqa: SLF001 - as above


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


def _take_attributes(item: Any, paths: list[list[str]]) -> Any:
    """Return an item with some of the attributes, whose values are shared; what lies deeper is left to moto."""
    if any(len(path) > 1 or "[" in path[0] for path in paths):
        return _MOTO_PROJECTS(item, paths)
    twin = copy.copy(item)
    twin.attrs = type(item.attrs)()
    for (name,) in paths:
        if name in item.attrs:
            dict.__setitem__(twin.attrs, name, item.attrs[name])
    return twin


def _copy_expression(expression: Any) -> Any:
    return pickle.loads(pickle.dumps(expression, pickle.HIGHEST_PROTOCOL))


def _count_actions(validator: Any, root: Any) -> Any:
    """Count those of the whole expression, which include those of each of its parts."""
    return validator.verify_action_counts(root)


def _traverse(traverser: Any, root: Any) -> Any:
    """Process a tree from its leaves to its root, as `traverse_node_recursively` does, and return the new root."""
    processors = traverser._processing_map()  # noqa: SLF001 - it has no other
    return _process(traverser, processors, tuple(processors), root, -1)


def _process(traverser: Any, processors: dict[Any, Any], kinds: tuple[type, ...], node: Any, place: int) -> Any:
    parent = node.parent
    for number, child in enumerate(node.children or ()):
        traverser.pre_processing_of_child(node, number)
        if _first_of((_NODES.Node,), child.__class__) is not None:
            _process(traverser, processors, kinds, child, number)
    if (kind := _first_of(kinds, node.__class__)) is None:
        return node
    processed = processors[kind](node)
    processed.parent = parent
    if parent:
        parent.children[place] = processed
    return processed


@cache
def _first_of(kinds: tuple[type, ...], of_node: Any) -> Any:
    return next((kind for kind in kinds if issubclass(of_node, kind)), None)
