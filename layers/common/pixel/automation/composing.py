"""The consumer of the message queue: reports that are due are started, and messages are written and handed on.

A message of the queue is only a hint. What is due stands in the workspace table, is taken there, and is due again if
this function dies or something that it needs cannot be reached.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from pixel.automation import telling
from pixel.automation.reporting import start_report
from pixel.aws import queues, tables
from pixel.foundation import JsonObject
from pixel.foundation.clock import from_iso, now
from pixel.foundation.observability import count, describe, flush_metrics, logger
from pixel.foundation.settings import settings
from pixel.workspaces import messages
from pixel.workspaces.due import REPORT_PREFIX
from pixel.workspaces.messages import MessageState

_MILLISECONDS_NEEDED: Final = 20_000
"""The numbers of a report take up to some seconds, and a report is composed for each of its recipients."""
_ATTEMPTS_MAX: Final = 100
_RETRY_SECONDS: Final = 60
_RETRY_SECONDS_MAX: Final = 3_600
"""A message is tried again after a minute, two, four and so on up to an hour, for about four days."""


class Context(Protocol):
    """What Lambda tells about an invocation, as far as it is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def compose_message(event: JsonObject, context: Context) -> JsonObject:
    """Do what the messages of a batch say is due, and return those that failed or were not begun in time."""
    failed = [
        record["messageId"]
        for record in event["Records"]
        if context.get_remaining_time_in_millis() < _MILLISECONDS_NEEDED or not _is_done(record)
    ]
    flush_metrics()
    return queues.batch_item_failures(failed)


def _is_done(record: JsonObject) -> bool:
    try:
        due = json.loads(record["body"])
        key = {name: due[name] for name in ("workspace_id", "item")}
        _do(key, due["due_at"], from_iso(due["time"]))
    except Exception as failure:  # noqa: BLE001 - one message's failure is not the batch's; it is due again
        logger.error("message failed", extra=describe(failure))
        return False
    return True


def _do(key: Mapping[str, str], due_at: str, at: datetime) -> None:
    database, table = tables.database(), settings().workspace_table
    if not key["item"].startswith(REPORT_PREFIX):
        compose(key, due_at)
        return
    for message in start_report(database, table, key, due_at, at):
        compose({name: message[name] for name in key}, message["due_at"])


def compose(key: Mapping[str, str], due_at: str) -> None:
    """Write a message that is due and hand it on, or try it again later."""
    database, table = tables.database(), settings().workspace_table
    message = messages.take(database, table, key, due_at)
    if message is None:
        return
    if message["attempts"] > _ATTEMPTS_MAX:  # also if each of them ran out of time, and left nothing behind
        count("MessagesFailed")
        messages.settle(database, table, message, MessageState.FAILED, reason="not_composed")
        return
    try:
        telling.tell(database, table, message)
    except Exception as failure:  # noqa: BLE001 - it is tried again
        logger.warning("message not composed", extra={"message_id": message["id"], **describe(failure)})
        messages.postpone(database, table, message, now() + _delay(message))


def _delay(message: Mapping[str, Any]) -> timedelta:
    return timedelta(seconds=min(_RETRY_SECONDS << min(message["attempts"] - 1, 10), _RETRY_SECONDS_MAX))
