"""Signed calls to AWS services over a keep-alive pool; those of services with a JSON protocol as a whole.

A boto3 client costs a cold start more than all else that a route imports (docs/decisions/0003), so the few calls that
routes make are signed here. tests/unit/test_aws_signature.py holds the signature against botocore's own.
"""

import hmac
import json
import random
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout, connection_from_url
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from pixel.clock import epoch_seconds
from pixel.config import AwsEnvironment
from pixel.errors import LoggableError
from pixel.json_objects import JsonObject

ATTEMPTS = 3
_CONNECTIONS_KEPT = 16  # as many as a batch uses at once; only those in use are ever opened
_THROTTLED = {
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "KmsThrottled",
}
_NOT_SENT = (NewConnectionError, ConnectTimeoutError)


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


def unreachable(call: str, failure: HTTPError) -> AwsUnreachableError:
    return AwsUnreachableError(call, type(failure).__name__, sent=not isinstance(failure, _NOT_SENT))


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
        endpoint = environment.endpoint(protocol.service)
        self._host = urlsplit(endpoint).netloc
        self._pool = open_pool(endpoint, timeout_seconds=timeout_seconds)

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        body = json.dumps(payload, separators=(",", ":")).encode()
        return repeat_where_safe(lambda: self._call_once(operation, body), idempotent=idempotent)

    def _call_once(self, operation: str, body: bytes) -> JsonObject:
        call = f"{self._protocol.service} {operation}"
        headers = sign(
            {
                "content-type": self._protocol.content_type,
                "host": self._host,
                "x-amz-target": f"{self._protocol.target_prefix}.{operation}",
            },
            body,
            target=Target(self._protocol.service),
            environment=self._environment,
            moment=datetime.fromtimestamp(epoch_seconds(), UTC),
        )
        try:
            response = self._pool.urlopen("POST", "/", body=body, headers=headers, retries=False)
            answer = _read(response, call)
        except HTTPError as failure:
            raise unreachable(call, failure) from failure
        if response.status != 200:
            raise AwsRefusedError(call, response.status, answer)
        return answer


def _read(response: BaseHTTPResponse, call: str) -> JsonObject:
    checksum = response.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(zlib.crc32(response.data)):
        raise AwsUnreachableError(call, "the answer was damaged on its way")
    try:
        answer = json.loads(response.data or b"{}")
    except ValueError as failure:
        raise AwsUnreachableError(call, f"{response.status} with a body that is not JSON") from failure
    return answer if isinstance(answer, dict) else {}


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


def open_pool(url: str, *, timeout_seconds: float) -> HTTPConnectionPool:
    timeout = Timeout(connect=timeout_seconds, read=timeout_seconds)
    secure = {"ssl_context": _tls_context()} if url.startswith("https:") else {}
    return connection_from_url(url, maxsize=_CONNECTIONS_KEPT, timeout=timeout, **secure)


@cache
def _tls_context() -> ssl.SSLContext:
    """One for all pools: each new one parses the whole CA bundle again."""
    return ssl.create_default_context()
