"""One request, and the $context variables that gateway responses and access logs read."""

import re
import secrets
import time
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_.]+)")


class HttpRequest(NamedTuple):
    method: str
    target: str  # as sent: path and query, percent-encoded
    headers: list[tuple[str, str]]
    body: bytes
    source_ip: str

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True)

    def header(self, name: str) -> str | None:
        """Return the last value of a header in any case, which is the one that a REST API forwards."""
        return next(reversed(self.values_of(name)), None)

    def values_of(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


class HttpResponse(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Call:
    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.id = _request_id(request.header("x-amzn-requestid"))
        self.extended_id = secrets.token_urlsafe(11) + "="
        self.started_at = time.time()
        self.context: dict[str, str] = {
            "requestId": self.id,
            "extendedRequestId": self.extended_id,
            "httpMethod": request.method,
            "path": request.path,
            "requestTimeEpoch": str(int(self.started_at * 1000)),
            "identity.sourceIp": request.source_ip,
        }
        self.authorizer: dict[str, str] = {}
        self.usage_key: str | None = None

    def authorized(self, context: Mapping[str, str], usage_key: str | None) -> None:
        self.authorizer = dict(context)
        self.usage_key = usage_key
        self.context.update({f"authorizer.{name}": value for name, value in context.items()})

    def substitute(self, text: str, *, unknown: str = "") -> str:
        """Fill in a template as API Gateway does: without escaping, and with unknown variables empty."""
        return _VARIABLE.sub(lambda match: self.context.get(match[1], unknown), text)


def host_name(request: HttpRequest) -> str:
    """Return the name that a request was sent to, without its port."""
    host = (request.header("host") or "").lower()
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _request_id(override: str | None) -> str:
    if override is None:
        return str(uuid4())
    try:
        return str(UUID(override))
    except ValueError:
        return f"{uuid4()}_REPLACED_INVALID_REQUEST_ID"
