"""The consumer of the hook queue: each delivery is leased, sent once, and settled or made due again.

What becomes of a delivery is decided by conditional writes, so that a message that arrives twice, two functions at once
or one that dies at any step send it again at most under the same message id, which receivers recognize.
"""

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

from pixel.aws import queues, tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT
from pixel.aws.queues import DELAY_SECONDS_MAX
from pixel.aws.tables import Action, WriteRefusedError
from pixel.foundation import JsonObject
from pixel.foundation.clock import from_iso, now, to_iso
from pixel.foundation.observability import count, describe, flush_metrics, logger
from pixel.hooks.addresses import AddressRefusedError, read_slack_url, read_url
from pixel.hooks.calling import Answer, call
from pixel.hooks.dispatching import dispatch
from pixel.hooks.pace import seconds_until_turn
from pixel.hooks.retries import disabled_reason, next_delay
from pixel.hooks.signing import signed_headers
from pixel.workspaces.audit import SYSTEM, audit_entry
from pixel.workspaces.deliveries import Attempt, delivery_key, disabled_actions, newest, secret_key
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.due import LEASE_UNTIL, due_attributes
from pixel.workspaces.listeners import SLACK
from pixel.workspaces.messages import EVERYBODY, Fact, MessageKind, Recipient, new_message
from pixel.workspaces.record_kind import DELETED_AT, revision_of
from pixel.workspaces.store import Store, function_store
from pixel.workspaces.vocabulary import DisabledReason

LEASE: Final = timedelta(seconds=120)
_MILLISECONDS_NEEDED = 45_000  # of an attempt that takes as long as it can
_ATTEMPTS_KEPT = 20
_SLACK_WAIT_MAX = 3.0
_SLACK_PAUSE = timedelta(seconds=5)
_NOT_DUE: Mapping[str, object] = {"due_shard": ABSENT, "due_at": ABSENT, LEASE_UNTIL: ABSENT}


class Context(Protocol):
    """What Lambda tells about an invocation, as far as it is used."""

    def get_remaining_time_in_millis(self) -> int: ...


class _Leased(NamedTuple):
    """A delivery that only this function works on, until its lease ends."""

    item: Item
    lease_until: str

    @property
    def key(self) -> dict[str, str]:
        return delivery_key(self.item["workspace_id"], self.item["id"])

    def change(self, table: str, values: Mapping[str, object]) -> Action:
        """Return the action that changes the delivery, unless somebody else has leased it since."""
        return tables.change(table, self.key, values, {LEASE_UNTIL: self.lease_until, "due_at": self.item["due_at"]})


def deliver_hook(event: JsonObject, context: Context) -> JsonObject:
    """Deliver a batch of messages and return its batch item failures."""
    store = function_store()
    failed: list[str] = []
    for record in event["Records"]:
        if context.get_remaining_time_in_millis() < _MILLISECONDS_NEEDED:
            failed.append(record["messageId"])
            continue
        try:
            message = json.loads(record["body"])
            _deliver(store, message["workspace_id"], message["delivery_id"], message["due_at"])
        except Exception as failure:  # noqa: BLE001 - one message must not hold up the others
            logger.error("a delivery failed", extra=describe(failure))
            failed.append(record["messageId"])
    flush_metrics()
    return queues.batch_item_failures(failed)


def _deliver(store: Store, workspace_id: str, delivery_id: str, due_at: str) -> None:
    leased = _lease(store, workspace_id, delivery_id, due_at)
    if leased is None:
        count("HookDuplicates")
        return
    destination = store.database.get(
        store.workspace_table, DESTINATION.key(workspace_id, leased.item["destination_id"])
    )
    secrets = store.database.get(store.secrets_table, secret_key(workspace_id, leased.item["destination_id"]))
    if destination is None or DELETED_AT in destination or secrets is None:
        _settle(store, leased, "canceled", _unsent("destination_deleted"))
    elif not destination["enabled"]:
        _settle(store, leased, "canceled", _unsent("destination_disabled"))
    elif destination["kind"] != SLACK or _wait_for_turn(store, leased, destination):
        _attempt(store, leased, destination, secrets)


def _lease(store: Store, workspace_id: str, delivery_id: str, due_at: str) -> _Leased | None:
    """Lease a delivery that is due as its message says, or return None if it is not, or somebody works on it."""
    item = store.database.get(store.workspace_table, delivery_key(workspace_id, delivery_id))
    if item is None or item["state"] != "pending" or item.get("due_at") != due_at:
        return None
    held = item.get(LEASE_UNTIL)
    if held is not None and from_iso(held) > now():
        return None
    leased = _Leased(item, to_iso(now() + LEASE))
    values = {LEASE_UNTIL: leased.lease_until}
    expected = {"due_at": due_at, LEASE_UNTIL: ABSENT if held is None else held}
    try:
        store.database.transact(tables.change(store.workspace_table, leased.key, values, expected))
    except WriteRefusedError:
        return None
    return leased


def _wait_for_turn(store: Store, leased: _Leased, destination: Item) -> bool:
    """Wait until Slack takes another message for the channel, or make the delivery due a little later."""
    pause = seconds_until_turn(store, destination["workspace_id"], destination["id"], wait_max=_SLACK_WAIT_MAX)
    if pause is None:
        _write(store, leased.change(store.workspace_table, _due_again(leased, _SLACK_PAUSE)))
        return False
    time.sleep(pause)
    return True


def _attempt(store: Store, leased: _Leased, destination: Item, secrets: Item) -> None:
    began = now()
    answer = _send(store, leased.item, destination["kind"], secrets, began)
    if answer.succeeded:
        _settle(store, leased, "delivered", answer, began)
        _note_success(store, destination)
        return
    tries = int(leased.item["tries"]) + 1
    since = destination.get("failing_since")
    reason = disabled_reason(destination["kind"], answer, None if since is None else from_iso(since), now())
    if reason is not None:
        _settle(store, leased, "failed", answer, began, *_disable(store, destination, reason))
        return
    if since is None:
        _note_failure(store, destination, began)
    delay = next_delay(tries, answer)
    if delay is None:
        _settle(store, leased, "failed", answer, began)
        return
    logged = {"tries": tries, "attempts": _logged(leased.item, answer, began)}
    count("HookRetries")
    _write(store, leased.change(store.workspace_table, {**_due_again(leased, delay), **logged}))


def _send(store: Store, delivery: Item, kind: str, secrets: Item, at: datetime) -> Answer:
    body = delivery["body"].encode()
    headers = {"content-type": "application/json"}
    try:
        read = read_slack_url if kind == SLACK else read_url
        place = read(secrets["url"], private_allowed=store.private_allowed)
    except AddressRefusedError as failure:
        return Answer(None, str(failure.reason), "", 0)
    if kind != SLACK:
        headers |= signed_headers(delivery["message_id"], at, body, _valid_secrets(secrets, at))
    return call(place, headers, body, private_allowed=store.private_allowed)


def _valid_secrets(secrets: Item, at: datetime) -> list[str]:
    """Return the secret of a webhook, and the one before while both sign."""
    previous = secrets.get("previous_secret")
    return [secrets["secret"], *([previous] if previous and from_iso(secrets["previous_until"]) > at else [])]


def _settle(
    store: Store, leased: _Leased, state: str, answer: Answer, began: datetime | None = None, *also: Action
) -> None:
    """Write the end of a delivery. If the lease has been lost meanwhile, whoever has it writes it."""
    values = {**_NOT_DUE, "state": state, "attempts": _logged(leased.item, answer, began or now())}
    count({"delivered": "HooksDelivered", "failed": "HooksFailed"}.get(state, "HooksCanceled"))
    _write(store, leased.change(store.workspace_table, values), *also)
    logger.info(
        "delivery settled",
        delivery_id=leased.item["id"],
        destination_id=leased.item["destination_id"],
        state=state,
        status=answer.status,
        reason=answer.error,
        milliseconds=answer.milliseconds,
    )


def _disable(store: Store, destination: Item, reason: DisabledReason) -> list[Action]:
    """Return the actions that disable a destination, say so in the audit trail, and tell the other ones and by mail."""
    at = now()
    values = {
        "enabled": False,
        "disabled_reason": reason,
        "updated_at": to_iso(at),
        "revision": revision_of(destination) + 1,
    }
    seen = {"enabled": True, "revision": destination.get("revision", ABSENT)}
    return [
        tables.change(store.workspace_table, _key_of(destination), values, seen),
        audit_entry(
            store.workspace_table,
            destination["workspace_id"],
            key_id=SYSTEM,
            action="destination.disabled",
            record=destination["id"],
            websites=[],
            fields={"enabled": False, "disabled_reason": reason},
        ),
        *disabled_actions(store, destination, reason, at),
        tables.insertion(store.workspace_table, _notice(destination, reason, at), "workspace_id"),
    ]


def _notice(destination: Item, reason: DisabledReason, at: datetime) -> Item:
    """Return the message that tells whoever gets mail from the workspace that a destination was disabled."""
    data = {"id": destination["id"], "name": destination["name"], "reason": reason}
    fact = Fact(MessageKind.NOTICE, destination["id"], None, "destination.disabled", to_iso(at), data)
    return new_message(destination["workspace_id"], fact, Recipient("email", EVERYBODY), at)


def _note_success(store: Store, destination: Item) -> None:
    if (since := destination.get("failing_since")) is not None:
        values, seen = {"failing_since": None}, {"failing_since": since}
        _write(store, tables.change(store.workspace_table, _key_of(destination), values, seen))


def _note_failure(store: Store, destination: Item, at: datetime) -> None:
    values, seen = {"failing_since": to_iso(at)}, {"failing_since": None, "enabled": True}
    _write(store, tables.change(store.workspace_table, _key_of(destination), values, seen))


def _due_again(leased: _Leased, delay: timedelta) -> dict[str, object]:
    """Return the attributes of a delivery that is due later, and put those that are due soon into the queue."""
    due = due_attributes(leased.item["item"], now() + delay + timedelta(seconds=1))
    seconds = int(delay.total_seconds()) + 1
    if seconds <= DELAY_SECONDS_MAX:
        # Before the write that makes it due: if that fails, the message is refused; if this does, it is found when due.
        dispatch([{**leased.item, **due}], delay_seconds=seconds)
    return {**due, LEASE_UNTIL: ABSENT}


def _write(store: Store, *actions: Action) -> None:
    """Write, unless a condition does not hold: then somebody else was first, and what they wrote is valid."""
    try:
        store.database.transact(*actions)
    except WriteRefusedError:
        count("HookWritesRefused")


def _logged(item: Item, answer: Answer, began: datetime) -> list[Attempt]:
    attempt = Attempt(
        at=to_iso(began), status=answer.status, ms=answer.milliseconds, error=answer.error, answer=answer.text
    )
    return newest(item["attempts"], attempt, _ATTEMPTS_KEPT)


def _unsent(error: str) -> Answer:
    return Answer(None, error, "", 0)


def _key_of(destination: Mapping[str, Any]) -> dict[str, str]:
    return DESTINATION.key(destination["workspace_id"], destination["id"])
