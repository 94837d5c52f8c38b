"""Money counts once and nothing accepted is lost, however requests interleave, fail or are killed."""

import json
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from pixel.aws import tables as dynamodb
from pixel.aws.tables import Database
from pixel.ingest import claims, event, pipeline
from pixel.ingest.event import REJECTED, IncomingEvent
from pixel.workspaces.known_websites import KnownWebsite
from tests.thorough import depth, some_of
from tests.unit.ingest.interleavings import Becomes, Choice, Simulation, World, explore

# Of all calls of a run; `make interleavings` explores with more.
_FAULTS_MAX = depth("INTERLEAVING_FAULTS", usual=1, thorough=2)
_WORKSPACE = "ws_1"
_NOON_MS = 1_772_600_000_000


def _payment(event_id: str | None, amount: int = 10, **changed: Any) -> dict[str, Any]:
    given = {"website_id": "admx_1", "name": "payment", "amount": amount, "currency": "EUR", "transaction_id": "t-1"}
    return given | ({} if event_id is None else {"event_id": event_id}) | changed


def _goal(event_id: str, goal_name: str = "signup") -> dict[str, Any]:
    return {"website_id": "admx_1", "name": "custom", "goal_name": goal_name, "event_id": event_id}


class _Scenario(NamedTuple):
    """Concurrent requests, each with the events of its body.

    Those in `right` are kept unless they fail themselves, whatever becomes of the others.
    """

    requests: list[list[dict[str, Any]]]
    right: set[int] = set()  # noqa: RUF012 - immutable
    earlier: tuple[dict[str, Any], ...] = ()
    faults_fewer: int = 0


_REFUND: dict[str, Any] = {"refund": True, "refund_id": "r-1"}
_SCENARIOS = {
    "one payment under two event ids": _Scenario([[_payment("a")], [_payment("b")]], right={0, 1}),
    "one payment with and without an event id": _Scenario([[_payment("a")], [_payment(None)]], right={0, 1}),
    "one payment twice": _Scenario([[_payment("a")], [_payment("a")]], right={0, 1}),
    "one payment that was refused before": _Scenario([[_payment("a")]], right={0}),
    "two payments under one transaction": _Scenario([[_payment("a")], [_payment("b", 11)]]),
    "two payments under one transaction and event id": _Scenario([[_payment("a")], [_payment("a", 11)]]),
    "two payments under one event id": _Scenario([[_payment("a")], [_payment("a", 11, transaction_id="t-2")]]),
    "a payment and a goal under its event id": _Scenario([[_payment("a")], [_goal("a")]]),
    "two goals under one event id": _Scenario([[_goal("a")], [_goal("a", "purchase")]]),
    "a right payment and a wrong one under a used event id": _Scenario(
        [[_payment("b")], [_payment("used", 11)]], right={0}, earlier=(_goal("used"),)
    ),
    "one refund under two event ids": _Scenario([[_payment("a", **_REFUND)], [_payment("b", **_REFUND)]], right={0, 1}),
    "a payment and its refund": _Scenario([[_payment("a")], [_payment("b", **_REFUND)]], right={0, 1}),
    "a batch that repeats a payment": _Scenario(
        [[_payment("a"), _payment("b")], [_payment("b")]], right={0, 1}, faults_fewer=1
    ),
    "a batch that contradicts a request": _Scenario(
        [[_payment("a"), _payment("b", 11)], [_payment("b", 11)]], faults_fewer=1
    ),
    "a batch whose wrong payment has the id of its goal": _Scenario(
        [[_payment("b")], [_payment("a", 11), _goal("a")]], faults_fewer=1
    ),
    "one payment under three event ids": _Scenario(
        [[_payment("a")], [_payment("b")], [_payment("c")]], right={0, 1, 2}, faults_fewer=1
    ),
    "one payment twice, and another": _Scenario(
        [[_payment("a")], [_payment("a")], [_payment("b", 11)]], faults_fewer=1
    ),
    "one goal twice, and another under its id": _Scenario([[_goal("a")], [_goal("a")], [_goal("a", "purchase")]]),
}


@pytest.fixture
def current(monkeypatch: pytest.MonkeyPatch) -> list[Simulation]:
    """Return where the simulation stands that the pipeline's calls go to."""
    current: list[Simulation] = []
    monkeypatch.setattr(dynamodb, "database", lambda: Database(current[0]))
    monkeypatch.setattr(claims, "settings", lambda: SimpleNamespace(claims_table="claims"))
    monkeypatch.setattr(claims, "secrets", SimpleNamespace(token_urlsafe=lambda _: current[0].holder))
    monkeypatch.setattr(pipeline, "logger", SimpleNamespace(warning=lambda *_, **__: None))
    monkeypatch.setattr(pipeline, "count", lambda _: None)
    monkeypatch.setattr(event, "find_known_website", lambda *_: KnownWebsite(_WORKSPACE, "example.com"))
    return current


_OF_EACH_KIND = {
    (len(one.requests), one.faults_fewer, bool(one.right), bool(one.earlier)): name for name, one in _SCENARIOS.items()
}
_TRIED = _SCENARIOS if _FAULTS_MAX > 1 else dict.fromkeys([*some_of(_SCENARIOS, usual=4), *_OF_EACH_KIND.values()])


@pytest.mark.parametrize("name", _TRIED)
def test_every_event_counts_once(current: list[Simulation], name: str) -> None:
    """The output says how much was explored."""
    _explore(current, name, _SCENARIOS[name])


def _explore(current: list[Simulation], name: str, scenario: _Scenario) -> None:
    def simulate(requests: Sequence[list[IncomingEvent]], world: World, round_name: str) -> Simulation:
        simulation = Simulation(requests, world, round_name=round_name)
        current[:] = [simulation]
        return simulation

    def send(number: int, body: list[dict[str, Any]], world: World, round_name: str) -> Simulation:
        """Send one request without faults."""
        simulation = simulate([_incoming(number, body)], world, round_name)
        simulation.start()
        while simulation.waiting:
            simulation.step(Choice(0, Becomes.DONE))
        return simulation

    def make() -> Simulation:
        return simulate([_incoming(number, body) for number, body in enumerate(scenario.requests)], earlier, "first")

    def check(simulation: Simulation, path: Sequence[Choice]) -> None:
        try:
            _check_end(simulation, scenario.requests)
            _check_kept(simulation, scenario)
            _check_free(simulation, path)
            world = simulation.world
            if world.freeze() in repeated_from:
                return
            repeated_from.add(world.freeze())
            for number, body in enumerate(scenario.requests):
                repeated = send(number, body, world, f"repeated {number}")
                assert repeated.ended[0] is not None
                assert repeated.ended[0].results is not None, "a repetition was not answered"
                _check_end(repeated, [body])
                world = repeated.world
        except AssertionError as failure:
            steps = [f"{choice.request} {choice.becomes}" for choice in path]
            raise AssertionError(f"{failure} after {steps}") from failure

    repeated_from: set[object] = set()
    earlier = World()
    for body in scenario.earlier:
        earlier = send(9, [body], earlier, "earlier").world
    explored = explore(make, check, faults_max=_FAULTS_MAX - scenario.faults_fewer)
    sys.stdout.write(f"{name}: {explored.states:,} states, {explored.interleavings:,} interleavings\n")


def _incoming(number: int, bodies: Sequence[dict[str, Any]]) -> list[IncomingEvent]:
    """Return the events of a request, which arrives a second after the one before."""
    return [
        IncomingEvent(body, _WORKSPACE, origin=f"{number}.{place}", at_ms=_NOON_MS + 1000 * number)
        for place, body in enumerate(bodies)
    ]


def _check_end(simulation: Simulation, bodies: Sequence[Sequence[dict[str, Any]]]) -> None:
    """Check that all rows of an event are equal, and that what was answered as kept has its row."""
    rows = [json.loads(row) for row in set(simulation.world.rows)]
    assert len({row["event_id"] for row in rows}) == len(rows), "rows under one id differ"
    transactions = [(row["transaction_id"], row["refund"]) for row in rows if "transaction_id" in row]
    assert len(set(transactions)) == len(transactions), "a transaction has several ids"
    for sent, ended in zip(bodies, simulation.ended, strict=True):
        for body, result in zip(sent, (ended and ended.results) or (), strict=False):
            is_there = any(_is_row_of(row, body) for row in rows)
            assert result.status == REJECTED or is_there, f"{result.status}, but without its row: {body}"


def _check_kept(simulation: Simulation, scenario: _Scenario) -> None:
    """Check that the right requests are kept if they did not fail themselves."""
    for number in scenario.right:
        ended = simulation.ended[number]
        assert ended is not None
        if not ended.faults:
            assert ended.results is not None, f"{number} failed for another's fault: {ended.exception!r}"
            assert all(result.status != REJECTED for result in ended.results), f"{number} was refused: {ended.results}"


def _check_free(simulation: Simulation, path: Sequence[Choice]) -> None:
    """Check that requests that Tinybird refused leave no claim behind."""
    faults = {choice.becomes for choice in path} - {Becomes.DONE}
    if faults <= {Becomes.REFUSED} and len(simulation.world.rows) == simulation.rows_before:
        held = [name for name, item in simulation.world.items.items() if "holders" in item and not item["kept"]["BOOL"]]
        assert held == [], "nothing is kept, but a claim is"


def _is_row_of(row: dict[str, Any], body: dict[str, Any]) -> bool:
    names = ("amount", "refund", "transaction_id", "goal_name")
    return all(row.get(name) == body[name] for name in names if name in body)
