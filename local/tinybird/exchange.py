"""A request and its answer, independent of the web server."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from local.tinybird.errors import ApiError

JSON_TYPE = "application/json; charset=utf-8"


class Request(NamedTuple):
    method: str
    path: str
    query: str
    headers: Mapping[str, str]  # names in any case
    body: bytes

    @property
    def arguments(self) -> dict[str, str]:
        """Return the query's parameters; the last one of a name counts, as in Tornado, on which Tinybird is built."""
        return _parse_form(self.query)

    @property
    def form(self) -> dict[str, Any]:
        """Return the parameters in the body, from a form or a JSON object."""
        if not self.body:
            return {}
        if not self.headers.get("Content-Type", "").startswith("application/json"):
            return dict(_parse_form(self.body.decode("latin-1")))
        return read_object(self.body)


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str]


def read_object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError as failure:
        raise ApiError(400, f"The body is not JSON: {failure}") from failure
    if not isinstance(content, dict):
        raise ApiError(400, "The body is not a JSON object")
    return content


def json_answer(content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(content).encode(), {"Content-Type": JSON_TYPE, **(headers or {})})


def error_answer(error: ApiError) -> Answer:
    return json_answer(error.body, status=error.status, headers=error.headers)


def _parse_form(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except ValueError as failure:
        raise ApiError(400, f"Invalid parameters: {failure}") from failure
