"""POST /v0/events: append rows to a datasource."""

from http import HTTPStatus

from local.tinybird.appending import Appended, ViewError
from local.tinybird.errors import ApiError
from local.tinybird.exchange import Answer, Request, json_answer
from local.tinybird.rows import inflate
from local.tinybird.workspace import Workspace

_ABOUT_EVENTS = "/api-reference/events-api"


async def append_events(workspace: Workspace, request: Request) -> Answer:
    """Store rows before answering, with or without `wait`, so that tests need not wait for them to appear."""
    arguments = request.arguments
    access = workspace.access_of(request)
    name = arguments.get("name")
    if not name:
        raise ApiError(400, "The parameter 'name' is missing", documentation=_ABOUT_EVENTS)
    access.require("DATASOURCES:APPEND", name)
    headers = workspace.rate_limiter.take(f"events {name}", workspace.limits.events_per_second)
    try:
        appended = await _append(workspace, request, name, is_ndjson=arguments.get("format", "ndjson") != "json")
    except ApiError as error:
        error.headers = {**headers, **error.headers}
        raise
    is_waiting = arguments.get("wait", "").lower() in {"true", "1"}
    return json_answer(appended._asdict(), status=HTTPStatus.OK if is_waiting else HTTPStatus.ACCEPTED, headers=headers)


async def _append(workspace: Workspace, request: Request, name: str, *, is_ndjson: bool) -> Appended:
    datasource = workspace.project.datasources.get(name)
    if datasource is None:
        raise ApiError(404, f"Resource '{name}' not found")
    if not workspace.appender.takes_events(name):
        raise ApiError(400, f"'{name}' has no JSON paths to read events by", documentation=_ABOUT_EVENTS)
    body = _body(request, workspace.limits.body_bytes_max)
    try:
        return await workspace.appender.append(datasource, body, is_ndjson=is_ndjson)
    except ViewError as failure:
        raise ApiError(422, f"Partially ingested, a materialized view failed: {failure}") from failure


def _body(request: Request, bytes_max: int) -> bytes:
    """Return the decompressed body; the limit applies to both sizes, because Tinybird does not say which it means."""
    body = request.body
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "gzip" and len(body) <= bytes_max:
        body = inflate(body, bytes_max)
    elif encoding not in {"gzip", "identity"}:
        raise ApiError(400, f"Content-Encoding {encoding!r} is not supported", documentation=_ABOUT_EVENTS)
    if len(body) > bytes_max:
        raise ApiError(413, f"The body is larger than {bytes_max} bytes", documentation=_ABOUT_EVENTS)
    return body
