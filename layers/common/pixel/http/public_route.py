"""The entry of a route without a key, and the end of every route: an answer, a log line and metrics, whatever happened.

It is apart from route.py because nothing here calls AWS.
"""

from collections.abc import Callable, Mapping

from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, describe, flush_metrics, logger
from pixel.http.response import Answer, render_answer, render_error

LambdaHandler = Callable[[JsonObject, object], JsonObject]


def public_route(function: Callable[[], Answer]) -> LambdaHandler:
    """Make a Lambda handler of a route without a key, which can reach nothing of a workspace."""

    def handler(event: JsonObject, _context: object) -> JsonObject:
        return answer_with(event, function, {})

    return handler


def answer_with(
    event: JsonObject, respond: Callable[[], Answer], headers: Mapping[str, str], **caller: str
) -> JsonObject:
    """Render what `respond` answers or raises, and log it together with the ids of the caller."""
    started = epoch_seconds()
    request_id = request_id_of(event)
    seen: dict[str, object] = {}
    try:
        response = render_answer(respond(), request_id, headers)
    except ApiError as failure:
        seen["code"] = failure.error.code
        response = render_error(failure, request_id, headers)
    except Exception as failure:  # noqa: BLE001 - the caller gets the envelope, the log gets the place
        seen = {"code": ErrorCode.INTERNAL_ERROR.code, **describe(failure)}
        response = render_error(ApiError(ErrorCode.INTERNAL_ERROR), request_id, headers)
    status = response["statusCode"]
    line: dict[str, object] = {
        "request_id": request_id,
        "route": f"{event['httpMethod']} {event['resource']}",
        "status": status,
        "duration_ms": round((epoch_seconds() - started) * 1000, 1),
        **caller,
        **seen,
    }
    (logger.error if status >= 500 else logger.info)("request", extra=line)
    count("Requests")
    count(f"Status{status // 100}xx")
    flush_metrics()
    return response


def request_id_of(event: JsonObject) -> str:
    return f"req_{event['requestContext']['requestId']}"
