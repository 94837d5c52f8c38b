"""Calls to AWS services with a JSON protocol, signed by botocore and sent over persistent connections.

A boto3 client would make a cold start half as long again, and would retry calls that must not be retried
(docs/decisions/0030).
"""

import json
import random
import time
import zlib
from time import monotonic
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders

from pixel.foundation import JsonObject, connections, to_json
from pixel.foundation.connections import NothingSentError, Request, RequestFailedError, Response
from pixel.foundation.errors import LoggableError
from pixel.foundation.settings import AwsEnvironment

ATTEMPTS = 3
_TIMEOUTS_OF_A_CALL = 4  # for all attempts: 4 s in functions, of which the authorizer may run for 5
_RESPONSE_BYTES_MAX = 20_000_000  # the largest DynamoDB response: 16 MB, and the overhead of JSON
_HEADERS = "pixel_headers"
_THROTTLED = {
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "TransactionInProgressException",
    "KmsThrottled",
}


class AwsError(LoggableError):
    """A call failed. The text names the service, the operation and the error type, never a value."""

    had_no_effect: bool
    is_transient: bool


class AwsUnreachableError(AwsError):
    """There is no valid response. The call may have taken effect, unless nothing was sent."""

    is_transient = True

    def __init__(self, call: str, reason: str, *, sent: bool = True) -> None:
        self.had_no_effect = not sent
        super().__init__(f"{call}: {reason}")


class AwsRefusedError(AwsError):
    """The service responded with an error of type `kind`."""

    def __init__(self, call: str, status: int, body: JsonObject) -> None:
        self.kind = str(body.get("__type", "")).rpartition("#")[2]
        self.body = body
        self.had_no_effect = status < 500
        self.is_transient = status >= 500 or self.kind in _THROTTLED
        super().__init__(f"{call}: {status} {self.kind}")


class Protocol(NamedTuple):
    """The names of a service in its protocol."""

    service: str
    target_prefix: str
    content_type: str


class _Signer(SigV4Auth):
    """botocore's signer, which collects a request's headers twice. Here it does so once, which saves 43 calls."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        context = request.context
        if _HEADERS not in context:
            context[_HEADERS] = super().headers_to_sign(request)
        headers: HTTPHeaders = context[_HEADERS]
        return headers


class JsonService:
    """An AWS service with a JSON protocol."""

    def __init__(
        self,
        protocol: Protocol,
        environment: AwsEnvironment,
        *,
        timeout_seconds: float = 1.0,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._protocol = protocol
        self._attempts = attempts
        self._url = environment.endpoint(protocol.service)
        self._host = urlsplit(self._url).netloc
        self._seconds = timeout_seconds
        self.call_seconds = _TIMEOUTS_OF_A_CALL * timeout_seconds
        self._pool = connections.open_pool(self._url, connect_seconds=timeout_seconds)
        # What the signer reads of them. Importing botocore's own class would load 22 more modules.
        credentials: Any = SimpleNamespace(
            access_key=environment.access_key_id,
            secret_key=environment.secret_access_key,
            token=environment.session_token,
        )
        self._signer = _Signer(credentials, protocol.service, environment.region)

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        """Call an operation, with up to so many attempts before one deadline, and return its response.

        An `idempotent` call is retried after any transient failure. Any other call is retried only if it is certain
        that the attempt had no effect, because a counter must not count twice.
        """
        body = to_json(payload).encode()
        deadline = monotonic() + self.call_seconds
        seconds = self._seconds
        attempt = 1
        while True:
            try:
                return self._call_once(operation, body, seconds)
            except AwsError as failure:
                may_retry = failure.is_transient and (idempotent or failure.had_no_effect)
                if attempt == self._attempts or not may_retry:
                    raise
                back_off(attempt)
                seconds = min(self._seconds, (deadline - monotonic()) / 2)  # to connect, and again for the response
                if seconds <= 0:
                    raise
            attempt += 1

    def _call_once(self, operation: str, body: bytes, seconds: float) -> JsonObject:
        call = f"{self._protocol.service} {operation}"
        try:
            response = connections.send(
                self._pool, self._signed(operation, body), seconds=seconds, body_bytes_max=_RESPONSE_BYTES_MAX
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
            "host": self._host,  # signed, so it must be sent unchanged
            "content-type": self._protocol.content_type,
            "x-amz-target": f"{self._protocol.target_prefix}.{operation}",
        }
        request = AWSRequest("POST", f"{self._url}/", headers=headers, data=body)
        self._signer.add_auth(request)
        return Request("POST", "/", dict(request.headers.items()), body)


def back_off(attempt: int) -> None:
    """Wait before the next attempt, longer after each one."""
    time.sleep(random.uniform(0, 0.025 * 2**attempt))  # noqa: S311 - jitter, not a secret


def _read(response: Response, call: str) -> JsonObject:
    """Return the JSON object of a response, after verifying the checksum that DynamoDB sends.

    Every operation that is called has an output, so only the response to a failed call may be empty.
    """
    checksum = response.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(zlib.crc32(response.body)):
        raise AwsUnreachableError(call, "the response was damaged in transit")
    if not response.body and response.status != 200:
        return {}
    try:
        content = json.loads(response.body)
    except ValueError as failure:
        raise AwsUnreachableError(call, f"{response.status} with a body that is not JSON") from failure
    if not isinstance(content, dict):
        raise AwsUnreachableError(call, f"{response.status} with a body that is not a JSON object")
    return content
