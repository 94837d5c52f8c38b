"""The envelope: every answer of every function is rendered here."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from pixel.aws import JsonObject
from pixel.errors import ApiError

_HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After",
}


class Answer(NamedTuple):
    data: object
    status: int = 200


def render_answer(answer: Answer, request_id: str, headers: Mapping[str, str]) -> JsonObject:
    return _response(answer.status, {"data": answer.data}, request_id, headers)


def render_error(failure: ApiError, request_id: str, headers: Mapping[str, str]) -> JsonObject:
    error: JsonObject = {"code": failure.error.code, "message": failure.message}
    if failure.details:
        error["details"] = failure.details
    return _response(failure.error.status, {"error": error}, request_id, {**headers, **failure.headers})


def _response(status: int, content: JsonObject, request_id: str, headers: Mapping[str, str]) -> JsonObject:
    envelope = {**content, "meta": {"request_id": request_id}}
    return {
        "statusCode": status,
        "headers": {**_HEADERS, **headers},
        "body": json.dumps(envelope, separators=(",", ":")),
        "isBase64Encoded": False,
    }
