"""Calls to Tinybird, with timeouts and retries, and with errors that never quote Tinybird's response."""

import random
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from urllib3 import HTTPConnectionPool

from pixel.foundation import connections
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.connections import (
    NothingSentError,
    Request,
    RequestFailedError,
    ResponseTimeoutError,
    ResponseTooLargeError,
)
from pixel.foundation.container import made_once
from pixel.foundation.errors import LoggableError
from pixel.foundation.settings import settings

_CONNECT_SECONDS = 2.0
_SECONDS_MIN = 0.001  # of a call that begins too late, so that it times out
_TRANSIENT = {429, 500, 502, 503, 504}


class RetryPolicy(NamedTuple):
    """How often to try, and how long to wait for one response and for all attempts together."""

    attempts: int
    response_seconds: float
    total_seconds: float
    body_bytes_max: int


class TinybirdResponse(NamedTuple):
    """A response of Tinybird, whatever its status."""

    status: int
    body: bytes
    retry_after_seconds: float = 0.0
    earlier_may_have_taken_effect: bool = False  # whether an earlier attempt of the same request may have


class TinybirdUnreachableError(LoggableError):
    """Tinybird did not respond within the limits of the retry policy."""

    def __init__(self, reason: str, *, may_have_taken_effect: bool = True, timed_out: bool = False) -> None:
        self.may_have_taken_effect = may_have_taken_effect
        self.timed_out = timed_out
        super().__init__(reason)


def get(path: str, parameters: Mapping[str, str], token: str, retry_policy: RetryPolicy) -> TinybirdResponse:
    """Send a GET request and return the response, whatever its status."""
    target = f"{path}?{urlencode(parameters)}" if parameters else path
    return _send(Request("GET", target, _authorization(token)), retry_policy)


def post(
    path: str, parameters: Mapping[str, str], token: str, body: bytes, retry_policy: RetryPolicy
) -> TinybirdResponse:
    """Send a POST request, possibly more than once, and return the response, whatever its status."""
    return _send(Request("POST", f"{path}?{urlencode(parameters)}", _authorization(token), body), retry_policy)


def _send(request: Request, retry_policy: RetryPolicy) -> TinybirdResponse:
    """Send a request until the response is not transient, or no attempt or no time is left."""
    deadline = epoch_seconds() + retry_policy.total_seconds
    attempt = 1
    may_have_taken_effect = False
    while True:
        delay = random.uniform(0, 0.1 * 2**attempt)  # noqa: S311 - jitter, not a secret
        seconds = max(min(retry_policy.response_seconds, deadline - epoch_seconds()), _SECONDS_MIN)
        try:
            response = _send_once(request, seconds, retry_policy.body_bytes_max)
        except ResponseTooLargeError:
            raise  # it would be too large again
        except RequestFailedError as failure:
            may_have_taken_effect |= not isinstance(failure, NothingSentError)
            if attempt == retry_policy.attempts or epoch_seconds() + delay >= deadline:
                raise TinybirdUnreachableError(
                    f"{request.method}: {type(failure).__name__}",
                    may_have_taken_effect=may_have_taken_effect,
                    timed_out=isinstance(failure, ResponseTimeoutError),
                ) from failure
        else:
            delay = max(delay, response.retry_after_seconds)
            is_last = attempt == retry_policy.attempts or epoch_seconds() + delay >= deadline
            if is_last or response.status not in _TRANSIENT:
                return response._replace(earlier_may_have_taken_effect=may_have_taken_effect)
            may_have_taken_effect |= response.status != HTTPStatus.TOO_MANY_REQUESTS
        time.sleep(delay)
        attempt += 1


def _send_once(request: Request, seconds: float, body_bytes_max: int) -> TinybirdResponse:
    """Send a request once. Of an error page that is too large, return only the status."""
    try:
        response = connections.send(_pool(), request, seconds=seconds, body_bytes_max=body_bytes_max)
    except ResponseTooLargeError as failure:
        if failure.status == HTTPStatus.OK:
            raise
        return TinybirdResponse(failure.status, b"")
    asked = response.headers.get("retry-after", "")
    return TinybirdResponse(response.status, response.body, float(asked) if asked.isdecimal() else 0.0)


def _authorization(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@made_once
def _pool() -> HTTPConnectionPool:
    parts = urlsplit(settings().tinybird_url)
    return connections.open_pool(f"{parts.scheme}://{parts.netloc}", connect_seconds=_CONNECT_SECONDS)
