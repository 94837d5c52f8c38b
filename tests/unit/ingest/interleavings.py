"""Every interleaving of a few concurrent requests with a store and Tinybird, including failures and kills at each step.

Requests run the real pipeline in greenlets, between which switching costs a twentieth of what it costs between threads.
Each waits before a call until the explorer chooses what becomes of it. The explorer follows one choice after the other
to the end, and does not continue from a state that it has seen: the same items, rows and responses so far.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from greenlet import getcurrent, greenlet

from pixel.aws.json_service import AwsRefusedError, AwsUnreachableError
from pixel.foundation import JsonObject
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.ingest.event import ACCEPTED, REJECTED, IncomingEvent, Result
from pixel.ingest.pipeline import Placement, ingest_into
from pixel.tinybird.client import RetryPolicy

CLAIMS = "claims"
_Items = dict[str, JsonObject]


class Becomes(StrEnum):
    """What becomes of a call."""

    DONE = "done"
    REFUSED = "refused, with no effect"  # by Tinybird
    LOST = "lost on its way, with no effect"
    UNANSWERED = "done, but the response is lost"
    REPEATED = "done, but the response is lost, and repeated"
    KILLED = "never made: the request is killed"
    KILLED_AFTER = "done, then the request is killed"


_OF_STORE = (Becomes.DONE, Becomes.LOST, Becomes.UNANSWERED, Becomes.REPEATED, Becomes.KILLED, Becomes.KILLED_AFTER)
_OF_TINYBIRD = (Becomes.DONE, Becomes.REFUSED, Becomes.LOST, Becomes.UNANSWERED, Becomes.KILLED, Becomes.KILLED_AFTER)


class Killed(BaseException):
    """The function's process ends here."""


class Choice(NamedTuple):
    """The next call, by the number of its request, and what becomes of it."""

    request: int
    becomes: Becomes


class Ended(NamedTuple):
    """How a request ended: with results, with an exception, or killed."""

    results: tuple[Result, ...] | None
    exception: BaseException | None
    faults: int  # of its calls

    @property
    def is_killed(self) -> bool:
        return isinstance(self.exception, Killed)


@dataclass
class World:
    """The claims in the store and the rows in Tinybird."""

    items: _Items = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)

    def copy(self) -> "World":
        return World(dict(self.items), list(self.rows))

    def freeze(self) -> object:
        return (json.dumps(self.items, sort_keys=True), tuple(sorted(set(self.rows))))

    def call(self, operation: str, payload: JsonObject) -> JsonObject:
        """Execute an operation of DynamoDB, as far as claims use it."""
        if operation == "BatchWriteItem":
            puts = [write["PutRequest"]["Item"] for write in payload["RequestItems"][CLAIMS]]
            assert len({item["claim"]["S"] for item in puts}) == len(puts), "DynamoDB refuses two writes of one key"
            self.items |= {item["claim"]["S"]: _without_end_of_life(item) for item in puts}
            return {}
        name = (payload.get("Item") or payload["Key"])["claim"]["S"]
        existing = self.items.get(name)
        if not holds(payload, existing or {}):
            raise AwsRefusedError(operation, 400, {"__type": "#ConditionalCheckFailedException", "Item": existing})
        if operation == "PutItem":
            self.items[name] = _without_end_of_life(payload["Item"])
            return {}
        assert operation == "UpdateItem"
        changed = _updated(payload, existing or payload["Key"])
        self.items[name] = changed
        return {"Attributes": changed}


class Simulation:
    """Concurrent requests, each with the events of one body, from a world that `before` describes."""

    def __init__(
        self, requests: Sequence[Sequence[IncomingEvent]], before: World | None = None, *, round_name: str = "first"
    ) -> None:
        self._requests = requests
        self._round_name = round_name
        self.world = (before or World()).copy()
        self.rows_before = len(self.world.rows)
        self.histories: list[list[str]] = [[] for _ in requests]
        self.ended: list[Ended | None] = [None] * len(requests)
        self.waiting: dict[int, str] = {}
        self._faults = [0] * len(requests)
        self._outcome: Becomes | None = None
        self._explorer = getcurrent()
        self._greenlets = [greenlet(self._run) for _ in requests]
        self._here = 0  # the number of the current request
        self._events = [0] * len(requests)
        self._killed: set[int] = set()

    @property
    def holder(self) -> str:
        """Return the token of the current request."""
        self._events[self._here] += 1
        return f"{self._round_name} {self._here}.{self._events[self._here]}"

    def start(self) -> None:
        for number in range(len(self._greenlets)):
            self._continue(number)

    def step(self, choice: Choice) -> None:
        """Let a request's call become what the choice says, and wait until the request makes its next call or ends."""
        self._outcome = choice.becomes
        self._faults[choice.request] += choice.becomes is not Becomes.DONE
        del self.waiting[choice.request]
        self._continue(choice.request)

    def abandon(self) -> None:
        """End all requests."""
        for number in list(self.waiting):
            self.step(Choice(number, Becomes.KILLED))

    def freeze(self) -> object:
        return (self.world.freeze(), tuple(map(tuple, self.histories)))

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        """Make a call to the store, in the place of `JsonService.call`."""
        assert idempotent
        becomes = self._next_outcome("store")
        try:
            response = {}
            if becomes is not Becomes.LOST:
                response = self.world.call(operation, payload)
            if becomes is Becomes.REPEATED:
                response = self.world.call(operation, payload)
        except AwsRefusedError as refused:
            self._note(refused.body)
            self._end_if(becomes is Becomes.KILLED_AFTER)
            if becomes is Becomes.UNANSWERED:
                raise AwsUnreachableError(operation, "unanswered") from None
            raise
        self._note(becomes, response)
        self._end_if(becomes is Becomes.KILLED_AFTER)
        if becomes in {Becomes.LOST, Becomes.UNANSWERED}:
            raise AwsUnreachableError(operation, "no response")
        return response

    def store_rows(self, _datasource: str, rows: Sequence[str], _policy: RetryPolicy) -> list[Placement]:
        """Send rows to Tinybird, in the place of the pipeline's own functions."""
        becomes = self._next_outcome("tinybird")
        self._note(becomes)
        if becomes in {Becomes.DONE, Becomes.UNANSWERED, Becomes.KILLED_AFTER}:
            self.world.rows += rows
        self._end_if(becomes is Becomes.KILLED_AFTER)
        if becomes is Becomes.DONE:
            return [Placement(ACCEPTED)] * len(rows)
        error = ApiError(ErrorCode.TINYBIRD_ERROR)
        return [Placement(REJECTED, error, may_be_kept=becomes is not Becomes.REFUSED)] * len(rows)

    def act(self, number: int) -> tuple[Result, ...]:
        """Do what a request does, in its greenlet."""
        return tuple(ingest_into(self.store_rows, self._requests[number], seconds=1))

    def _run(self, number: int) -> None:
        results, exception = None, None
        try:
            results = self.act(number)
        except BaseException as ended:  # noqa: BLE001 - any end of a request is an outcome
            exception = ended
        self.ended[number] = Ended(results, exception, self._faults[number])

    def _next_outcome(self, kind: str) -> Becomes:
        """Wait until the explorer says what becomes of this call; a killed request makes no more calls."""
        self._end_if(self._here in self._killed)
        self.waiting[self._here] = kind
        self._explorer.switch()
        becomes = self._outcome
        assert becomes is not None
        self._end_if(becomes is Becomes.KILLED)
        return becomes

    def _end_if(self, is_end: bool) -> None:  # noqa: FBT001 - reads as a sentence where it is called
        if is_end:
            self._killed.add(self._here)
            raise Killed

    def _note(self, *observed: object) -> None:
        self.histories[self._here].append(json.dumps(observed, sort_keys=True, default=str))

    def _continue(self, number: int) -> None:
        """Let a request go on until its next call or its end."""
        self._here = number
        self._greenlets[number].switch(number)
        assert number in self.waiting or self.ended[number], "a request neither made a call nor ended"


class Explored(NamedTuple):
    """How much an exploration has seen: distinct states, and the interleavings that lead through them."""

    states: int
    interleavings: int


def explore[AnySimulation: Simulation](
    make: Callable[[], AnySimulation], check: Callable[[AnySimulation, Sequence[Choice]], None], *, faults_max: int
) -> Explored:
    """Follow every interleaving with at most so many faults, and check how each ends."""
    following: dict[object, set[tuple[Choice, object]]] = {}
    pending: list[tuple[Choice, ...]] = [()]
    while pending:
        path = list(pending.pop())
        simulation = make()
        simulation.start()
        for choice in path[:-1]:
            simulation.step(choice)
        before = _state(simulation, path[:-1])
        for choice in path[-1:]:
            simulation.step(choice)
            following[before].add((choice, _state(simulation, path)))
        while (state := _state(simulation, path)) not in following:
            following[state] = set()
            if not simulation.waiting:
                check(simulation, path)
                break
            first, *others = _choices(simulation.waiting, _faults(path) < faults_max)
            pending += [(*path, other) for other in others]
            path.append(first)
            simulation.step(first)
            following[state].add((first, _state(simulation, path)))
        simulation.abandon()
    return Explored(len(following), _count_paths(following, _state(_started(make), ())))


def _started(make: Callable[[], Simulation]) -> Simulation:
    simulation = make()
    simulation.start()
    return simulation


def _state(simulation: Simulation, path: Sequence[Choice]) -> object:
    return (simulation.freeze(), _faults(path))


def _faults(path: Sequence[Choice]) -> int:
    return sum(choice.becomes is not Becomes.DONE for choice in path)


def _count_paths(following: Mapping[object, set[tuple[Choice, object]]], start: object) -> int:
    @cache
    def count(state: object) -> int:
        return sum(count(after) for _, after in following[state]) or 1

    return count(start)


def _choices(waiting: Mapping[int, str], may_fail: bool) -> Iterator[Choice]:  # noqa: FBT001 - one caller
    for number, kind in sorted(waiting.items()):
        outcomes = _OF_STORE if kind == "store" else _OF_TINYBIRD
        for becomes in outcomes if may_fail else outcomes[:1]:
            yield Choice(number, becomes)


def _without_end_of_life(item: JsonObject) -> JsonObject:
    return {name: value for name, value in item.items() if name != "expires_at"}


def holds(payload: JsonObject, item: JsonObject) -> bool:
    """Return whether an item meets a condition in the form that `pixel.aws.tables` writes."""
    names, values = payload["ExpressionAttributeNames"], payload.get("ExpressionAttributeValues", {})
    for clause in payload["ConditionExpression"].split(" AND "):
        match clause.split(" = "):
            case [equal, value]:
                if item.get(names[equal]) != values[value]:
                    return False
            case [function]:
                kind, _, name = function.rstrip(")").partition("(")
                if (names[name] in item) is not {"attribute_exists": True, "attribute_not_exists": False}[kind]:
                    return False
            case _:
                raise NotImplementedError(clause)
    return True


def _updated(payload: JsonObject, item: JsonObject) -> JsonObject:
    """Return the item after a member was added to a set or removed from it."""
    clause, name, value = payload["UpdateExpression"].split()
    attribute = payload["ExpressionAttributeNames"][name]
    members, given = (
        set(texts.get("SS", ())) for texts in (item.get(attribute, {}), payload["ExpressionAttributeValues"][value])
    )
    members = members | given if clause == "ADD" else members - given
    others: dict[str, Any] = {key: entry for key, entry in item.items() if key != attribute}
    return {**others, attribute: {"SS": sorted(members)}} if members else others
