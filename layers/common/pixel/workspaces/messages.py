"""Messages: what is told to one recipient about one fact, each a due item of the workspace table until it is settled.

A message is written in the transaction of what it tells. Its id follows from the fact and the recipient, so the same
fact never becomes a second message. Each step is one conditional write, and whoever takes a message moves its due time
ahead: if that function dies, the message is due again.

pending -> leased (being composed) -> sending (with the provider) -> sent
                                   -> handed (deliveries to destinations have taken its place)
                                   -> dropped (nobody is to be told any more), failed (the provider refused it)
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal, NamedTuple

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT, OneOf
from pixel.aws.json_service import back_off
from pixel.aws.tables import Action, Database, WriteRefusedError
from pixel.foundation.clock import epoch_seconds, now, to_iso
from pixel.workspaces.audit import PURGE_AT
from pixel.workspaces.due import MESSAGE_PREFIX, REPORT_PREFIX, due_attributes
from pixel.workspaces.errors import ConcurrentChangeError
from pixel.workspaces.report_kind import REPORT
from pixel.workspaces.store import ATTEMPTS

KEPT_SECONDS: Final = 30 * 86_400
LEASE_SECONDS: Final = 300
"""For so long nobody else composes a message; it includes the time in the queue of mails."""
QUEUED_SECONDS: Final = 3_600
"""For so long a mail may wait in the queue of mails before the message is composed again."""

Channel = Literal["email", "slack", "webhook"]
EVERYBODY: Final = "*"
"""The recipient of messages to all webhooks that ask for their type, or to all addresses of a workspace."""


class MessageState(StrEnum):
    """How far a message is."""

    PENDING = "pending"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    HANDED = "handed"
    DROPPED = "dropped"
    FAILED = "failed"


UNSETTLED: Final = (MessageState.PENDING, MessageState.LEASED, MessageState.SENDING)


class MessageKind(StrEnum):
    """What a message is about."""

    ALERT = "alert"
    REPORT = "report"
    CONFIRM = "confirm"
    NOTICE = "notice"


class Fact(NamedTuple):
    """What is told: a transition of an alert, the period of a report, or something else that happened once."""

    kind: MessageKind
    record_id: str
    website_id: str | None
    transition: str
    """The end of the type of a webhook's event, such as fired."""
    at: str
    """The end of the window or of the period, or another text that tells facts of the same record apart."""
    data: Mapping[str, Any]


class Recipient(NamedTuple):
    """Whom a message is for."""

    channel: Channel
    name: str


def message_id(workspace_id: str, fact: Fact, recipient: Recipient) -> str:
    """Return the id of the message, which is the same each time."""
    named = (workspace_id, fact.kind, fact.record_id, fact.transition, fact.at, *recipient)
    return f"msg_{hashlib.sha256('\n'.join(named).encode()).hexdigest()[:40]}"


def message_key(workspace_id: str, identifier: str) -> dict[str, str]:
    """Return the key of a message."""
    return {"workspace_id": workspace_id, "item": f"{MESSAGE_PREFIX}{identifier}"}


def new_message(workspace_id: str, fact: Fact, recipient: Recipient, due: datetime) -> Item:
    """Return the item of a message, which is due at once or at the end of quiet hours."""
    identifier = message_id(workspace_id, fact, recipient)
    key = message_key(workspace_id, identifier)
    website = {} if fact.website_id is None else {"website_id": fact.website_id}
    return {
        **key,
        "id": identifier,
        "kind": fact.kind.value,
        "state": MessageState.PENDING.value,
        "channel": recipient.channel,
        "recipient": recipient.name,
        "record_id": fact.record_id,
        **website,
        "transition": fact.transition,
        "at": fact.at,
        "data": fact.data,
        **due_attributes(key["item"], due),
        PURGE_AT: max(int(due.timestamp()), int(epoch_seconds())) + KEPT_SECONDS,
    }


def recipients_of(record: Mapping[str, Any]) -> list[Recipient]:
    """Return whom an alert or a report tells, beside webhooks."""
    if record["channel"] == "webhook":
        return []
    return [Recipient(record["channel"], name) for name in record.get("recipients") or ()]


def take(database: Database, table: str, key: Mapping[str, str], due_at: str) -> Item | None:
    """Take a message that is due, and return it as it is now; None if it is settled or somebody else took it."""
    message = database.get(table, key)
    if message is None or message["state"] not in UNSETTLED or message["due_at"] != due_at:
        return None
    values = {
        **due_attributes(key["item"], now() + timedelta(seconds=LEASE_SECONDS)),
        "state": MessageState.LEASED.value,
        "attempts": message.get("attempts", 0) + 1,
    }
    return database.change_if(table, key, values, {"due_at": due_at, "state": message["state"]})


def postpone(database: Database, table: str, message: Mapping[str, Any], until: datetime) -> None:
    """Let a message that this function has taken be due at a later time."""
    values = {**due_attributes(message["item"], until), "state": MessageState.PENDING.value}
    database.change_if(table, _key_of(message), values, _as_taken(message))


def keep_leased(database: Database, table: str, message: Mapping[str, Any]) -> None:
    """Let a message that is on its way through a queue not be composed again before it can have gone through."""
    ahead = due_attributes(message["item"], now() + timedelta(seconds=QUEUED_SECONDS))
    database.change_if(table, _key_of(message), ahead, _as_taken(message))


def settle(
    database: Database, table: str, message: Mapping[str, Any], state: MessageState, *more: Action, **told: str
) -> bool:
    """End a message that this function has taken, and return False if somebody else has.

    Its recipient is forgotten. A report is sent when the last of its messages is settled.
    """
    gone = {"due_shard": ABSENT, "due_at": ABSENT, "recipient": ABSENT, "settled_at": to_iso(now())}
    ending = tables.change(
        table, _key_of(message), {**gone, "state": state.value, **told}, {"state": OneOf([*UNSETTLED])}
    )
    for attempt in range(1, ATTEMPTS + 1):
        of_report = list(_last_of_report(database, table, message))
        try:
            database.transact(ending, *of_report, *more)
        except WriteRefusedError as refusal:
            if 0 in refusal.refused:
                return False
            if any(place > len(of_report) for place in refusal.refused):
                raise
            back_off(attempt)  # another message of the report was settled meanwhile
            continue
        return True
    raise ConcurrentChangeError(message["id"])


def _last_of_report(database: Database, table: str, message: Mapping[str, Any]) -> Iterator[Action]:
    """Yield the actions that take a message from those that its report waits for."""
    if message["kind"] != MessageKind.REPORT:
        return
    key = {"workspace_id": message["workspace_id"], "item": f"{REPORT_PREFIX}{message['record_id']}"}
    due = database.get(table, key) or {}
    waiting: Sequence[str] = due.get("waiting", ())
    if message["id"] not in waiting:
        return
    left = [identifier for identifier in waiting if identifier != message["id"]]
    yield tables.change(table, key, {"waiting": left}, {"waiting": waiting})
    if not left:
        report = REPORT.key(message["workspace_id"], message["record_id"])
        yield tables.change(table, report, {"last_sent_at": to_iso(now())}, {"id": message["record_id"]})


def _key_of(message: Mapping[str, Any]) -> dict[str, str]:
    return {"workspace_id": message["workspace_id"], "item": message["item"]}


def _as_taken(message: Mapping[str, Any]) -> Mapping[str, object]:
    return {"due_at": message["due_at"], "state": message["state"]}
