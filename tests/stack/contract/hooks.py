"""What Schemathesis has to know of the API beyond its document: formats, a media type, and three checks.

A schema describes each value by itself. It cannot say that a moment is of the last five years, or that `from` comes
before `to`: requests that are meant to be good are mended in these respects, in `mending`. Those that are meant to be
bad are sent as they are.
"""

import json
import os
from http import HTTPStatus
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, HookContext, Response, SerializationContext

from tests import openapi
from tests.stack.contract import mending

_WRITING = {"PATCH", "DELETE", "POST"}
_KEPT_KEYS = os.environ.get("CONTRACT_KEPT_KEYS", "").split(",")
"""The ids of the keys that there were before the run, among them its own."""
_INSTANTS = st.integers(1, 300).map(mending.instant_of_days_ago)
_DAYS = _INSTANTS.map(lambda instant: instant[:10])
_FORMATS = {
    "date-time": _INSTANTS,
    "instant": _INSTANTS,
    "day-or-instant": st.one_of(_INSTANTS, _DAYS),
    "iana-time-zone": st.sampled_from(mending.TIME_ZONES),
    "iso-3166-1-alpha-2": st.sampled_from(mending.COUNTRIES),
    "iso-4217": st.sampled_from(mending.CURRENCIES),
}

for _name, _strategy in _FORMATS.items():
    schemathesis.openapi.format(_name, _strategy)


@schemathesis.serializer("application/x-ndjson")
def as_lines(_context: SerializationContext, value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _given: dict[str, Any]) -> None:
    if case.meta is None:
        return
    if not case.meta.generation.mode.is_positive:
        case.query = mending.without_empty(case.query)
        return
    if isinstance(case.body, dict):
        case.body = mending.body(case.body, case.operation.path, has_key="Idempotency-Key" in case.headers)
    if "id" in case.path_parameters:
        case.path_parameters["id"] = mending.segment(case.path_parameters["id"])
        if case.method in _WRITING and "_demo" in case.path_parameters["id"]:  # which other requests need
            case.path_parameters["id"] = case.path_parameters["id"].replace("_demo", "_none")
        if case.method in _WRITING and case.path_parameters["id"] in _KEPT_KEYS:
            case.path_parameters["id"] = "key_none"
    case.query = mending.query(case.query, case.operation.path)


@schemathesis.check
def unknown_method_is_not_found(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """Check for 404, which this API answers instead of 405 to any unknown route."""
    data = case.meta.phase.data if case.meta else None
    if getattr(getattr(data, "scenario", None), "name", "") == "UNSPECIFIED_HTTP_METHOD" and case.method != "OPTIONS":
        assert response.status_code == 404, f"{case.method} is answered {response.status_code}"


@schemathesis.check
def code_is_one_of_the_document(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """Check the code against the route's examples, because the schema of an error allows every code."""
    operation = openapi.operations().get((case.method.lower(), case.operation.path), {"responses": {}})
    described = operation["responses"].get(str(response.status_code))
    is_json = "json" in "".join(response.headers.get("content-type", ()))  # pages say in words what is wrong
    if not described or response.status_code < HTTPStatus.BAD_REQUEST or not is_json:
        return
    if "error" in (body := response.json()):
        assert body["error"]["code"] in openapi.codes_of(described), f"{body['error']['code']} is not described"


@schemathesis.check
def bad_event_of_a_batch_is_rejected(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """Check that a batch with bad events gets 202 and reports each of them as rejected."""
    if not case.operation.label.endswith("/events/batch") or response.status_code != 202:
        return
    data = response.json()["data"]
    counts = [data[status] for status in ("accepted", "duplicate", "queued", "rejected")]
    assert sum(counts) == len(data["results"])
    if case.meta is not None and case.meta.generation.mode.is_negative:
        assert data["rejected"] > 0, "a bad event was taken"
