"""The entry of every route function: a route says what it does, this module does what all of them owe.

In this order: request id, count, expiry, scope, the route itself; then the envelope, the rate-limit headers, one log
line and the metrics, whatever happened. Counting comes first, so that malformed requests count.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pixel import rate_limit
from pixel.answers import Answer, render_answer, render_error
from pixel.aws import JsonObject
from pixel.caller import Caller, Scope
from pixel.clock import epoch_seconds, now
from pixel.errors import ApiError, ErrorCode
from pixel.logs import count, describe, flush_metrics, logger

# API Gateway hands it on under another name, x-amzn-Remapped-WWW-Authenticate (docs/errors.md).
_CHALLENGE = 'Bearer realm="pixel", error="invalid_token"'

LambdaHandler = Callable[[JsonObject, object], JsonObject]


class Request(NamedTuple):
    id: str
    caller: Caller
    path: Mapping[str, str]  # parameters of the path as they were sent: a REST API does not decode them
    query: Mapping[str, Sequence[str]]  # decoded
    headers: Mapping[str, Sequence[str]]  # names in lower case
    body: str
    is_base64: bool

    def header(self, name: str) -> str | None:
        """The value of a header that is sent once; of several, the last."""
        values = self.headers.get(name)
        return values[-1] if values else None


def _read(event: JsonObject, caller: Caller) -> Request:
    return Request(
        id=_request_id(event),
        caller=caller,
        path=event["pathParameters"] or {},
        query=event["multiValueQueryStringParameters"] or {},
        headers={name.lower(): values for name, values in (event["multiValueHeaders"] or {}).items()},
        body=event["body"] or "",
        is_base64=event["isBase64Encoded"],
    )


def route(*, scope: Scope | None) -> Callable[[Callable[[Request], Answer]], LambdaHandler]:
    """A route for callers with an API key; `None` admits a key without scopes."""

    def decorate(function: Callable[[Request], Answer]) -> LambdaHandler:
        def handler(event: JsonObject, _context: object) -> JsonObject:
            caller = Caller.from_context(event["requestContext"]["authorizer"])
            headers: dict[str, str] = {}

            def respond() -> Answer:
                headers.update(rate_limit.take(caller.workspace_id, caller.rate_limit).headers())
                _admit(caller, scope)
                return function(_read(event, caller))

            return _answer(event, respond, headers, workspace_id=caller.workspace_id, key_id=caller.key_id)

        return handler

    return decorate


def public_route(function: Callable[[], Answer]) -> LambdaHandler:
    """A route without a key: nobody is known, so nothing of a workspace can be reached."""

    def handler(event: JsonObject, _context: object) -> JsonObject:
        return _answer(event, function, {})

    return handler


def _admit(caller: Caller, scope: Scope | None) -> None:
    # The authorizer's answer may be a cached one, and older than the key's end.
    if caller.has_expired(now()):
        raise ApiError(ErrorCode.API_KEY_EXPIRED, headers={"WWW-Authenticate": _CHALLENGE})
    if scope is not None and scope not in caller.scopes:
        raise ApiError(
            ErrorCode.INSUFFICIENT_SCOPE,
            details={"required": scope, "available": caller.scopes},
            required=scope,
        )


def _answer(event: JsonObject, respond: Callable[[], Answer], headers: Mapping[str, str], **who: str) -> JsonObject:
    started = epoch_seconds()
    request_id = _request_id(event)
    seen: dict[str, object] = {}
    try:
        response = render_answer(respond(), request_id, headers)
    except ApiError as failure:
        seen["code"] = failure.error.code
        response = render_error(failure, request_id, headers)
    except Exception as failure:  # noqa: BLE001 - the last resort: the caller gets the envelope, the log gets the place
        seen = {"code": ErrorCode.INTERNAL_ERROR.code, **describe(failure)}
        response = render_error(ApiError(ErrorCode.INTERNAL_ERROR), request_id, headers)
    status = response["statusCode"]
    line: dict[str, object] = {
        "request_id": request_id,
        "route": f"{event['httpMethod']} {event['resource']}",
        "status": status,
        "duration_ms": round((epoch_seconds() - started) * 1000, 1),
        **who,
        **seen,
    }
    (logger.error if status >= 500 else logger.info)("request", extra=line)
    count("Requests")
    count(f"Status{status // 100}xx")
    flush_metrics()
    return response


def _request_id(event: JsonObject) -> str:
    return f"req_{event['requestContext']['requestId']}"
