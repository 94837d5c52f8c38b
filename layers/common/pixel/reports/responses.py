"""The rows of a pipe as responses, as JSON or CSV."""

import json
import re
from http import HTTPStatus
from typing import Any

from pixel.auth.caller import Caller
from pixel.aws.json_service import AwsError
from pixel.foundation import JsonObject
from pixel.foundation.connections import ResponseTooLargeError
from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.foundation.observability import logger
from pixel.foundation.settings import ConfigurationError
from pixel.http.response import Document, RawJson
from pixel.reports import csv_rows
from pixel.reports.pipe_query import PipeQuery
from pixel.reports.token_responses import tinybird_failure, token_name
from pixel.tinybird.catalogue import Pipe
from pixel.tinybird.client import RetryPolicy, TinybirdResponse, TinybirdUnreachableError
from pixel.tinybird.pipe_calls import PipeCall, call_pipe

# This leaves nine seconds of the function's timeout for DynamoDB and SSM. API Gateway's timeout is longer.
_RETRY_POLICY = RetryPolicy(attempts=3, response_seconds=12, total_seconds=18, body_bytes_max=5_500_000)
_RESPONSE_BYTES_MAX = 6_000_000  # Lambda's limit, which includes the body as text within JSON
_INDENTATION = re.compile(r"\n\s*")
_TOO_LARGE = (
    "The response is larger than Lambda can return; request fewer rows or a shorter period, or get a token from "
    "/api/v1/pixel/metrics and query Tinybird directly."
)


def query_rows(caller: Caller, pipe: Pipe, query: PipeQuery) -> RawJson:
    """Query the pipe and return its rows as Tinybird returned them."""
    response = _without_indentation(_query(caller, pipe, query))
    _check_size(pipe, response)
    return response


def query_csv(caller: Caller, pipe: Pipe, query: PipeQuery) -> Document:
    """Query the pipe and return its rows as CSV."""
    body = _query(caller, pipe, query)
    content = _parsed(_decoded(body), parse_int=csv_rows.Number, parse_float=csv_rows.Number)
    text = csv_rows.to_csv([column["name"] for column in content["meta"]], content["data"])
    _check_size(pipe, text)
    return Document(csv_rows.MEDIA_TYPE, text)


def query_data(
    caller: Caller, pipe: Pipe, fixed: dict[str, str], *, retry_policy: RetryPolicy | None = None
) -> list[JsonObject]:
    """Query a pipe for this API itself, with nothing but fixed parameters, and return its rows.

    If the pipe rejects them, that is no fault of the caller, who did not choose them.
    """
    response = _call(caller, pipe, PipeQuery(fixed, {}, {}), retry_policy)
    if response.status != HTTPStatus.OK:
        raise tinybird_failure(f"status {response.status}")
    rows: list[JsonObject] = _parsed(_decoded(response.body))["data"]
    return rows


def _query(caller: Caller, pipe: Pipe, query: PipeQuery) -> bytes:
    """Return the body of Tinybird's response. Raises ApiError if it is not that of a success."""
    response = _call(caller, pipe, query)
    if response.status == HTTPStatus.OK:
        return response.body
    if response.status == HTTPStatus.BAD_REQUEST:
        raise _refusal(pipe, response.body)
    raise tinybird_failure(f"status {response.status}")


def _call(caller: Caller, pipe: Pipe, query: PipeQuery, retry_policy: RetryPolicy | None = None) -> TinybirdResponse:
    call = PipeCall(pipe.name, query.fixed, query.pipe_parameters)
    try:
        return call_pipe(call, retry_policy or _RETRY_POLICY, name=token_name(caller))
    except (AwsError, ConfigurationError, TinybirdUnreachableError) as failure:
        raise tinybird_failure(str(failure)) from failure
    except ResponseTooLargeError as failure:
        raise _too_large(pipe) from failure


def _check_size(pipe: Pipe, text: str) -> None:
    """Raise ApiError if a response exceeds Lambda's limit, in which each quotation mark is escaped."""
    if len(text) * 6 > _RESPONSE_BYTES_MAX and len(json.dumps(text)) > _RESPONSE_BYTES_MAX:
        raise _too_large(pipe)


def _too_large(pipe: Pipe) -> ApiError:
    field = "limit" if "limit" in pipe.parameters else "from"
    return field_error(ErrorCode.INVALID_QUERY, field, "refused", _TOO_LARGE)


def _without_indentation(body: bytes) -> RawJson:
    """Return the original text without ClickHouse's indentation, so that no number changes.

    Every line break is part of the indentation, because JSON escapes those within strings.
    """
    text = _INDENTATION.sub("", _decoded(body))
    _parsed(text)
    return RawJson(text.removesuffix("}") + ',"data_status":"ok"}')


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise tinybird_failure("the response is not UTF-8") from None


def _parsed(text: str, **options: Any) -> dict[str, Any]:
    """Return the content of a pipe's response, parsed with these options. Raises ApiError if it is not one."""
    try:
        content: dict[str, Any] = json.loads(text, **options)
        fields = content.keys()
    except (ValueError, AttributeError, RecursionError):
        raise tinybird_failure("the response is not JSON") from None
    if not fields >= {"data", "meta", "rows", "statistics"}:
        raise tinybird_failure("the response is not that of a pipe")
    return content


def _refusal(pipe: Pipe, body: bytes) -> ApiError:
    """Return the error for a rejected query, with a message of our pipes; any other may quote the caller."""
    said = body.decode(errors="replace")
    sentence = next((message for message in pipe.refusals if json.dumps(message)[1:-1] in said), None)
    if sentence is None:
        logger.warning("pipe rejected a query with an unknown message", pipe=pipe.name)
        sentence = "the pipe rejected these values; compare them with /api/v1/pixel/pipes"
    words = re.findall(r"\w+", sentence)
    field = next((word for word in words if word in pipe.parameters), "query")
    named = re.sub(rf"\b{field}\b", f"`{field}`", sentence, count=1)
    return field_error(ErrorCode.INVALID_QUERY, field, "refused", f"{named[0].upper()}{named[1:]}.")
