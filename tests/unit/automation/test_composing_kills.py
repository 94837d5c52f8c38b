"""A function may be killed before or after each thing that it asks of others: no message gets lost, none gets a new id.

`make test` kills the first and the last step of each kind in one small scene, and some of a larger one;
`make thorough` kills each third step. `make chaos-messages` kills each, and goes on until ten thousand messages have
been written.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from pixel.aws.simple_email import MailInDoubtError
from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.recipient_states import address_hash
from pixel.workspaces.reports import REPORTS
from tests.environment import WORKSPACE_TABLE
from tests.thorough import IS_THOROUGH, depth, some_of
from tests.unit.automation.world import WS, Killed, Sent, Step, World, at

_MESSAGES = depth("CHAOS_MESSAGES", usual=100, thorough=1000)
_STRIDE = 1 if _MESSAGES > 1_000 else 3
_OF_EACH_KIND = 2
_MADE = at("2026-10-19T05:30:00+00:00")
_FIRST = at("2026-10-19T05:31:00+00:00")
_LAST = at("2026-10-19T06:20:00+00:00")
_ADDRESSES = ("ann@own.example", "bob@own.example")


def _scene(world: World, websites: int = 1) -> None:
    """Write websites that each have an alert that fires at 06:00, told by mail and Slack, and a weekly report at 06:00.

    Two webhooks are told of all.
    """
    world.now = _MADE
    world.value = lambda _website, _metric, _bounds: 5.0
    world.add_destination("#sales", "slack")
    world.add_destination("Warehouse")
    world.add_destination("Backup")
    for number in range(websites):
        website_id = f"admx_{number}"
        world.add_website(website_id, timezone="UTC")
        fires = {"metric": "visitors", "direction": "below", "threshold": 10, "window": "1h", "min_volume": 0}
        to_mail = {**fires, "channel": "email", "recipients": [*_ADDRESSES]}
        to_slack = {**fires, "channel": "slack", "recipients": ["#sales"]}
        world.add(ALERTS, website_id=website_id, record_id=f"alert_mail_{number}", **to_mail)
        world.add(ALERTS, website_id=website_id, record_id=f"alert_slack_{number}", **to_slack)
        weekly = {"cadence": "weekly", "at": "06:00", "channel": "email", "recipients": [*_ADDRESSES]}
        world.add(REPORTS, website_id=website_id, record_id=f"report_{number}", **weekly)


def _messages(world: World) -> Iterator[dict[str, str]]:
    for message in world.items("MESSAGE#"):
        if message["kind"] != "confirm":
            yield message


def _told(world: World) -> set[Sent]:
    """Return what receivers have got, once each. Slack has no id of a message."""
    return {*world.mails, *(sent for sent in world.hooks if sent.message_id)}


def _run(world: World, last: datetime = _LAST) -> None:
    world.minutes(_FIRST, last)


def _expected(monkeypatch: pytest.MonkeyPatch, websites: int = 1) -> tuple[set[Sent], int, list[str]]:
    """Return what receivers get if nothing fails, how many Slack messages, and the steps that take them there."""
    world = World(monkeypatch)
    _scene(world, websites)
    steps: list[str] = []
    world.on_step = lambda step: None if step.is_after else steps.append(step.name)
    _run(world)
    assert set(world.mails.values()) == {1}
    assert {count for sent, count in world.hooks.items() if sent.message_id} == {1}
    return _told(world), sum(count for sent, count in world.hooks.items() if not sent.message_id), steps


def test_everybody_is_told_once(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    told, slack, _ = _expected(monkeypatch)

    of_addresses = {address_hash(address) for address in _ADDRESSES}
    assert len([sent for sent in told if sent.receiver in of_addresses]) == 4  # an alert and a report each
    assert len([sent for sent in told if sent.receiver.startswith("/services/")]) == 6  # two alerts and a report each
    assert slack == 1
    del world


def test_a_kill_at_any_step_loses_no_message_and_makes_no_other(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    del world
    expected, slack, steps = _expected(monkeypatch)
    numbers = _to_kill(steps)
    tried = 0
    for number in numbers:
        for is_after in (False, True):
            world = World(monkeypatch)
            _scene(world)
            killed = _kill_at(world, world.steps + number + 1, is_after=is_after)
            _run(world, _LAST + timedelta(minutes=100))
            if killed:  # a condition that does not hold has no moment after it
                _check(world, expected, slack, killed)
            tried += bool(killed)

    assert tried > 1.9 * len(numbers)


def _to_kill(steps: Sequence[str]) -> Sequence[int]:
    if IS_THOROUGH or _MESSAGES > 1_000:
        return range(0, len(steps), _STRIDE)
    of_kinds: dict[str, list[int]] = {}
    for number, name in enumerate(steps):
        of_kinds.setdefault(name, []).append(number)
    return sorted(number for numbers in of_kinds.values() for number in some_of(numbers, usual=_OF_EACH_KIND))


class _Kill(NamedTuple):
    """Where a function was killed, and who had said yes outside without a write that says so."""

    step: Step
    unsaid: str | None


def _kill_at(world: World, number: int, *, is_after: bool) -> list[_Kill]:
    killed: list[_Kill] = []

    def on_step(step: Step) -> None:
        if not killed and world.steps == number and step.is_after is is_after:
            killed.append(_Kill(step, world.unsaid))
            raise Killed

    world.on_step = on_step
    return killed


def _check(world: World, expected: set[Sent], slack: int, killed: list[_Kill]) -> None:
    """Require that none is lost and none added, and that only what a kill left unsaid came twice."""
    assert _told(world) == expected, killed
    assert set(world.mails.values()) == {1}, killed  # SES's event says what became of a mail
    at_hook = killed[0].unsaid == "hook"
    assert all(count == 1 or at_hook for count in world.hooks.values()), killed
    assert sum(count for sent, count in world.hooks.items() if not sent.message_id) - slack in (
        (0, 1) if at_hook else (0,)
    )
    assert {message["state"] for message in _messages(world)} == {"sent", "handed"}, killed
    assert {delivery["state"] for delivery in world.items("DELIVERY#")} == {"delivered"}, killed
    report = world.database.get(WORKSPACE_TABLE, {"workspace_id": WS, "item": "REPORT#report_0"})
    assert report is not None
    assert report["last_sent_at"] is not None, killed


@pytest.mark.parametrize("event_gets_lost", [False, True])
def test_a_mail_whose_answer_is_lost_is_sent_again_only_if_no_event_says_that_it_was_sent(
    monkeypatch: pytest.MonkeyPatch,
    world: World,
    event_gets_lost: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    del world
    world = World(monkeypatch)
    _scene(world)
    world.events_get_lost = event_gets_lost
    lost: list[Step] = []

    def on_step(step: Step) -> None:
        if not lost and step == Step("ses", is_after=True):
            lost.append(step)
            raise MailInDoubtError("ses SendEmail: ReadTimeoutError")

    world.on_step = on_step
    _run(world, _LAST + timedelta(minutes=60))

    assert sorted(world.mails.values()) == [1, 1, 1, 2 if event_gets_lost else 1]
    assert {message["state"] for message in _messages(world)} == {"sent", "handed"}


def test_thousands_of_messages_with_kills_all_the_time(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    del world
    chance, written, twice, killed = random.Random(7), 0, 0, 0
    expected, _, _ = _expected(monkeypatch, websites=10)
    while written < _MESSAGES:
        world = World(monkeypatch)
        _scene(world, websites=10)
        at_ses, at_hook = [0], [0]

        def on_step(
            _step: Step, world: World = world, at_ses: list[int] = at_ses, at_hook: list[int] = at_hook
        ) -> None:
            if chance.random() < 0.004:
                at_ses[0] += world.unsaid == "ses"
                at_hook[0] += world.unsaid == "hook"
                raise Killed

        world.on_step = on_step
        world.events_get_lost = chance.random() < 0.5
        if chance.random() < 0.5:
            world.delivered_again |= {"alerts", "messages", "mails", "hooks"}
        _run(world)
        world.on_step = lambda _step: None
        world.minutes(_LAST, _LAST + timedelta(minutes=200))
        assert _told(world) == expected
        more = sum(count - 1 for count in world.mails.values())
        assert more <= (at_ses[0] if world.events_get_lost else 0)
        assert sum(count - 1 for sent, count in world.hooks.items() if sent.message_id) <= at_hook[0]
        assert {message["state"] for message in _messages(world)} == {"sent", "handed"}
        written += len(list(_messages(world)))
        twice += more
        killed += world.killed

    print(f"{written:,} messages, {killed:,} functions killed: lost 0, other ids 0, mails twice {twice}")  # noqa: T201 - figures that `make chaos-messages` shows
    assert killed > _MESSAGES / 50
