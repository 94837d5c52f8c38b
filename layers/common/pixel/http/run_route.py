"""What all routes share, with and without an API key: response, log line and metrics."""

from collections.abc import Callable, Mapping, Sequence

from pixel.faces.face import Face
from pixel.faces.pixel_api import CORE
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, describe, flush_metrics, logger
from pixel.http.gateway_event import request_id_of
from pixel.http.query import QueryParameters
from pixel.http.response import Response, render_error, render_response

LambdaHandler = Callable[[JsonObject, object], JsonObject]


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
