"""The rendering of responses: JSON in the envelope, or a document or a file without one."""

from base64 import b64encode
from collections.abc import Mapping
from typing import NamedTuple

from pixel.faces.face import Face
from pixel.faces.pixel_api import CORE
from pixel.foundation import JsonObject, to_json
from pixel.foundation.errors import ApiError
from pixel.foundation.settings import errors_page

_HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, ETag, Location, Idempotent-Replayed"
    ),
}


class RawJson(str):
    """JSON text that is put into the envelope unchanged."""

    __slots__ = ()


class Document(NamedTuple):
    """A text that is sent as it is, without the envelope, or a file, by an API that declares its media type binary."""

    media_type: str
    content: str | bytes
    is_public: bool = False  # the same for all callers, so caches may keep it for five minutes


class Response(NamedTuple):
    """The response of a route, before it is rendered."""

    data: object
    status: int = 200
    headers: Mapping[str, str] = {}
    meta: Mapping[str, object] = {}  # what the envelope has besides the data and the request id


def render_response(response: Response, request_id: str, headers: Mapping[str, str], face: Face = CORE) -> JsonObject:
    """Return a response as API Gateway expects it from a function."""
    headers = {**face.headers(request_id), **headers, **response.headers}
    if isinstance(response.data, Document):
        own = {"Content-Type": response.data.media_type}
        if response.data.is_public:
            own["Cache-Control"] = "public, max-age=300"
        content = response.data.content
        if isinstance(content, str):
            return _rendered(response.status, content, {**headers, **own})
        rendered = _rendered(response.status, b64encode(content).decode(), {**headers, **own})
        return {**rendered, "isBase64Encoded": True}
    data = response.data if isinstance(response.data, RawJson) else to_json(response.data)
    meta = {"request_id": request_id, **response.meta}
    return _rendered(response.status, face.success(data, meta), headers)


def render_error(failure: ApiError, request_id: str, headers: Mapping[str, str], face: Face = CORE) -> JsonObject:
    """Return the response for an error."""
    error = error_body(failure, face)
    if face.shows_docs:
        error["docs_url"] = f"{errors_page()}#{failure.error.code}"
    status = face.shown(failure).status
    own = {**face.headers(request_id), **headers, **face.error_headers.get(status, {}), **failure.headers}
    return _rendered(status, face.failure(to_json(error), {"request_id": request_id}), own)


def error_body(failure: ApiError, face: Face = CORE) -> JsonObject:
    """Return an error as the result of an event has it; the `error` of a response may have its `docs_url` too."""
    shown = face.shown(failure)
    body: JsonObject = {"code": shown.code, "message": shown.message}
    return body | {"details": failure.details} if failure.details else body


def _rendered(status: int, body: str, headers: Mapping[str, str]) -> JsonObject:
    return {"statusCode": status, "headers": {**_HEADERS, **headers}, "body": body, "isBase64Encoded": False}
