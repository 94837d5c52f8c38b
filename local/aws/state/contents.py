"""Read the contents of moto's services, and restore them into newly created stores.

The state file holds moto's own objects. An object is identified by the name of its store and a key; its version stays
equal as long as the object has not changed.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import moto.backends
from moto.dynamodb.models.dynamo_type import Item
from moto.kinesis.models import Record, Shard
from moto.s3.models import FakeKey

from local.template import ACCOUNT, REGION

_PARTITION = "aws"  # S3 has one backend for all Regions
_KEYS = "keys"
_PLAN = "plan "
_RECORD_SECONDS = 24 * 3600  # how long a stream keeps a record

_BACKENDS: Any = moto.backends


class Entry(NamedTuple):
    place: str
    key: str
    version: object
    content: Any


def _never(_content: Any, _attribute: str | None) -> float:
    return math.inf


class Contents(NamedTuple):
    entries: Callable[[], Iterator[Entry]]
    put_back: Callable[[str, str, Any], bool]  # False if the template no longer has the store
    needs_lock: bool = False  # whether its requests are serialized, and entries are read under their lock
    frozen: Callable[[Any], Any] = lambda content: content  # the part of a content that is written
    expires_at: Callable[[Any, str | None], float] = _never  # epoch seconds, by the TTL attribute of a table


def _backend(service: str, region: str = REGION) -> Any:
    return _BACKENDS.get_backend(service)[ACCOUNT][region]


def _items() -> Iterator[Entry]:
    """Return every item; a changed item is a new object (moto_shortcuts.py)."""
    for name, table in _backend("dynamodb").tables.items():
        for held in table.items.values():
            for item in held.values() if table.has_range_key else (held,):
                yield Entry(name, _item_key(item), item, item)


def _item_key(item: Any) -> str:
    return f"{item.hash_key.value}\n{item.range_key.value}" if item.range_key else str(item.hash_key.value)


def _frozen_item(item: Any) -> Any:
    """Return the parts of an item, because moto's dict of attributes recalculates its size for each one added."""
    return item.hash_key, item.range_key, dict(item.attrs)


def _item_expires_at(parts: Any, attribute: str | None) -> float:
    value = parts[2].get(attribute) if attribute else None
    return math.inf if value is None else float(value.value)


def _put_back_item(place: str, _key: str, parts: Any) -> bool:
    """Restore an item, unless the table's key has changed: AWS would replace such a table by an empty one."""
    table = _backend("dynamodb").tables.get(place)
    hash_key, range_key, attributes = parts
    if table is None or table.has_range_key != bool(range_key) or not attributes.keys() >= set(table.table_key_attrs):
        return False
    item = Item(hash_key, range_key, {})
    dict.update(item.attrs, attributes)
    if range_key:
        table.items[hash_key][range_key] = item
    else:
        table.items[hash_key] = item
    return True


def _messages() -> Iterator[Entry]:
    """Return the messages of every queue, from copies of the lists, because requests change them meanwhile."""
    for name, queue in dict(_backend("sqs").queues).items():
        for message in list(queue._messages):  # noqa: SLF001 - `messages` leaves out those in flight
            yield Entry(name, message.id, (message, message.approximate_receive_count), message)


def _put_back_message(place: str, _key: str, message: Any) -> bool:
    """Restore a message as visible, because its consumer has gone."""
    queue = _backend("sqs").queues.get(place)
    if queue is None:
        return False
    message.visible_at = 0.0
    queue._messages.append(message)  # noqa: SLF001 - `add_message` would send it again
    return True


def _objects() -> Iterator[Entry]:
    for name, bucket in dict(_backend("s3", _PARTITION).buckets).items():
        for key, versions in bucket.keys.lists():
            for version in list(versions):
                marks = tuple(version.metadata.items()) if isinstance(version, FakeKey) else ()
                yield Entry(name, f"{key}\n{version.version_id}", (version, marks), version)


def _frozen_object(version: Any) -> Any:
    """Leave out the parts of an upload, which hold the same bytes again."""
    return {**version.__getstate__(), "multipart": None} if isinstance(version, FakeKey) else version


def _put_back_object(place: str, key: str, content: Any) -> bool:
    bucket = _backend("s3", _PARTITION).buckets.get(place)
    if bucket is None:
        return False
    if isinstance(content, dict):
        version: Any = FakeKey.__new__(FakeKey)
        version.__setstate__(content)
    else:
        version = content
    name = key.rpartition("\n")[0]
    bucket.keys.setlist(name, [*bucket.keys.getlist(name, []), version])
    return True


def _parameters() -> Iterator[Entry]:
    for name, versions in list(dict.items(_backend("ssm")._parameters)):  # noqa: SLF001 - moto has no public list of all parameters
        if versions and not name.startswith("/aws/"):
            yield Entry("", name, [(version.version, version.value) for version in versions], list(versions))


def _put_back_parameter(_place: str, name: str, versions: Any) -> bool:
    """Restore a parameter, unless the template has just created it with its own value."""
    parameters = _backend("ssm")._parameters  # noqa: SLF001 - as above
    if not dict.get(parameters, name):
        parameters[name] = versions
    return True


def _gateway_keys() -> Iterator[Entry]:
    gateway = _backend("apigateway")
    for key in list(gateway.keys.values()):
        yield Entry(_KEYS, key.id, tuple(map(str, vars(key).values())), key)
    for plan in list(gateway.usage_plans.values()):
        for member in list(gateway.usage_plan_keys.get(plan.id, {}).values()):
            yield Entry(_PLAN + str(plan.name), member.id, member.value, member)


def _put_back_gateway_key(place: str, _key: str, content: Any) -> bool:
    gateway = _backend("apigateway")
    if place == _KEYS:
        gateway.keys[content.id] = content
        return True
    plan = next((one for one in gateway.usage_plans.values() if one.name == place.removeprefix(_PLAN)), None)
    if plan is None:
        return False
    gateway.usage_plan_keys.setdefault(plan.id, {})[content.id] = content
    return True


def _records() -> Iterator[Entry]:
    """Return the shards of every stream, each followed by its records, so that numbers are not reused."""
    for name, stream in _backend("kinesis").streams.items():
        for shard_id, shard in stream.shards.items():
            yield Entry(name, shard_id, shard.is_open, {**vars(shard), "records": None})
            for number, record in shard.records.items():
                yield Entry(name, f"{shard_id}\n{number}", record, record)


def _record_expires_at(content: Any, _attribute: str | None) -> float:
    return content.created_at + _RECORD_SECONDS if isinstance(content, Record) else math.inf


def _put_back_record(place: str, key: str, content: Any) -> bool:
    stream = _backend("kinesis").streams.get(place)
    if stream is None:
        return False
    shard_id, _, number = key.partition("\n")
    if number:
        stream.shards[shard_id].records[int(number)] = content
        return True
    shard = stream.shards.setdefault(shard_id, Shard(0, 0, 0))
    vars(shard).update({**content, "records": shard.records})
    return True


def _archived_events() -> Iterator[Entry]:
    for name, archive in dict(_backend("events").archives).items():
        for event in list(archive.events):
            yield Entry(name, event["id"], event["id"], event)


def _put_back_archived_event(place: str, _key: str, event: Any) -> bool:
    archive = _backend("events").archives.get(place)
    if archive is None:
        return False
    archive.events.append(event)
    return True


SERVICES: Mapping[str, Contents] = {
    "dynamodb": Contents(_items, _put_back_item, needs_lock=True, frozen=_frozen_item, expires_at=_item_expires_at),
    "sqs": Contents(_messages, _put_back_message),
    "s3": Contents(_objects, _put_back_object, frozen=_frozen_object),
    "ssm": Contents(_parameters, _put_back_parameter),
    "apigateway": Contents(_gateway_keys, _put_back_gateway_key),
    "kinesis": Contents(_records, _put_back_record, needs_lock=True, expires_at=_record_expires_at),
    "events": Contents(_archived_events, _put_back_archived_event),
}
