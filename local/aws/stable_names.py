"""Give resources the same generated names and ids at every start.

Names of tables, queues and buckets end in the id of the stack, and ids of API Gateway are derived from names. So
references in scripts and records stay valid after a restart, and contents find their stores. The sequence numbers of a
stream's records, in contrast, are never reused, because ids of events are derived from them.
"""

import base64
import hashlib
import time
from typing import Any

from moto.kinesis import models as kinesis
from moto.utilities.id_generator import moto_id_manager

from local.aws.moto_cloudformation import parsing

_BY_NAME = ("rest_api", "usage_plan")
_CHARACTERS = 10

# `Any`, because functions are replaced.
_PARSING: Any = parsing
_KINESIS: Any = kinesis


def install(stack_id: str) -> None:
    _PARSING.random_suffix = lambda: stack_id
    moto_id_manager.add_id_source(_id_by_name)
    _KINESIS.Shard.put_record = _put_record


def _id_by_name(context: Any) -> str | None:
    resource = context.get("resource_identifier")
    if resource is None or resource.service != "apigateway" or resource.resource not in _BY_NAME:
        return None
    digest = hashlib.sha256(resource.unique_identifier.encode()).digest()
    return base64.b32encode(digest).decode().lower()[:_CHARACTERS]


def _put_record(shard: Any, partition_key: str, data: str, explicit_hash_key: str) -> str:
    """Put a record with a sequence number by the clock; moto restarts at 1 when all records have expired."""
    last = next(reversed(shard.records), 0)
    number = max(last + 1, time.time_ns())
    shard.records[number] = _KINESIS.Record(partition_key, data, number, explicit_hash_key)
    return str(number)
