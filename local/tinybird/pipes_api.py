"""GET and POST /v0/pipes/NAME.json, .csv and .ndjson: query an endpoint."""

import re
from collections.abc import Mapping
from typing import Any

from tinybird.sql import get_format

from local.tinybird.composition import Composer, CompositionError, narrow
from local.tinybird.datafiles import Pipe
from local.tinybird.errors import ApiError
from local.tinybird.exchange import JSON_TYPE, Answer, Request
from local.tinybird.storage import QueryError
from local.tinybird.templates import TemplateError
from local.tinybird.workspace import Workspace

PATH = re.compile(r"/v0/pipes/(?P<name>[A-Za-z0-9_]+)\.(?P<format>[a-z]+)")
_FORMATS = {
    "json": ("JSON", JSON_TYPE),
    "csv": ("CSVWithNames", "text/csv; charset=utf-8"),
    "ndjson": ("JSONEachRow", "application/x-ndjson; charset=utf-8"),
}
_ABOUT_PIPES = "/api-reference/pipe-api"


async def query_endpoint(workspace: Workspace, request: Request) -> Answer:
    found = PATH.fullmatch(request.path)
    name, format_ = (found["name"], found["format"]) if found else ("", "")
    access = workspace.access_of(request)
    fixed = access.require("PIPES:READ", name)
    headers: dict[str, str] = {}
    if access.requests_per_second is not None:
        headers = workspace.rate_limiter.take(f"jwt {access.name}", access.requests_per_second)
    try:
        given = await _query(workspace, request, name, format_, fixed)
    except ApiError as error:
        error.headers = {**headers, **error.headers}
        raise
    return given._replace(headers={**headers, **given.headers})


async def _query(workspace: Workspace, request: Request, name: str, format_: str, fixed: Mapping[str, Any]) -> Answer:
    pipe = _endpoint(workspace, name)
    if format_ not in _FORMATS:
        raise ApiError(400, f"Format '{format_}' is not one of {', '.join(_FORMATS)}", documentation=_ABOUT_PIPES)
    arguments: dict[str, Any] = {**request.arguments, **(request.form if request.method == "POST" else {})}
    clickhouse_format, content_type = _FORMATS[format_]
    sql = _compose(workspace, pipe, {**arguments, **fixed}, narrowing=arguments.get("q"))
    try:
        result = await workspace.storage.read(sql, clickhouse_format)
    except QueryError as failure:
        status = 408 if failure.code == QueryError.TIMEOUT else 400
        raise ApiError(status, f"[Error] {failure}") from failure
    return Answer(200, result.body, {"Content-Type": content_type})


def _endpoint(workspace: Workspace, name: str) -> Pipe:
    pipe = workspace.project.pipes.get(name)
    if pipe is None:
        raise ApiError(404, f"The pipe '{name}' does not exist", documentation=_ABOUT_PIPES)
    if pipe.kind != "endpoint":
        raise ApiError(404, f"The pipe '{name}' does not have an endpoint yet", documentation=_ABOUT_PIPES)
    return pipe


def _compose(workspace: Workspace, pipe: Pipe, values: dict[str, Any], narrowing: str | None) -> str:
    try:
        sql = Composer(workspace.project, values).compose(pipe)
        if not narrowing:
            return sql
        if get_format(narrowing):
            raise ApiError(400, "FORMAT is not supported, use the extension of the path", documentation=_ABOUT_PIPES)
        return narrow(narrowing, pipe, sql)
    except TemplateError as failure:
        raise ApiError(
            failure.status, str(failure), body=failure.body, documentation=failure.documentation
        ) from failure
    except CompositionError as failure:
        raise ApiError(400, f"[Error] {failure}", documentation=_ABOUT_PIPES) from failure
