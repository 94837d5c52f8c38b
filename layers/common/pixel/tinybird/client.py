"""Calls to Tinybird over connections that are kept: explicit time-outs, few retries, no text of Tinybird's in ours."""

import random
import time
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import LoggableError
from pixel.foundation.http_answers import AnswerTooLargeError, HttpError
from pixel.foundation.http_pool import HttpPool, HttpRequest
from pixel.foundation.settings import settings

_CONNECT_SECONDS = 2.0
_SECONDS_MIN = 0.001  # for who comes too late: a time-out, and no error of another kind
_MAY_PASS = {429, 500, 502, 503, 504}


class Patience(NamedTuple):
    """How long a caller can wait: for one answer, and for all attempts together."""

    attempts: int
    answer_seconds: float
    total_seconds: float
    body_bytes_max: int


class TinybirdAnswer(NamedTuple):
    status: int
    body: bytes
    retry_after_seconds: float = 0.0


class _Call(NamedTuple):
    method: str
    target: str
    token: str
    body: bytes | None = None


class TinybirdUnreachableError(LoggableError):
    pass


def get(path: str, parameters: Mapping[str, str], token: str, patience: Patience) -> TinybirdAnswer:
    target = f"{path}?{urlencode(parameters)}" if parameters else path
    return _send(_Call("GET", target, token), patience)


def post(path: str, parameters: Mapping[str, str], token: str, body: bytes, patience: Patience) -> TinybirdAnswer:
    return _send(_Call("POST", f"{path}?{urlencode(parameters)}", token, body), patience)


def _send(call: _Call, patience: Patience) -> TinybirdAnswer:
    deadline = epoch_seconds() + patience.total_seconds
    attempt = 1
    while True:
        seconds = max(min(patience.answer_seconds, deadline - epoch_seconds()), _SECONDS_MIN)
        outcome = _try_once(call, seconds, patience.body_bytes_max)
        pause = random.uniform(0, 0.1 * 2**attempt)  # noqa: S311 - jitter, not a secret
        if isinstance(outcome, TinybirdAnswer):
            if outcome.status not in _MAY_PASS:
                return outcome
            pause = max(pause, outcome.retry_after_seconds)
        if attempt == patience.attempts or epoch_seconds() + pause >= deadline:
            if isinstance(outcome, TinybirdAnswer):
                return outcome
            raise TinybirdUnreachableError(f"{call.method}: {type(outcome).__name__}") from outcome
        time.sleep(pause)
        attempt += 1


def _try_once(call: _Call, seconds: float, body_bytes_max: int) -> TinybirdAnswer | HttpError:
    request = HttpRequest(call.method, call.target, {"authorization": f"Bearer {call.token}"}, call.body)
    try:
        answer = _pool().request(request, seconds=seconds, body_bytes_max=body_bytes_max)
    except AnswerTooLargeError:
        raise  # it would be too large again
    except HttpError as failure:
        return failure
    asked = answer.headers.get("retry-after", "")
    return TinybirdAnswer(answer.status, answer.body, float(asked) if asked.isdecimal() else 0.0)


@cache
def _pool() -> HttpPool:
    parts = urlsplit(settings().tinybird_url)
    return HttpPool(f"{parts.scheme}://{parts.netloc}", connect_seconds=_CONNECT_SECONDS)
