"""Calls to AWS services with a JSON protocol, signed by botocore and sent over connections that are kept.

A boto3 client would do the same for half as much again of a cold start, and would repeat calls that must not be
repeated (docs/decisions/0030).
"""

import json
import random
import time
import zlib
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from pixel.foundation import JsonObject, connections
from pixel.foundation.connections import NothingSentError, Request, RequestFailedError, Response
from pixel.foundation.errors import LoggableError
from pixel.foundation.settings import AwsEnvironment

ATTEMPTS = 3
_ANSWER_BYTES_MAX = 20_000_000  # of DynamoDB's, 16 MB and what JSON adds to it
_THROTTLED = {
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "TransactionInProgressException",
    "KmsThrottled",
}


class AwsError(LoggableError):
    """A call failed. The text names service, operation and error type, never a value."""

    took_no_effect: bool
    may_pass_later: bool


class AwsUnreachableError(AwsError):
    """There is no answer that can be trusted; unless nothing was sent, the call may have taken effect."""

    may_pass_later = True

    def __init__(self, call: str, reason: str, *, sent: bool = True) -> None:
        self.took_no_effect = not sent
        super().__init__(f"{call}: {reason}")


class AwsRefusedError(AwsError):
    """The service answered with an error, whose type is `kind`."""

    def __init__(self, call: str, status: int, body: JsonObject) -> None:
        self.kind = str(body.get("__type", "")).rpartition("#")[2]
        self.body = body
        self.took_no_effect = status < 500
        self.may_pass_later = status >= 500 or self.kind in _THROTTLED
        super().__init__(f"{call}: {status} {self.kind}")


class Protocol(NamedTuple):
    """How a service names itself on the wire."""

    service: str
    target_prefix: str
    content_type: str


class _Credentials(NamedTuple):
    """What botocore's signer reads. The class that botocore has for it would import 22 modules more."""

    access_key: str
    secret_key: str
    token: str | None


class JsonService:
    """One AWS service with a JSON protocol."""

    def __init__(self, protocol: Protocol, environment: AwsEnvironment, *, timeout_seconds: float = 1.0) -> None:
        self._protocol = protocol
        self._url = environment.endpoint(protocol.service)
        self._host = urlsplit(self._url).netloc
        self._seconds = timeout_seconds
        self._pool = connections.open_pool(self._url, connect_seconds=timeout_seconds)
        credentials: Any = _Credentials(
            environment.access_key_id, environment.secret_access_key, environment.session_token
        )
        self._signer = SigV4Auth(credentials, protocol.service, environment.region)

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        """Return what an operation answers, after up to three attempts.

        An `idempotent` call is repeated after any fault that may pass; another one only where it is certain that the
        first attempt took no effect, because a counter must not count twice."""
        body = json.dumps(payload, separators=(",", ":")).encode()
        attempt = 1
        while True:
            try:
                return self._call_once(operation, body)
            except AwsError as failure:
                may_repeat = failure.may_pass_later and (idempotent or failure.took_no_effect)
                if attempt == ATTEMPTS or not may_repeat:
                    raise
            pause_after(attempt)
            attempt += 1

    def _call_once(self, operation: str, body: bytes) -> JsonObject:
        call = f"{self._protocol.service} {operation}"
        try:
            response = connections.send(
                self._pool, self._signed(operation, body), seconds=self._seconds, body_bytes_max=_ANSWER_BYTES_MAX
            )
        except RequestFailedError as failure:
            sent = not isinstance(failure, NothingSentError)
            raise AwsUnreachableError(call, type(failure).__name__, sent=sent) from failure
        content = _read(response, call)
        if response.status != 200:
            raise AwsRefusedError(call, response.status, content)
        return content

    def _signed(self, operation: str, body: bytes) -> Request:
        headers = {
            "host": self._host,  # as it is signed, so it is sent
            "content-type": self._protocol.content_type,
            "x-amz-target": f"{self._protocol.target_prefix}.{operation}",
        }
        request = AWSRequest("POST", f"{self._url}/", headers=headers, data=body)
        self._signer.add_auth(request)
        return Request("POST", "/", dict(request.headers.items()), body)


def pause_after(attempt: int) -> None:
    """Wait a moment before the next attempt, longer after each."""
    time.sleep(random.uniform(0, 0.025 * 2**attempt))  # noqa: S311 - jitter, not a secret


def _read(response: Response, call: str) -> JsonObject:
    """Return the JSON object of a response, checked against the checksum that DynamoDB sends."""
    checksum = response.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(zlib.crc32(response.body)):
        raise AwsUnreachableError(call, "the answer was damaged on its way")
    try:
        content = json.loads(response.body or b"{}")
    except ValueError as failure:
        raise AwsUnreachableError(call, f"{response.status} with a body that is not JSON") from failure
    return content if isinstance(content, dict) else {}
