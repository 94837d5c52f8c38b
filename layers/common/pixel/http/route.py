"""The entry of a route that needs an API key.

It counts the request, checks that the key has not expired, checks the scope, and runs the route, in this order, so that
malformed requests count too. public_route.py renders the answer, whatever happened, with the rate-limit headers.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pixel.auth import rate_limit
from pixel.auth.caller import Caller, Scope
from pixel.foundation import JsonObject
from pixel.foundation.clock import now
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.http.public_route import LambdaHandler, answer_with, request_id_of
from pixel.http.response import Answer

# API Gateway renames this header to x-amzn-Remapped-WWW-Authenticate (docs/errors.md).
_CHALLENGE = 'Bearer realm="pixel", error="invalid_token"'


class Request(NamedTuple):
    """A request as API Gateway hands it to a function."""

    id: str
    caller: Caller
    path: Mapping[str, str]  # parameters of the path as they were sent: a REST API does not decode them
    query: Mapping[str, Sequence[str]]  # decoded
    headers: Mapping[str, Sequence[str]]  # names in lower case
    body: str
    is_base64: bool

    def header(self, name: str) -> str | None:
        """Return the value of a header, the last one where there are several, or None where it was not sent."""
        values = self.headers.get(name)
        return values[-1] if values else None


def _read(event: JsonObject, caller: Caller) -> Request:
    return Request(
        id=request_id_of(event),
        caller=caller,
        path=event["pathParameters"] or {},
        query=event["multiValueQueryStringParameters"] or {},
        headers={name.lower(): values for name, values in (event["multiValueHeaders"] or {}).items()},
        body=event["body"] or "",
        is_base64=event["isBase64Encoded"],
    )


def route(*, scope: Scope | None) -> Callable[[Callable[[Request], Answer]], LambdaHandler]:
    """Make a Lambda handler of a route for callers whose key has the scope; None admits a key without scopes."""

    def decorate(function: Callable[[Request], Answer]) -> LambdaHandler:
        def handler(event: JsonObject, _context: object) -> JsonObject:
            caller = Caller.from_context(event["requestContext"]["authorizer"])
            headers: dict[str, str] = {}

            def respond() -> Answer:
                headers.update(rate_limit.take(caller.workspace_id, caller.rate_limit).headers())
                _admit(caller, scope)
                return function(_read(event, caller))

            return answer_with(event, respond, headers, workspace_id=caller.workspace_id, key_id=caller.key_id)

        return handler

    return decorate


def _admit(caller: Caller, scope: Scope | None) -> None:
    # The authorizer's answer may come from a cache, and the key may have expired since.
    if caller.has_expired(now()):
        raise ApiError(ErrorCode.API_KEY_EXPIRED, headers={"WWW-Authenticate": _CHALLENGE})
    if scope is not None and scope not in caller.scopes:
        raise ApiError(
            ErrorCode.INSUFFICIENT_SCOPE,
            details={"required": scope, "available": caller.scopes},
            required=scope,
        )
