"""The handler of a route that needs an API key.

It counts the request, checks that the key has not expired, checks the scope, refuses query parameters if the route
takes none, and calls the route, in this order, so that malformed requests count too. public_route.py renders the
response, which always has the rate-limit headers. Then it records that the key was used.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pixel.auth import key_use, rate_limit
from pixel.auth.caller import Caller
from pixel.faces.face import Face, LimitClass
from pixel.faces.pixel_api import CORE, WORKSPACE
from pixel.foundation import JsonObject
from pixel.foundation.clock import now
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.http.gateway_event import headers_of, query_of, request_id_of
from pixel.http.response import Response
from pixel.http.run_route import LambdaHandler, refuse_parameters, run_route

# API Gateway renames this header to x-amzn-Remapped-WWW-Authenticate (docs/errors.md).
API_PATH = "/api/v1"
CHALLENGE = 'Bearer realm="pixel", error="invalid_token"'


class Request(NamedTuple):
    """A request as API Gateway passes it to a function."""

    id: str
    caller: Caller
    address: str  # the path as it was asked for, with the stage if it is part of the URL
    path: Mapping[str, str]  # parameters of the path, still percent-encoded
    query: Mapping[str, Sequence[str]]  # decoded
    headers: Mapping[str, Sequence[str]]  # names in lower case
    body: str
    is_base64: bool

    @property
    def base_url(self) -> str:
        """Return the address of this API as the caller knows it, with the stage if that is part of it."""
        scheme = self.header("x-forwarded-proto") or "http"  # API Gateway sets it; the embedded stack is without TLS
        return f"{scheme}://{self.header('host')}{self.address.partition(f'{API_PATH}/')[0]}"

    def header(self, name: str) -> str | None:
        """Return the value of a header, the last one if there are several, or None if it is missing."""
        values = self.headers.get(name)
        return values[-1] if values else None


def _read(event: JsonObject, caller: Caller) -> Request:
    return Request(
        id=request_id_of(event),
        caller=caller,
        address=event["requestContext"]["path"],
        path=event["pathParameters"] or {},
        query=query_of(event),
        headers=headers_of(event),
        body=event["body"] or "",
        is_base64=event["isBase64Encoded"],
    )


def route(
    *, scope: str | None, face: Face = CORE, limit: LimitClass = WORKSPACE, reads_query: bool = False
) -> Callable[[Callable[[Request], Response]], LambdaHandler]:
    """Return a decorator that turns a route of a face into a Lambda handler, and counts its requests in `limit`.

    `scope` is required of the key unless it is None. Query parameters are refused, unless the route reads them itself.
    """

    def decorate(function: Callable[[Request], Response]) -> LambdaHandler:
        def handler(event: JsonObject, _context: object) -> JsonObject:
            caller = Caller.from_context(event["requestContext"]["authorizer"])
            headers: dict[str, str] = {}
            is_counted = False

            def respond() -> Response:
                nonlocal is_counted
                try:
                    allowance = rate_limit.take(caller.limit(limit))
                except rate_limit.LimitExceededError as refusal:
                    headers.update(face.limit_headers(refusal.allowance))
                    raise
                headers.update(face.limit_headers(allowance))
                is_counted = allowance.is_counted
                admit(caller, scope)
                request = _read(event, caller)
                if not reads_query:
                    refuse_parameters(request.query)
                return function(request)

            response = run_route(event, respond, headers, face, workspace_id=caller.workspace_id, key_id=caller.key_id)
            if is_counted:  # else the table cannot be reached, or the workspace exceeds its limit
                key_use.record_use(caller)
            return response

        return handler

    return decorate


def admit(caller: Caller, scope: str | None) -> None:
    """Raise an error if the key has expired or lacks the scope."""
    # The authorizer's policy may be cached, and the key may have expired since.
    if caller.has_expired(now()):
        raise ApiError(ErrorCode.API_KEY_EXPIRED, headers={"WWW-Authenticate": CHALLENGE})
    if scope is not None and scope not in caller.scopes:
        raise ApiError(
            ErrorCode.INSUFFICIENT_SCOPE,
            details={"required": scope, "available": caller.scopes},
            required=scope,
        )
