"""The handler of a route without an API key, and what all routes share: response, log line and metrics.

It is separate from route.py so that a public route imports nothing that calls AWS.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pixel.faces.face import Face
from pixel.faces.pixel_api import CORE
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, describe, flush_metrics, logger
from pixel.http.gateway_event import headers_of, query_of, request_id_of
from pixel.http.query import QueryParameters
from pixel.http.response import Response, render_error, render_response

LambdaHandler = Callable[[JsonObject, object], JsonObject]


class PublicRequest(NamedTuple):
    """A request without an API key, as API Gateway passes it to a function."""

    id: str
    source_ip: str
    path: Mapping[str, str]  # parameters of the path, still percent-encoded
    query: Mapping[str, Sequence[str]]  # decoded
    headers: Mapping[str, Sequence[str]]  # names in lower case
    body: str
    is_base64: bool

    def header(self, name: str) -> str | None:
        """Return the value of a header, the last one if there are several, or None if it is missing."""
        values = self.headers.get(name)
        return values[-1] if values else None


def public_route(*, reads_query: bool = False) -> Callable[[Callable[[PublicRequest], Response]], LambdaHandler]:
    """Return a decorator that turns a route that needs no API key into a Lambda handler.

    Query parameters are refused, unless the route reads them itself.
    """

    def decorate(function: Callable[[PublicRequest], Response]) -> LambdaHandler:
        def handler(event: JsonObject, _context: object) -> JsonObject:
            def respond() -> Response:
                request = _read(event)
                if not reads_query:
                    refuse_parameters(request.query)
                return function(request)

            return run_route(event, respond, {})

        return handler

    return decorate


def _read(event: JsonObject) -> PublicRequest:
    return PublicRequest(
        id=request_id_of(event),
        source_ip=event["requestContext"]["identity"]["sourceIp"],
        path=event["pathParameters"] or {},
        query=query_of(event),
        headers=headers_of(event),
        body=event["body"] or "",
        is_base64=event["isBase64Encoded"],
    )


def refuse_parameters(query: Mapping[str, Sequence[str]]) -> None:
    """Refuse the query parameters of a route that takes none, because a misspelt one must not be ignored."""
    QueryParameters(query, ()).raise_faults()


def run_route(
    event: JsonObject, respond: Callable[[], Response], headers: Mapping[str, str], face: Face = CORE, **caller: str
) -> JsonObject:
    """Call `respond`, render its response or its error, and log the request with the ids of the caller."""
    started = epoch_seconds()
    request_id = request_id_of(event)
    outcome: dict[str, object] = {}
    try:
        response = render_response(respond(), request_id, headers, face)
    except ApiError as failure:
        outcome["code"] = failure.error.code
        response = render_error(failure, request_id, headers, face)
    except Exception as failure:  # noqa: BLE001 - the response must have the envelope; the log has the cause
        outcome = {"code": ErrorCode.INTERNAL_ERROR.code, **describe(failure)}
        response = render_error(ApiError(ErrorCode.INTERNAL_ERROR), request_id, headers, face)
    status = response["statusCode"]
    line: dict[str, object] = {
        "request_id": request_id,
        "route": f"{event['httpMethod']} {event['resource']}",
        "status": status,
        "duration_ms": round((epoch_seconds() - started) * 1000, 1),
        **caller,
        **outcome,
    }
    (logger.error if status >= 500 else logger.info)("request", extra=line)
    count("Requests")
    count(f"Status{status // 100}xx")
    flush_metrics()
    return response
