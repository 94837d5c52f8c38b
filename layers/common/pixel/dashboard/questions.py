"""Questions to pipes: six at a time, eight seconds for all, each answer kept for a minute.

Answers depend on nothing but the question, which names the workspace, the website and all filters, so dashboards that
ask the same share them.
"""

import json
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from pixel.aws.json_service import AwsError
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.connections import ResponseTooLargeError
from pixel.foundation.container import kept, made_once
from pixel.foundation.errors import ErrorCode, ErrorDefinition
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import ConfigurationError
from pixel.tinybird.client import RetryPolicy, TinybirdUnreachableError
from pixel.tinybird.pipe_calls import PipeCall, call_pipe

THREADS: Final = 6
TOTAL_SECONDS: Final = 8.0
KEPT_SECONDS: Final = 60
KEPT_SECONDS_OF_THE_PRESENT: Final = 15  # of what is asked every 30 seconds
_ANSWERS_MAX = 128
_RETRY_POLICY = RetryPolicy(attempts=2, response_seconds=7.0, total_seconds=TOTAL_SECONDS, body_bytes_max=1_000_000)
_NAME = "dashboard"  # whom Tinybird counts the requests for, beside the workspace

Rows = list[dict[str, Any]]


class Question(NamedTuple):
    """What a pipe is asked."""

    pipe: str
    fixed: tuple[tuple[str, str], ...]  # in the token: workspace, website and the filters that nobody can lift
    parameters: tuple[tuple[str, str], ...]
    kept_seconds: int


class Answer(NamedTuple):
    """The rows of a pipe, and when they were asked for."""

    rows: Rows
    asked_at: float


class UnansweredError(Exception):
    """A question has no answer; `code` says why."""

    def __init__(self, code: ErrorDefinition) -> None:
        self.code = code
        super().__init__(code.code)


class _Flight(NamedTuple):
    """A question that is being asked, or its answer."""

    future: Future[Rows]
    asked_at: float


_flights: dict[Question, _Flight] = kept({})


class Answers:
    """The answers of some questions, which are asked at once."""

    def __init__(self, questions: Collection[Question]) -> None:
        deadline = epoch_seconds() + TOTAL_SECONDS
        self._flights = {question: _flight(question) for question in questions}
        wait([flight.future for flight in self._flights.values()], timeout=max(0.0, deadline - epoch_seconds()))

    def to(self, question: Question) -> Answer:
        """Return the answer. Raises UnansweredError if there is none, or none in time."""
        future, asked_at = self._flights[question]
        if not future.done():
            _report("no answer in time")
            raise UnansweredError(ErrorCode.TINYBIRD_ERROR)
        try:
            return Answer(future.result(), asked_at)
        except (AwsError, ConfigurationError, TinybirdUnreachableError, ResponseTooLargeError) as failure:
            _report(str(failure))
            raise UnansweredError(ErrorCode.TINYBIRD_ERROR) from failure


def _flight(question: Question) -> _Flight:
    """Return the flight of a question, which begins unless it is under way or its answer is still good."""
    now = epoch_seconds()
    flight = _flights.get(question)
    if flight is not None and (not flight.future.done() or _is_good(question, flight, now)):
        return flight
    if len(_flights) >= _ANSWERS_MAX:
        _flights.clear()
    _flights[question] = _Flight(_threads().submit(_ask, question), now)
    return _flights[question]


def _is_good(question: Question, flight: _Flight, now: float) -> bool:
    return flight.future.exception() is None and now - flight.asked_at < question.kept_seconds


def _ask(question: Question) -> Rows:
    fixed = dict(question.fixed)
    call = PipeCall(question.pipe, fixed, dict(question.parameters))
    response = call_pipe(call, _RETRY_POLICY, name=f"{fixed['workspace_id']}.{_NAME}")
    if response.status == HTTPStatus.BAD_REQUEST:
        raise UnansweredError(ErrorCode.INVALID_QUERY)
    if response.status != HTTPStatus.OK:
        raise TinybirdUnreachableError(f"status {response.status}")
    try:
        rows: Rows = json.loads(response.body)["data"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise TinybirdUnreachableError("the response is not that of a pipe") from None
    return rows


def _report(reason: str) -> None:
    logger.error("dashboard query failed", reason=reason)
    count("TinybirdFailures")


@made_once
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="pipes")
