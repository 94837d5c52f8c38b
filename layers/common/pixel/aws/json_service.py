"""Signed calls to AWS services; those of services with a JSON protocol as a whole.

A boto3 client costs a cold start more than all else that a route imports (docs/decisions/0003), so the few calls that
routes make are signed here. tests/unit/aws/test_signature.py holds the signature against botocore's own.
"""

import hmac
import json
import random
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import LoggableError
from pixel.foundation.http_answers import HttpError, NoConnectionError
from pixel.foundation.http_pool import HttpAnswer, HttpPool, HttpRequest
from pixel.foundation.settings import AwsEnvironment

ATTEMPTS = 3
_ANSWER_BYTES_MAX = 20_000_000  # of DynamoDB's, 16 MB and what JSON adds to it
_THROTTLED = {
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "KmsThrottled",
}
_ENCODER = json.JSONEncoder(separators=(",", ":"))  # json.dumps would make one for each call


class AwsError(LoggableError):
    """A call failed. The text names service, operation and error type, never a value."""

    took_no_effect: bool
    may_pass_later: bool


class AwsUnreachableError(AwsError):
    """No answer that can be trusted; unless nothing was sent, the call may have taken effect."""

    may_pass_later = True

    def __init__(self, call: str, reason: str, *, sent: bool = True) -> None:
        self.took_no_effect = not sent
        super().__init__(f"{call}: {reason}")


def unreachable(call: str, failure: HttpError) -> AwsUnreachableError:
    return AwsUnreachableError(call, type(failure).__name__, sent=not isinstance(failure, NoConnectionError))


class AwsRefusedError(AwsError):
    def __init__(self, call: str, status: int, body: JsonObject) -> None:
        self.kind = str(body.get("__type", "")).rpartition("#")[2]
        self.body = body
        self.took_no_effect = status < 500
        self.may_pass_later = status >= 500 or self.kind in _THROTTLED
        super().__init__(f"{call}: {status} {self.kind}")


def repeat_where_safe[Answer](call_once: Callable[[], Answer], *, idempotent: bool) -> Answer:
    """`idempotent` calls are repeated after any fault that may pass; others only where it is certain that the first one
    took no effect, because a counter must not count twice."""
    attempt = 1
    while True:
        try:
            return call_once()
        except AwsError as failure:
            may_repeat = failure.may_pass_later and (idempotent or failure.took_no_effect)
            if attempt == ATTEMPTS or not may_repeat:
                raise
        pause_after(attempt)
        attempt += 1


def pause_after(attempt: int) -> None:
    time.sleep(random.uniform(0, 0.025 * 2**attempt))  # noqa: S311 - jitter, not a secret


class Protocol(NamedTuple):
    """How a service names itself on the wire."""

    service: str
    target_prefix: str
    content_type: str


class JsonService:
    """One AWS service with a JSON protocol."""

    def __init__(self, protocol: Protocol, environment: AwsEnvironment, *, timeout_seconds: float = 1.0) -> None:
        self._protocol = protocol
        self._environment = environment
        self._seconds = timeout_seconds
        self._pool = HttpPool(environment.endpoint(protocol.service), connect_seconds=timeout_seconds)

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        body = _ENCODER.encode(payload).encode()
        return repeat_where_safe(lambda: self._call_once(operation, body), idempotent=idempotent)

    def _call_once(self, operation: str, body: bytes) -> JsonObject:
        call = f"{self._protocol.service} {operation}"
        headers = sign(
            {
                "content-type": self._protocol.content_type,
                "host": self._pool.host,
                "x-amz-target": f"{self._protocol.target_prefix}.{operation}",
            },
            body,
            target=Target(self._protocol.service),
            environment=self._environment,
            moment=datetime.fromtimestamp(epoch_seconds(), UTC),
        )
        request = HttpRequest("POST", "/", headers, body)
        try:
            answer = self._pool.request(request, seconds=self._seconds, body_bytes_max=_ANSWER_BYTES_MAX)
        except HttpError as failure:
            raise unreachable(call, failure) from failure
        content = _read(answer, call)
        if answer.status != 200:
            raise AwsRefusedError(call, answer.status, content)
        return content


def _read(answer: HttpAnswer, call: str) -> JsonObject:
    checksum = answer.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(zlib.crc32(answer.body)):
        raise AwsUnreachableError(call, "the answer was damaged on its way")
    try:
        content = json.loads(answer.body or b"{}")
    except ValueError as failure:
        raise AwsUnreachableError(call, f"{answer.status} with a body that is not JSON") from failure
    return content if isinstance(content, dict) else {}


class Target(NamedTuple):
    """What a request is signed for; the path as it is sent, hence encoded."""

    service: str
    method: str = "POST"
    path: str = "/"


def sign(
    headers: Mapping[str, str],
    body: bytes,
    *,
    target: Target,
    environment: AwsEnvironment,
    moment: datetime,
) -> dict[str, str]:
    """Signature version 4 of a request without a query whose header names are in lower case."""
    amz_date = moment.strftime("%Y%m%dT%H%M%SZ")
    signed = {**headers, "x-amz-date": amz_date}
    if environment.session_token:
        signed["x-amz-security-token"] = environment.session_token
    names = sorted(signed)
    lines = "".join(f"{name}:{signed[name]}\n" for name in names)
    canonical = f"{target.method}\n{target.path}\n\n{lines}\n{';'.join(names)}\n{sha256(body).hexdigest()}"
    credential_scope = f"{amz_date[:8]}/{environment.region}/{target.service}/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{amz_date}\n{credential_scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = _signing_key(environment.secret_access_key, amz_date[:8], environment.region, target.service)
    signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={environment.access_key_id}/{credential_scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return signed


def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
