"""What moto works out again and again, at once: thousands of requests and messages are a burden otherwise.

For every request it looks through its folder of services, and for every message that it hands out, it counts the whole
queue several times, with a calendar in between.
"""

import time
from typing import Any

import moto.backends
from moto.sqs import models

# `Any`, because functions are replaced.
_BACKENDS: Any = moto.backends
_SQS: Any = models


def install() -> None:
    services = frozenset(_BACKENDS.list_of_moto_modules())
    _BACKENDS.list_of_moto_modules = lambda: services
    _SQS.unix_time_millis = _milliseconds
    _SQS.SQSBackend.is_message_valid_based_on_retention_period = _is_kept


def _milliseconds() -> float:
    return time.time() * 1000


def _is_kept(backend: Any, queue_name: str, message: Any) -> bool:
    kept_seconds = int(backend.get_queue(queue_name).message_retention_period)
    return bool(message.sent_timestamp + kept_seconds * 1000 > _milliseconds())
