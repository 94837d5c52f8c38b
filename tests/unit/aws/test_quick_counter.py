"""No more visitors than the limit get a click of a counter, however their calls interleave, fail or are killed.

Every interleaving of three visitors' attempts is tried, with every fate of an attempt. The code that runs is that of
functions, down to the HTTP request; what answers it is a counter that changes one attempt after the other, as DynamoDB
changes an item.
"""

import json
import sys
import threading
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import pytest

from pixel.aws import json_service, quick
from pixel.aws.json_service import AwsError
from pixel.foundation import connections
from pixel.foundation.connections import NothingSentError, Request, Response, ResponseTimeoutError
from tests.thorough import depth

_VISITORS = 3
# Of all attempts of a run; `make interleavings` tries more.
_FAULTS_MAX = depth("INTERLEAVING_FAULTS", usual=1, thorough=2)
_SECONDS_MAX = 10.0
_FULL = Response(400, {}, b'{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}')


class _Fate(StrEnum):
    """What becomes of an attempt."""

    DONE = "done"
    THROTTLED = "refused because there are too many, with no effect"
    NOT_SENT = "not sent"
    LOST = "lost on its way, with no effect"
    UNANSWERED = "done, but the answer is lost"
    FAILED = "500, with no effect"
    FAILED_AFTER = "500, but done"
    KILLED = "never made: the function is killed"
    KILLED_AFTER = "done, then the function is killed"


_WITHOUT_EFFECT = {_Fate.THROTTLED, _Fate.NOT_SENT, _Fate.LOST, _Fate.FAILED, _Fate.KILLED}
_CERTAIN = {_Fate.DONE, _Fate.THROTTLED, _Fate.NOT_SENT}
"""After these a function knows whether its attempt had an effect."""


class _Killed(BaseException):
    """The function's process ends here."""


class _Choice(NamedTuple):
    visitor: int
    fate: _Fate


class _Run:
    """Visitors in threads, of which one at a time goes on: each waits before an attempt for its fate."""

    def __init__(self) -> None:
        self.used = 0
        self.added = [0] * _VISITORS
        self.ended: list[bool | BaseException | None] = [None] * _VISITORS
        self.waiting: set[int] = set()
        self.attempts = [0] * _VISITORS
        self._limit = 0
        self._fate = _Fate.DONE
        self._here = threading.local()
        self._turns = [threading.Semaphore(0) for _ in range(_VISITORS)]
        self._arrived = threading.Semaphore(0)

    def start(self, limit: int) -> None:
        self._limit = limit
        for visitor in range(_VISITORS):
            threading.Thread(target=self._visit, args=(visitor,), daemon=True).start()
            assert self._arrived.acquire(timeout=_SECONDS_MAX)

    def step(self, choice: _Choice) -> None:
        self._fate = choice.fate
        self.waiting.remove(choice.visitor)
        self._turns[choice.visitor].release()
        assert self._arrived.acquire(timeout=_SECONDS_MAX)

    def send(self, _pool: object, request: Request, **_: Any) -> Response:
        """Answer a request, in the place of `connections.send`."""
        visitor: int = self._here.visitor
        self.attempts[visitor] += 1
        self.waiting.add(visitor)
        self._arrived.release()
        self._turns[visitor].acquire()
        fate = self._fate
        response = None if fate in _WITHOUT_EFFECT else self._add(visitor, json.loads(request.body or b""))
        match fate:
            case _Fate.THROTTLED:
                return Response(400, {}, b'{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}')
            case _Fate.NOT_SENT:
                raise NothingSentError("refused")
            case _Fate.LOST | _Fate.UNANSWERED:
                raise ResponseTimeoutError("no response in time")
            case _Fate.FAILED | _Fate.FAILED_AFTER:
                return Response(500, {}, b'{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}')
            case _Fate.KILLED | _Fate.KILLED_AFTER:
                raise _Killed
        assert response is not None
        return response

    def _add(self, visitor: int, payload: dict[str, Any]) -> Response:
        assert payload["UpdateExpression"] == "ADD #counter :one"
        assert payload["ConditionExpression"] == "attribute_not_exists(#counter) OR #counter < :limit"
        values = {name: int(value["N"]) for name, value in payload["ExpressionAttributeValues"].items()}
        if self.used and self.used >= values[":limit"]:
            return _FULL
        self.used += values[":one"]
        self.added[visitor] += 1
        return Response(200, {}, b"{}")

    def _visit(self, visitor: int) -> None:
        self._here.visitor = visitor
        try:
            self.ended[visitor] = quick.add_below("links", {"pk": "Q#1", "sk": "-"}, "used", self._limit)
        except (AwsError, _Killed) as failure:
            self.ended[visitor] = failure
        self._arrived.release()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[_Run]:
    """Return where the run stands that calls go to."""
    runs: list[_Run] = []

    def send(pool: object, request: Request, **more: Any) -> Response:
        return runs[-1].send(pool, request, **more)

    monkeypatch.setattr(connections, "send", send)
    monkeypatch.setattr(json_service, "back_off", lambda _: None)
    return runs


@pytest.mark.parametrize("limit", [1, 2])
def test_no_more_than_the_limit_get_through_and_no_click_is_used_twice(runs: list[_Run], limit: int) -> None:
    endings = 0
    for path, run in _every_ending(runs, limit):
        endings += 1
        fates = [choice.fate for choice in path]
        passed, refused = run.ended.count(True), run.ended.count(False)
        unclear = sum(not isinstance(ended, bool) and run.added[at] for at, ended in enumerate(run.ended))
        assert passed <= run.used <= limit, path
        assert max(run.added) <= 1, path
        assert run.used == passed + unclear, path
        assert run.used == limit or not refused, path
        assert unclear <= sum(fate not in _CERTAIN for fate in fates), path
        if {*fates} <= _CERTAIN and max(run.attempts) <= 2 and all(isinstance(one, bool) for one in run.ended):
            assert passed == min(limit, _VISITORS), path
    sys.stdout.write(f"limit {limit}: {endings:,} interleavings\n")
    assert endings > 100


def test_an_attempt_that_certainly_had_no_effect_is_repeated(runs: list[_Run]) -> None:
    for fate in (_Fate.THROTTLED, _Fate.NOT_SENT):
        run = _follow(runs, 1, [_Choice(0, fate), _Choice(0, _Fate.DONE)])
        assert (run.ended[0], run.attempts[0]) == (True, 2)
        _finish(run)


def _every_ending(runs: list[_Run], limit: int) -> Iterator[tuple[list[_Choice], _Run]]:
    pending: list[list[_Choice]] = [[]]
    while pending:
        path = pending.pop()
        run = _follow(runs, limit, path)
        while run.waiting:
            faults = sum(choice.fate is not _Fate.DONE for choice in path)
            fates = [*_Fate] if faults < _FAULTS_MAX else [_Fate.DONE]
            first, *others = [_Choice(visitor, fate) for visitor in sorted(run.waiting) for fate in fates]
            pending += [[*path, other] for other in others]
            path = [*path, first]
            run.step(first)
        yield path, run


def _follow(runs: list[_Run], limit: int, path: Sequence[_Choice]) -> _Run:
    runs[:] = [_Run()]
    runs[0].start(limit)
    for choice in path:
        runs[0].step(choice)
    return runs[0]


def _finish(run: _Run) -> None:
    while run.waiting:
        run.step(_Choice(min(run.waiting), _Fate.DONE))
