"""A delivery is sent until it is settled: once at least, under one id, by one function at a time."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from pixel.foundation.clock import from_iso, to_iso
from pixel.hooks import retries, sending
from pixel.hooks.calling import Answer
from pixel.hooks.destinations import DESTINATIONS, SecretRotation
from pixel.workspaces.models import checked
from pixel.workspaces.store import Store
from tests.conftest import Frozen, Output
from tests.unit.hooks.receivers import (
    DATA,
    FINE,
    WORKSPACE,
    Receiver,
    deliver,
    destination_of,
    kept,
    new_destination,
    queue_delivery,
    stored_deliveries,
    verify,
)

pytestmark = pytest.mark.usefixtures("tables", "frozen", "middle_of_the_jitter")

_NONE_FAILED: dict[str, Any] = {"batchItemFailures": []}
_FAILED = Answer(500, None, "no", 3)


def _fail_until_settled(store: Store, delivery: dict[str, Any], frozen: Frozen) -> list[float]:
    """Deliver again and again, each time when it is due, and return the pauses."""
    pauses = []
    while (item := kept(store, delivery)).get("due_at"):
        pause = from_iso(item["due_at"]).timestamp() - frozen.seconds
        pauses.append(pause)
        frozen.move(max(pause, 0))
        assert deliver(item) == _NONE_FAILED
    return pauses


def test_a_webhook_is_delivered_signed_and_logged(store: Store, receiver: Receiver, output: Output) -> None:
    destination, secret = new_destination(store)
    delivery = queue_delivery(store, destination)

    assert deliver(delivery) == _NONE_FAILED

    (call,) = receiver.calls
    assert call.host == "hooks.example.com"
    assert json.loads(call.body) == {"type": "alert.fired", "timestamp": "2026-03-04T05:06:10Z", "data": DATA}
    assert call.headers["content-type"] == "application/json"
    assert call.headers["webhook-id"] == "msg_1"
    assert set(call.headers) == {"content-type", "webhook-id", "webhook-timestamp", "webhook-signature"}
    verify(secret, call.headers, call.body)
    item = kept(store, delivery)
    assert item["state"] == "delivered"
    assert item["attempts"] == [{"at": "2026-03-04T05:06:10Z", "status": 200, "ms": 12, "error": None, "answer": "ok"}]
    assert not {"due_at", "due_shard", "lease_until"} & item.keys()
    assert item["purge_at"] == from_iso("2026-03-04T05:06:10Z").timestamp() + 30 * 86_400
    assert output.metric("HooksDelivered") == 1
    assert "hooks.example.com" not in output.text


def test_both_secrets_sign_until_the_grace_period_ends(store: Store, receiver: Receiver, frozen: Frozen) -> None:
    destination, old = new_destination(store)
    rotation = checked(SecretRotation, {"grace_seconds": 3600})
    new = DESTINATIONS.rotate_secret(store, WORKSPACE, destination["id"], rotation).secret

    deliver(queue_delivery(store, destination))
    for secret in (old, new):
        verify(secret, receiver.calls[0].headers, receiver.calls[0].body)
    frozen.move(3600)
    deliver(queue_delivery(store, destination))
    verify(new, receiver.calls[1].headers, receiver.calls[1].body)
    with pytest.raises(WebhookVerificationError):
        verify(old, receiver.calls[1].headers, receiver.calls[1].body)


def test_a_delivery_that_fails_is_retried_by_the_table_and_then_given_up(
    store: Store, receiver: Receiver, frozen: Frozen
) -> None:
    destination, _ = new_destination(store)
    receiver.will(_FAILED)
    delivery = queue_delivery(store, destination)

    pauses = _fail_until_settled(store, delivery, frozen)

    table = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    assert pauses == [0, *(seconds + 1 for seconds in table)]
    item = kept(store, delivery)
    assert (item["state"], item["tries"], len(item["attempts"])) == ("failed", 9, 10)
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1
    assert len({call.body for call in receiver.calls}) == 1
    assert len({call.headers["webhook-timestamp"] for call in receiver.calls}) == 10
    found = destination_of(store, destination)
    assert (found["enabled"], found["failing_since"]) == (True, "2026-03-04T05:06:10Z")


def test_a_success_ends_the_failing(store: Store, receiver: Receiver, frozen: Frozen) -> None:
    destination, _ = new_destination(store)
    receiver.will(_FAILED, FINE)
    delivery = queue_delivery(store, destination)
    _fail_until_settled(store, delivery, frozen)
    assert kept(store, delivery)["state"] == "delivered"
    found = destination_of(store, destination)
    assert (found["failing_since"], found["revision"]) == (None, 1)


@pytest.mark.parametrize(("asked", "pause"), [(2.0, 5), (60.0, 60), (7 * 86_400.0, 86_400), (None, 5)])
def test_retry_after_is_respected_up_to_a_day(
    store: Store, receiver: Receiver, frozen: Frozen, asked: float | None, pause: float
) -> None:
    destination, _ = new_destination(store)
    receiver.will(Answer(429, None, "", 1, retry_after_seconds=asked))
    delivery = queue_delivery(store, destination)
    deliver(delivery)
    assert from_iso(kept(store, delivery)["due_at"]).timestamp() == frozen.seconds + pause + 1


@pytest.mark.parametrize(
    ("kind", "status", "disabled"),
    [
        ("webhook", 410, True),
        ("webhook", 404, False),
        ("webhook", 403, False),
        ("slack", 410, True),
        ("slack", 404, True),
        ("slack", 403, True),
        ("slack", 400, False),
        ("slack", 429, False),
    ],
)
@pytest.mark.usefixtures("slept")
def test_a_receiver_that_is_gone_disables_its_destination(
    store: Store, receiver: Receiver, kind: str, status: int, *, disabled: bool
) -> None:
    slack = {"kind": "slack", "name": "#sales", "url": "https://hooks.slack.com/services/a"}
    destination, _ = new_destination(store, **(slack if kind == "slack" else {}))
    other, _ = new_destination(store, name="Other", events=["destination.disabled"])
    new_destination(store, name="Deaf", events=["ping"])
    receiver.will(Answer(status, None, "", 1))
    delivery = queue_delivery(store, destination)

    deliver(delivery)

    found = destination_of(store, destination)
    assert found["enabled"] is not disabled
    assert kept(store, delivery)["state"] == ("failed" if disabled else "pending")
    told = [one for one in stored_deliveries(store) if one["type"] == "destination.disabled"]
    if not disabled:
        assert told == []
        return
    assert (found["disabled_reason"], found["revision"]) == ("gone", 2)
    (one,) = told
    assert one["destination_id"] == other["id"]
    assert json.loads(one["body"])["data"] == {
        "id": destination["id"],
        "workspace_id": WORKSPACE,
        "website_id": None,
        "name": destination["name"],
        "kind": kind,
        "reason": "gone",
    }
    (entry,) = [
        entry
        for entry in store.database.scan_prefix(store.workspace_table, "item", "AUDIT#")
        if entry["action"] == "destination.disabled"
    ]
    assert (entry["key_id"], entry["record"]) == ("system", destination["id"])


def test_five_days_of_nothing_but_failure_disable(store: Store, receiver: Receiver, frozen: Frozen) -> None:
    destination, _ = new_destination(store)
    receiver.will(_FAILED)
    deliver(queue_delivery(store, destination))
    frozen.move(5 * 86_400 - 1)
    deliver(queue_delivery(store, destination, "msg_2"))
    assert destination_of(store, destination)["enabled"] is True
    frozen.move(1)
    deliver(queue_delivery(store, destination, "msg_3"))
    found = destination_of(store, destination)
    assert (found["enabled"], found["disabled_reason"]) == (False, "failing")

    DESTINATIONS.update(store, WORKSPACE, destination["id"], checked(DESTINATIONS.changes, {"enabled": True}))
    deliver(queue_delivery(store, destination, "msg_4"))
    assert destination_of(store, destination)["enabled"] is True


@pytest.mark.parametrize("end", ["deleted", "disabled"])
def test_what_is_due_for_a_destination_that_is_no_more_is_canceled(store: Store, receiver: Receiver, end: str) -> None:
    destination, _ = new_destination(store)
    delivery = queue_delivery(store, destination)
    if end == "deleted":
        DESTINATIONS.delete(store, WORKSPACE, destination["id"])
    else:
        DESTINATIONS.update(store, WORKSPACE, destination["id"], checked(DESTINATIONS.changes, {"enabled": False}))

    deliver(delivery)

    item = kept(store, delivery)
    assert (item["state"], item["attempts"][0]["error"]) == ("canceled", f"destination_{end}")
    assert receiver.calls == []
    assert "due_at" not in item


def test_an_address_that_is_refused_by_now_is_an_attempt_that_failed(store: Store, receiver: Receiver) -> None:
    destination, _ = new_destination(store)
    delivery = queue_delivery(store, destination)
    key = {"workspace_id": WORKSPACE, "destination_id": destination["id"]}
    store.database.set_attributes(store.secrets_table, key, {"url": "https://127.0.0.1/"})

    deliver(delivery)

    assert receiver.calls == []
    item = kept(store, delivery)
    assert (item["state"], item["attempts"][0]["error"]) == ("pending", "host")


def test_slack_gets_its_message_unsigned_and_one_a_second(store: Store, receiver: Receiver, slept: list[float]) -> None:
    slack, _ = new_destination(store, kind="slack", name="#sales", url="https://hooks.slack.com/services/T/B/x")
    other, _ = new_destination(store, kind="slack", name="#ops", url="https://hooks.slack.com/services/T/B/y")
    deliveries = [
        queue_delivery(store, one, f"msg_{number}") for number, one in enumerate([slack, slack, slack, other])
    ]

    deliver(*deliveries)

    assert slept == [0, 1, 1, 0]
    assert [json.loads(call.body) for call in receiver.calls] == [{"text": "Hello"}] * 4
    assert {*receiver.calls[0].headers} == {"content-type"}


def test_slack_s_messages_that_would_wait_for_long_are_due_later(
    store: Store, receiver: Receiver, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    slack, _ = new_destination(store, kind="slack", name="#sales", url="https://hooks.slack.com/services/T/B/x")
    monkeypatch.setattr("pixel.hooks.sending.time.sleep", slept.append)  # many functions, so that time stands still
    deliveries = [queue_delivery(store, slack, f"msg_{number}") for number in range(6)]

    deliver(*deliveries)

    states = [kept(store, one) for one in deliveries]
    assert [one["state"] for one in states] == ["delivered"] * 4 + ["pending"] * 2
    assert slept == [0, 1, 2, 3]
    assert [(one["tries"], one["attempts"]) for one in states[4:]] == [(0, [])] * 2
    assert all(one["due_at"] == "2026-03-04T05:06:16Z" and "lease_until" not in one for one in states[4:])


def test_retries_within_a_quarter_of_an_hour_go_through_the_queue(
    store: Store, receiver: Receiver, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[Any, int]] = []
    monkeypatch.setattr(
        sending, "dispatch", lambda deliveries, *, delay_seconds: sent.append((deliveries[0]["due_at"], delay_seconds))
    )
    destination, _ = new_destination(store)
    receiver.will(_FAILED)
    _fail_until_settled(store, queue_delivery(store, destination), frozen)
    at = datetime(2026, 3, 4, 5, 6, 10, tzinfo=UTC)
    assert sent == [(to_iso(at + timedelta(seconds=6)), 6), (to_iso(at + timedelta(seconds=307)), 301)]


def test_delays_are_spread_by_a_fifth(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[tuple[float, float]] = []

    def highest(low: float, high: float) -> float:
        bounds.append((low, high))
        return high

    monkeypatch.setattr("pixel.hooks.retries.random.uniform", highest)
    assert retries.next_delay(1, _FAILED) == timedelta(seconds=6)
    assert bounds == [(0.8, 1.2)]
