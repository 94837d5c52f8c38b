"""The rendering of every answer: in the envelope, or as a document without one."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from pixel.foundation import JsonObject
from pixel.foundation.errors import ApiError

_HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After",
}


class RawJson(NamedTuple):
    """JSON that goes into the envelope unchanged."""

    text: str


class Document(NamedTuple):
    """A file that is answered as it is. It is the same for all callers, so caches may keep it for some minutes."""

    media_type: str
    text: str


class Answer(NamedTuple):
    """What a route answers, before it is rendered."""

    data: object
    status: int = 200


def render_answer(answer: Answer, request_id: str, headers: Mapping[str, str]) -> JsonObject:
    if isinstance(answer.data, Document):
        own = {"Content-Type": answer.data.media_type, "Cache-Control": "public, max-age=300"}
        return _response(answer.status, answer.data.text, {**headers, **own})
    data = answer.data.text if isinstance(answer.data, RawJson) else _to_json(answer.data)
    return _enveloped(answer.status, f'"data":{data}', request_id, headers)


def render_error(failure: ApiError, request_id: str, headers: Mapping[str, str]) -> JsonObject:
    error = _to_json(error_body(failure))
    return _enveloped(failure.error.status, f'"error":{error}', request_id, {**headers, **failure.headers})


def error_body(failure: ApiError) -> JsonObject:
    body: JsonObject = {"code": failure.error.code, "message": failure.message}
    return body | {"details": failure.details} if failure.details else body


def _enveloped(status: int, content: str, request_id: str, headers: Mapping[str, str]) -> JsonObject:
    return _response(status, f'{{{content},"meta":{_to_json({"request_id": request_id})}}}', headers)


def _response(status: int, body: str, headers: Mapping[str, str]) -> JsonObject:
    return {"statusCode": status, "headers": {**_HEADERS, **headers}, "body": body, "isBase64Encoded": False}


def _to_json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
