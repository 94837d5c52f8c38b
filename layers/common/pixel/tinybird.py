"""Calls to Tinybird over one keep-alive pool: explicit time-outs, few retries, no text of Tinybird's in ours."""

import random
import time
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout
from urllib3.exceptions import HTTPError, ProtocolError

from pixel.aws import open_pool
from pixel.clock import epoch_seconds
from pixel.config import settings
from pixel.errors import LoggableError

_CONNECT_SECONDS = 2.0
_MAY_PASS = {429, 500, 502, 503, 504}
_CHUNK_BYTES = 65_536


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


class AnswerTooLargeError(LoggableError):
    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"{status} with a body that is too large")


def get(path: str, parameters: Mapping[str, str], token: str, patience: Patience) -> TinybirdAnswer:
    target = f"{path}?{urlencode(parameters)}" if parameters else path
    return _send(_Call("GET", target, token), patience)


def post(path: str, parameters: Mapping[str, str], token: str, body: bytes, patience: Patience) -> TinybirdAnswer:
    return _send(_Call("POST", f"{path}?{urlencode(parameters)}", token, body), patience)


def _send(call: _Call, patience: Patience) -> TinybirdAnswer:
    deadline = epoch_seconds() + patience.total_seconds
    attempt = 1
    while True:
        seconds = min(patience.answer_seconds, deadline - epoch_seconds())
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


def _try_once(call: _Call, seconds: float, body_bytes_max: int) -> TinybirdAnswer | HTTPError:
    try:
        response = _pool().urlopen(
            call.method,
            call.target,
            body=call.body,
            headers={"Authorization": f"Bearer {call.token}"},
            timeout=Timeout(connect=min(_CONNECT_SECONDS, seconds), read=seconds),
            retries=False,
            preload_content=False,
        )
        body = _read(response, body_bytes_max, deadline=epoch_seconds() + seconds)
        return TinybirdAnswer(response.status, body, _asked_pause(response))
    except HTTPError as failure:
        return failure


def _read(response: BaseHTTPResponse, bytes_max: int, *, deadline: float) -> bytes:
    """Stops where it becomes too much or too late; such a connection is closed: the rest is still on its way."""
    chunks = []
    size = 0
    for chunk in response.stream(_CHUNK_BYTES):
        size += len(chunk)
        if size > bytes_max:
            response.close()
            raise AnswerTooLargeError(response.status)
        if epoch_seconds() > deadline:
            response.close()
            raise ProtocolError("the answer takes too long")
        chunks.append(chunk)
    response.release_conn()
    return b"".join(chunks)


def _asked_pause(response: BaseHTTPResponse) -> float:
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else 0.0


@cache
def _pool() -> HTTPConnectionPool:
    parts = urlsplit(settings().tinybird_url)
    return open_pool(f"{parts.scheme}://{parts.netloc}", timeout_seconds=_CONNECT_SECONDS)
