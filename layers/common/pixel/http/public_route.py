"""The handler of a route without an API key, and what all routes share: response, log line and metrics.

It is separate from route.py so that a public route imports nothing that calls AWS.
"""

from collections.abc import Callable, Mapping, Sequence

from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, describe, flush_metrics, logger
from pixel.http.query import QueryParameters
from pixel.http.response import Response, render_error, render_response

LambdaHandler = Callable[[JsonObject, object], JsonObject]


def public_route(function: Callable[[], Response]) -> LambdaHandler:
    """Turn a route that needs no API key into a Lambda handler."""

    def handler(event: JsonObject, _context: object) -> JsonObject:
        def respond() -> Response:
            refuse_parameters(query_of(event))
            return function()

        return run_route(event, respond, {})

    return handler


def refuse_parameters(query: Mapping[str, Sequence[str]]) -> None:
    """Refuse the query parameters of a route that takes none, because a misspelt one must not be ignored."""
    QueryParameters(query, ()).raise_faults()


def run_route(
    event: JsonObject, respond: Callable[[], Response], headers: Mapping[str, str], **caller: str
) -> JsonObject:
    """Call `respond`, render its response or its error, and log the request with the ids of the caller."""
    started = epoch_seconds()
    request_id = request_id_of(event)
    outcome: dict[str, object] = {}
    try:
        response = render_response(respond(), request_id, headers)
    except ApiError as failure:
        outcome["code"] = failure.error.code
        response = render_error(failure, request_id, headers)
    except Exception as failure:  # noqa: BLE001 - the response must have the envelope; the log has the cause
        outcome = {"code": ErrorCode.INTERNAL_ERROR.code, **describe(failure)}
        response = render_error(ApiError(ErrorCode.INTERNAL_ERROR), request_id, headers)
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


def query_of(event: JsonObject) -> Mapping[str, Sequence[str]]:
    """Return the decoded query parameters."""
    return event["multiValueQueryStringParameters"] or {}


def request_id_of(event: JsonObject) -> str:
    return f"req_{event['requestContext']['requestId']}"
