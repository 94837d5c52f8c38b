"""A message that comes twice, a function that dies and two at once send a delivery under one id, and settle it once."""

from typing import Any

import pytest

from pixel.aws import tables as dynamodb
from pixel.aws.tables import WriteRefusedError
from pixel.hooks import sending
from pixel.hooks.calling import Answer
from pixel.hooks.destinations import DESTINATIONS
from pixel.workspaces.models import checked
from pixel.workspaces.store import Store
from tests.conftest import Frozen, Output
from tests.unit.hooks.receivers import (
    WORKSPACE,
    Context,
    Receiver,
    deliver,
    destination_of,
    kept,
    message_of,
    new_destination,
    queue_delivery,
    verify,
)

pytestmark = pytest.mark.usefixtures("tables", "frozen", "middle_of_the_jitter")

_NONE_FAILED: dict[str, Any] = {"batchItemFailures": []}
_FAILED = Answer(500, None, "no", 3)


def test_a_message_that_arrives_twice_sends_once(store: Store, receiver: Receiver, output: Output) -> None:
    destination, _ = new_destination(store)
    delivery = queue_delivery(store, destination)
    assert deliver(delivery, delivery) == _NONE_FAILED
    assert deliver(delivery) == _NONE_FAILED
    assert len(receiver.calls) == 1
    assert output.metric("HookDuplicates") == 2


def test_a_message_about_an_earlier_time_is_ignored(store: Store, receiver: Receiver) -> None:
    destination, _ = new_destination(store)
    receiver.will(_FAILED)
    delivery = queue_delivery(store, destination)
    deliver(delivery)
    deliver(delivery)  # the same message again: the delivery is due later by now
    assert len(receiver.calls) == 1
    assert kept(store, delivery)["tries"] == 1


def test_while_one_function_works_on_it_another_does_not(
    store: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination, _ = new_destination(store)
    delivery = queue_delivery(store, destination)
    send = receiver.call

    def send_while_another_begins(*args: Any, **options: Any) -> Answer:
        answer = send(*args, **options)
        if len(receiver.calls) == 1:
            assert deliver(delivery) == _NONE_FAILED
        return answer

    monkeypatch.setattr(sending, "call", send_while_another_begins)
    deliver(delivery)
    assert len(receiver.calls) == 1


def test_a_function_that_dies_after_sending_is_followed_by_one_that_sends_the_same_again(
    store: Store, receiver: Receiver, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination, secret = new_destination(store)
    delivery = queue_delivery(store, destination)
    with monkeypatch.context() as patch:
        patch.setattr(sending, "_settle", _die)
        assert deliver(delivery)["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    assert deliver(delivery) == _NONE_FAILED  # the lease has not ended
    assert len(receiver.calls) == 1

    frozen.move(121)
    deliver(delivery)

    first, second = receiver.calls
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    verify(secret, second.headers, second.body)
    assert kept(store, delivery)["state"] == "delivered"


def test_who_has_lost_the_lease_writes_nothing(
    store: Store, receiver: Receiver, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first sends for longer than its lease; the second has settled the delivery by then."""
    destination, _ = new_destination(store)
    delivery = queue_delivery(store, destination)

    def send_for_ever(*_args: Any, **_options: Any) -> Answer:
        monkeypatch.setattr(sending, "call", receiver.call)
        frozen.move(121)
        assert deliver(delivery) == _NONE_FAILED
        return _FAILED

    monkeypatch.setattr(sending, "call", send_for_ever)
    deliver(delivery)
    item = kept(store, delivery)
    assert (item["state"], len(item["attempts"])) == ("delivered", 1)


def test_a_batch_reports_what_failed_and_goes_on(store: Store, receiver: Receiver) -> None:
    destination, _ = new_destination(store)
    good = queue_delivery(store, destination)
    records = [{"messageId": "bad", "body": "{"}, message_of(good, "good"), {"messageId": "worse", "body": "[]"}]
    failures = sending.deliver_hook({"Records": records}, Context())
    assert failures == {"batchItemFailures": [{"itemIdentifier": "bad"}, {"itemIdentifier": "worse"}]}
    assert len(receiver.calls) == 1


def test_without_time_for_another_attempt_messages_stay(store: Store, receiver: Receiver) -> None:
    destination, _ = new_destination(store)
    delivery = queue_delivery(store, destination)
    assert deliver(delivery, context=Context(44_999))["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    assert receiver.calls == []
    assert "lease_until" not in kept(store, delivery)


def test_a_delivery_that_was_purged_is_nothing(store: Store, receiver: Receiver) -> None:
    destination, _ = new_destination(store)
    delivery = queue_delivery(store, destination)
    store.database.transact(
        dynamodb.deletion(store.workspace_table, {"workspace_id": WORKSPACE, "item": delivery["item"]}, {})
    )
    assert deliver(delivery) == _NONE_FAILED
    assert receiver.calls == []


def test_a_destination_that_changes_meanwhile_is_disabled_at_the_next_attempt(
    store: Store, receiver: Receiver, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination, _ = new_destination(store)
    delivery = queue_delivery(store, destination)

    def change_and_answer(*_args: Any, **_options: Any) -> Answer:
        changes = checked(DESTINATIONS.changes, {"name": "Renamed"})
        DESTINATIONS.update(store, WORKSPACE, destination["id"], changes)
        monkeypatch.setattr(sending, "call", receiver.call)
        return Answer(410, None, "", 1)

    monkeypatch.setattr(sending, "call", change_and_answer)
    receiver.will(Answer(410, None, "", 1))
    deliver(delivery)
    assert destination_of(store, destination)["enabled"] is True
    frozen.move(121)
    deliver(delivery)
    assert destination_of(store, destination)["enabled"] is False
    assert kept(store, delivery)["state"] == "failed"


def _die(*_args: Any, **_options: Any) -> None:
    raise WriteRefusedError([])
