"""Calls to Tinybird: time limits, few retries, and errors that never repeat what Tinybird said."""

import random
import time
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from urllib3 import HTTPConnectionPool

from pixel.foundation import connections
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.connections import Request, RequestFailedError, ResponseTooLargeError
from pixel.foundation.errors import LoggableError
from pixel.foundation.settings import settings

_CONNECT_SECONDS = 2.0
_SECONDS_MIN = 0.001  # for a call that begins too late: it fails as a time-out does
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


class TinybirdUnreachableError(LoggableError):
    """Tinybird did not answer within the caller's patience; what was sent may have taken effect."""


def get(path: str, parameters: Mapping[str, str], token: str, patience: Patience) -> TinybirdAnswer:
    """Return Tinybird's answer to a question, whatever its status."""
    target = f"{path}?{urlencode(parameters)}" if parameters else path
    return _send(Request("GET", target, _authorization(token)), patience)


def post(path: str, parameters: Mapping[str, str], token: str, body: bytes, patience: Patience) -> TinybirdAnswer:
    """Return Tinybird's answer to a body, whatever its status. The body may be sent more than once."""
    return _send(Request("POST", f"{path}?{urlencode(parameters)}", _authorization(token), body), patience)


def _send(request: Request, patience: Patience) -> TinybirdAnswer:
    """Send until there is an answer that will not pass, or no attempt or no time is left."""
    deadline = epoch_seconds() + patience.total_seconds
    attempt = 1
    while True:
        pause = random.uniform(0, 0.1 * 2**attempt)  # noqa: S311 - jitter, not a secret
        seconds = max(min(patience.answer_seconds, deadline - epoch_seconds()), _SECONDS_MIN)
        try:
            answer = _send_once(request, seconds, patience.body_bytes_max)
        except ResponseTooLargeError:
            raise  # it would be too large again
        except RequestFailedError as failure:
            if attempt == patience.attempts or epoch_seconds() + pause >= deadline:
                raise TinybirdUnreachableError(f"{request.method}: {type(failure).__name__}") from failure
        else:
            pause = max(pause, answer.retry_after_seconds)
            is_last = attempt == patience.attempts or epoch_seconds() + pause >= deadline
            if is_last or answer.status not in _MAY_PASS:
                return answer
        time.sleep(pause)
        attempt += 1


def _send_once(request: Request, seconds: float, body_bytes_max: int) -> TinybirdAnswer:
    response = connections.send(_pool(), request, seconds=seconds, body_bytes_max=body_bytes_max)
    asked = response.headers.get("retry-after", "")
    return TinybirdAnswer(response.status, response.body, float(asked) if asked.isdecimal() else 0.0)


def _authorization(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@cache
def _pool() -> HTTPConnectionPool:
    parts = urlsplit(settings().tinybird_url)
    return connections.open_pool(f"{parts.scheme}://{parts.netloc}", connect_seconds=_CONNECT_SECONDS)
