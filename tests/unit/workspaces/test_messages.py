"""A message is told once: its id follows from what it tells, and only one function at a time has it."""

from datetime import timedelta
from typing import Any

import pytest

from pixel.foundation.clock import now, to_iso
from pixel.workspaces import messages
from pixel.workspaces.errors import ConcurrentChangeError
from pixel.workspaces.messages import Fact, MessageKind, MessageState, Recipient
from pixel.workspaces.report_kind import REPORT
from tests.conftest import Frozen
from tests.environment import WORKSPACE_TABLE
from tests.unit.automation.world import WS, World, set_queues

_FACT = Fact(MessageKind.REPORT, "report_1", "admx_1", "ready", "daily 2026-03-03", {"label": "2026-03-03"})
_ANN = Recipient("email", "ann@example.com")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, frozen: Frozen) -> World:
    del frozen
    set_queues(monkeypatch)
    return World(monkeypatch)


def _written(world: World, recipient: Recipient = _ANN, fact: Fact = _FACT) -> dict[str, Any]:
    message = messages.new_message(WS, fact, recipient, now())
    world.database.put(WORKSPACE_TABLE, message)
    return message


def _taken(world: World, message: dict[str, Any]) -> dict[str, Any] | None:
    key = messages.message_key(WS, message["id"])
    return messages.take(world.database, WORKSPACE_TABLE, key, message["due_at"])


def _stored(world: World, message: dict[str, Any]) -> dict[str, Any]:
    found = world.database.get(WORKSPACE_TABLE, messages.message_key(WS, message["id"]))
    assert found is not None
    return found


def test_the_same_fact_has_the_same_id_for_the_same_recipient_alone() -> None:
    others = [
        _FACT._replace(at="daily 2026-03-04"),
        _FACT._replace(transition="test"),
        _FACT._replace(record_id="report_2"),
        _FACT._replace(kind=MessageKind.ALERT),
    ]
    ids = [messages.message_id(WS, fact, _ANN) for fact in (_FACT, *others)]
    ids += [messages.message_id("ws_2", _FACT, _ANN), messages.message_id(WS, _FACT, Recipient("slack", "#ann"))]

    assert len(set(ids)) == len(ids)
    assert ids[0] == messages.message_id(WS, _FACT._replace(data={"label": "another"}), _ANN)


def test_one_of_two_takes_a_message(world: World) -> None:
    message = _written(world)

    first, second = _taken(world, message), _taken(world, message)

    assert first is not None
    assert (first["state"], first["attempts"], second) == ("leased", 1, None)
    assert first["due_at"] == to_iso(now() + timedelta(seconds=messages.LEASE_SECONDS))


def test_whoever_dies_leaves_the_message_due(world: World) -> None:
    taken = _taken(world, _written(world))
    assert taken is not None

    again = _taken(world, taken)

    assert again is not None
    assert again["attempts"] == 2


@pytest.mark.parametrize("state", [MessageState.SENT, MessageState.DROPPED, MessageState.HANDED, MessageState.FAILED])
def test_a_settled_message_is_due_no_more_and_forgets_its_recipient(world: World, state: MessageState) -> None:
    taken = _taken(world, _written(world))
    assert taken is not None

    assert messages.settle(world.database, WORKSPACE_TABLE, taken, state, reason="because")
    stored = _stored(world, taken)

    assert stored["state"] == state
    assert stored["reason"] == "because"
    assert not stored.keys() & {"recipient", "due_at", "due_shard"}
    assert _taken(world, taken) is None
    assert not messages.settle(world.database, WORKSPACE_TABLE, taken, MessageState.FAILED)
    assert _stored(world, taken)["state"] == state


def test_a_postponed_message_is_due_later(world: World) -> None:
    taken = _taken(world, _written(world))
    assert taken is not None

    messages.postpone(world.database, WORKSPACE_TABLE, taken, now() + timedelta(hours=1))

    stored = _stored(world, taken)
    assert (stored["state"], stored["due_at"]) == ("pending", to_iso(now() + timedelta(hours=1)))
    assert _taken(world, taken) is None
    assert _taken(world, stored) is not None


def _report_with(world: World, count: int) -> list[dict[str, Any]]:
    made = [_written(world, Recipient("email", f"{number}@example.com")) for number in range(count)]
    due = {"workspace_id": WS, "item": "DUE#REPORT#report_1", "waiting": [message["id"] for message in made]}
    world.database.put(WORKSPACE_TABLE, due)
    world.database.put(WORKSPACE_TABLE, {**REPORT.key(WS, "report_1"), "id": "report_1", "last_sent_at": None})
    return made


def _last_sent_at(world: World) -> str | None:
    report = world.database.get(WORKSPACE_TABLE, REPORT.key(WS, "report_1"))
    assert report is not None
    return report["last_sent_at"]  # type: ignore[no-any-return]  # an item holds any value


def test_a_report_is_sent_when_the_last_of_its_messages_is_settled(world: World) -> None:
    made = _report_with(world, 3)
    seen = []
    for message in made:
        taken = _taken(world, message)
        assert taken is not None
        assert messages.settle(world.database, WORKSPACE_TABLE, taken, MessageState.SENT)
        seen.append(_last_sent_at(world))

    assert seen == [None, None, to_iso(now())]


def test_two_messages_of_a_report_settled_at_once_are_both_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (_taken(world, message) for message in _report_with(world, 2))
    assert first is not None
    assert second is not None
    transact, others = world.database.transact, [second]

    def after_another(*actions: Any) -> None:
        if others:
            messages.settle(world.database, WORKSPACE_TABLE, others.pop(), MessageState.SENT)
        transact(*actions)

    monkeypatch.setattr(world.database, "transact", after_another)
    monkeypatch.setattr(messages, "back_off", lambda _attempt: None)

    assert messages.settle(world.database, WORKSPACE_TABLE, first, MessageState.SENT)
    assert _last_sent_at(world) == to_iso(now())


def test_who_never_finds_the_report_at_rest_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = _taken(world, _report_with(world, 2)[0])
    assert taken is not None
    monkeypatch.setattr(messages, "back_off", lambda _attempt: None)
    get = world.database.get
    stale = get(WORKSPACE_TABLE, {"workspace_id": WS, "item": "DUE#REPORT#report_1"})
    assert stale is not None
    monkeypatch.setattr(world.database, "get", lambda *_: {**stale, "waiting": [*stale["waiting"], "msg_other"]})

    with pytest.raises(ConcurrentChangeError):
        messages.settle(world.database, WORKSPACE_TABLE, taken, MessageState.SENT)
