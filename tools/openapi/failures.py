"""Answers of failed requests: one schema, and an example for each code, rendered as the functions render it."""

import json
from collections.abc import Collection
from typing import Any

from pixel.faces.directory import FACES
from pixel.faces.face import Allowance, Face
from pixel.faces.pixel_api import CORE
from pixel.foundation.errors import ERRORS, FAULTS_SHOWN_MAX, ApiError, ErrorCode, ErrorDefinition, field_error
from pixel.foundation.settings import ERRORS_PAGE
from pixel.http.response import render_error
from pixel.tinybird.catalogue import catalogue
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.record_failures import not_found, not_grantable
from tools.openapi import infinity, pxl, smart_links
from tools.openapi.schema import Schema, array, integer, record, ref, schema, text

REQUEST_ID = "req_8f2c1d5e-3b7a-4c8e-9a41-6d0f2b7c9e13"
_OF_STATUS = {
    400: "The request cannot be used",
    401: "The key, the session or the password is missing or cannot be used",
    403: "The key lacks the scope of this route, or more is asked for than may be given",
    404: "Not found",
    409: "In conflict with what is there",
    412: "Changed since it was read",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not allowed",
    429: "Too many requests",
    500: "The fault is ours, as it is with 502 and 504",
    503: "Not possible at present",
}
_GOAL_ID = "goal_mx0roj4hz46vgxhf858b"
_SHARE_LINK_ID = "share_mx0roj5dxm0mjcld01yw"
# Errors whose message or details are filled in where they are raised.
_FILLED = {
    ErrorCode.INSUFFICIENT_SCOPE: ApiError(
        ErrorCode.INSUFFICIENT_SCOPE,
        details={"required": "pixel:write", "available": ["pixel:read"]},
        required="pixel:write",
    ),
    ErrorCode.NOT_GRANTABLE: not_grantable({"scopes": ["pixel:manage"]}, {"scopes": ["pixel:read"]}),
    ErrorCode.RECORD_NOT_FOUND: not_found(GOAL),
    ErrorCode.ALREADY_EXISTS: ApiError(ErrorCode.ALREADY_EXISTS, details={"id": _GOAL_ID}),
    ErrorCode.LIMIT_REACHED: ApiError(
        ErrorCode.LIMIT_REACHED, details={"limit": GOAL.limit}, limit=GOAL.limit, records="goals"
    ),
    ErrorCode.RECORD_IN_USE: ApiError(ErrorCode.RECORD_IN_USE, kind="campaign", links="12"),
    ErrorCode.LINKS_LEFT: ApiError(ErrorCode.LINKS_LEFT, links="2,000"),
    ErrorCode.SECRET_ALREADY_SHOWN: ApiError(ErrorCode.SECRET_ALREADY_SHOWN, details={"id": _SHARE_LINK_ID}),
    ErrorCode.URL_NOT_ALLOWED: ApiError(
        ErrorCode.URL_NOT_ALLOWED,
        details={"reason": "private_address"},
        because="its host leads to an address that is not public",
    ),
    ErrorCode.PRECONDITION_FAILED: ApiError(ErrorCode.PRECONDITION_FAILED, details={"revision": 3}),
    ErrorCode.INVALID_PIPE: ApiError(ErrorCode.INVALID_PIPE, details={"allowed": list(catalogue())}),
    ErrorCode.INVALID_QUERY: field_error(
        ErrorCode.INVALID_QUERY, "from", "invalid", "`from` must not be later than `to`."
    ),
    ErrorCode.INVALID_BODY: field_error(
        ErrorCode.INVALID_BODY, "currency", "invalid", "`currency` must be an ISO 4217 code, such as USD."
    ),
    ErrorCode.PAYLOAD_TOO_LARGE: ApiError(ErrorCode.PAYLOAD_TOO_LARGE, details={"limit_bytes": 32768}),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: ApiError(
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
        sent="is declared as text/plain",
        allowed="application/json, optionally compressed with gzip",
    ),
    ErrorCode.RATE_LIMIT_EXCEEDED: ApiError(
        ErrorCode.RATE_LIMIT_EXCEEDED,
        details={"limit": 60, "window": "1 minute"},
        limit=60,
        window="1 minute",
        seconds=17,
    ),
    ErrorCode.TOO_MANY_ATTEMPTS: ApiError(ErrorCode.TOO_MANY_ATTEMPTS, seconds=17),
    ErrorCode.TOO_MANY_EVENTS: ApiError(ErrorCode.TOO_MANY_EVENTS, whose="from this address", seconds=17),
    ErrorCode.PANEL_NOT_SHARED: ApiError(
        ErrorCode.PANEL_NOT_SHARED, details={"shared": ["summary", "series"]}, panel="revenue"
    ),
}
_FILLED_OF_FACES = {"infinity": infinity.FAILURES, "pxl": pxl.FAILURES, "smart_links": smart_links.FAILURES}
_BY_GATEWAY = {
    ErrorCode.BAD_REQUEST,
    ErrorCode.PAYLOAD_TOO_LARGE,
    ErrorCode.RATE_LIMIT_EXCEEDED,
    ErrorCode.QUOTA_EXCEEDED,
    ErrorCode.INTERNAL_ERROR,
}
"""Errors that API Gateway answers itself, to requests of all faces in the words of the core."""
_HEADERS = {429: ("Retry-After",)}
_FULL = Allowance(limit=60, remaining=60, resets_at=0, is_counted=True)
_RATE_LIMIT = {
    "X-RateLimit-Limit": "Requests that may be sent in a window, which is a minute unless the key has another one.",
    "X-RateLimit-Remaining": "How many of them are left in this window.",
    "X-RateLimit-Reset": "When the window ends, in epoch seconds.",
}
_ASKS_TO_WAIT = {
    ErrorCode.COLLECT_UNAVAILABLE.code,
    ErrorCode.INGEST_UNAVAILABLE.code,
    ErrorCode.IDENTIFY_UNAVAILABLE.code,
    ErrorCode.EVENT_NOT_FOUND.code,
}
"""Codes with a Retry-After on routes of events."""


def schemas() -> dict[str, Schema]:
    """Return the schemas that the answers of all failed requests share."""
    fault = {
        "path": text("The parameter or the field."),
        "code": text("missing, unknown, repeated, wrong_type, too_long, invalid or refused."),
        "message": text("What to do; never the value that was sent."),
    }
    details = {
        "fields": array(
            schema("Fault"), f"Of invalid_query and invalid_body: one for each fault, at most {FAULTS_SHOWN_MAX}."
        ),
        "total": integer("The number of faults, where fields has only the first of them."),
        "allowed": array(text(), "Of invalid_pipe."),
        "shared": array(text(), "Of panel_not_shared: the panels of the dashboard."),
        "required": text("Of insufficient_scope: the scope of the route."),
        "available": array(text(), "Of insufficient_scope: the key's own."),
        "requested": {"type": "object", "description": "Of not_grantable: the rights that were asked for."},
        "grantable": {"type": "object", "description": "Of not_grantable: the rights that the key can give."},
        "feature": text("Of feature_not_available."),
        "reason": text("Of url_not_allowed: what is wrong with the address."),
        "limit": integer("Of rate_limit_exceeded and limit_reached."),
        "window": text("Of rate_limit_exceeded."),
        "limit_bytes": integer("Of payload_too_large."),
        "limit_events": integer("Of payload_too_large."),
        "id": text("Of already_exists and secret_already_shown: the id of the record."),
        "kind": text("Of record_not_found: the kind of the record, as in the path."),
        "revision": integer("Of precondition_failed: the present one.", minimum=1),
    }
    error = {
        "code": text("Branch on it: it never changes.", enum=[error.code for error in ERRORS.values()]),
        "message": text("A sentence that says what to do."),
        "details": schema("ErrorDetails"),
    }
    docs_url = text("Where this code is described.", format="uri-reference")
    return {
        "Fault": record(fault),
        "ErrorDetails": record(
            details,
            optional=tuple(details),
            description="Only where there is more to say; which fields depends on the code.",
        ),
        "ErrorBody": record({**error, "docs_url": docs_url}, optional=("details",)),
        "EventError": record(error, optional=("details",)),
        _schema_name(CORE): record({"error": schema("ErrorBody"), "meta": schema("Meta")}),
        **{_schema_name(face): _answer_of(face, error, docs_url) for face in FACES if face.codes},
    }


def _answer_of(face: Face, error: dict[str, Schema], docs_url: Schema) -> Schema:
    """Return the schema of a failed request to a face, which API Gateway may have answered as the core does."""
    if face.has_own_api:
        codes = [_definition(one, face).code for one in ERRORS.values()]
        body = record({**error, "code": text("Branch on it.", enum=list(dict.fromkeys(codes)))}, optional=("details",))
        return record({"success": {"type": "boolean", "const": False}, "error": body, "meta": schema("Meta")})
    codes = [*face.codes.values(), *(error.code for error in ERRORS.values() if error in _BY_GATEWAY)]
    code = text("Branch on it; those in lower case are of API Gateway.", enum=list(dict.fromkeys(codes)))
    body = record({**error, "code": code, "docs_url": docs_url}, optional=("details", "docs_url"))
    return record({"error": body, "meta": schema("Meta")}, optional=("meta",))


def examples() -> dict[str, Any]:
    """Return an example of each code of the core, and of each code of the other faces, by name."""
    found: dict[str, Any] = {}
    for face in (CORE, *FACES):
        for error in ERRORS.values():
            shown = _definition(error, face)
            value = _rendered(_filled(error, face), face)
            found.setdefault(_example_name(shown.code, face), {"summary": shown.code, "value": value})
    return found


def headers() -> dict[str, Schema]:
    whole = {"type": "integer", "minimum": 0}
    return {
        **{
            name: {"description": f"{description} Absent where API Gateway answers itself.", "schema": whole}
            for name, description in _RATE_LIMIT.items()
        },
        **pxl.limit_headers(),
        "X-Request-Id": {
            "description": "The id of the request. Absent where API Gateway answers itself; the body has it then.",
            "schema": text(pattern="^req_"),
        },
        "Retry-After": {
            "description": "Whole seconds to wait, at least 1. Of a 503 of the core, only where an event could not be "
            "kept.",
            "schema": {"type": "integer", "minimum": 1},
        },
        "WeakETag": {"description": "For If-None-Match.", "schema": text(pattern='^W/"[0-9a-f]+"$')},
        "ETag": {"description": "The revision of the record, for If-Match.", "schema": text(pattern='^"[0-9]+"$')},
        "Location": {"description": "The path of the new record.", "schema": text(format="uri-reference")},
        "Idempotent-Replayed": {
            "description": "The record was created by an earlier request with the same Idempotency-Key.",
            "schema": text(const="true"),
        },
        "WWW-Authenticate": {"description": "The challenge: Bearer.", "schema": text()},
    }


def codes_by_status(codes: Collection[ErrorDefinition], face: Face) -> dict[int, tuple[str, ...]]:
    """Return the codes that a face, or API Gateway in front of it, gives these errors."""
    ordered = [error for error in ERRORS.values() if error in codes]
    of_gateway = [] if face.has_own_api else [error for error in ordered if error in _BY_GATEWAY]
    shown = [_definition(error, face) for error in ordered] + of_gateway
    statuses = sorted({one.status for one in shown})
    return {status: tuple(dict.fromkeys(one.code for one in shown if one.status == status)) for status in statuses}


def response_name(status: int, codes: Collection[str], face: Face, *, needs_key: bool) -> str:
    kind = f"{_prefix(face)}{'' if needs_key else 'Open'}"
    return ".".join([f"{kind}Error{status}", *codes])


def headers_of(face: Face) -> tuple[str, ...]:
    """Return the names of the headers that every answer of a face has beside those of the rate limit."""
    return tuple(face.headers(REQUEST_ID))


def limit_headers_of(face: Face) -> tuple[str, ...]:
    """Return the names of the headers that a face says in what is left of a limit."""
    return tuple(face.limit_headers(_FULL))


def response(status: int, codes: Collection[str], face: Face, *, needs_key: bool) -> Schema:
    """Return the response with this status, which has one of these codes."""
    content = {
        "schema": schema(_schema_name(face)),
        "examples": {code: ref("examples", _example_name(code, face)) for code in codes},
    }
    names = [
        *(limit_headers_of(face) if needs_key else ()),
        *headers_of(face),
        *face.error_headers.get(status, {}),
        *(("WWW-Authenticate",) if needs_key and status == 401 else ()),
        *_HEADERS.get(status, ()),
    ]
    if _ASKS_TO_WAIT & {*codes}:
        names.append("Retry-After")
    sent = {name: ref("headers", name) for name in names}
    return {
        "description": f"{_OF_STATUS[status]}: {', '.join(f'`{code}`' for code in codes)}.",
        **({"headers": sent} if sent else {}),
        "content": {"application/json": content},
    }


def _definition(error: ErrorDefinition, face: Face) -> ErrorDefinition:
    return face.shown(_filled(error, face))


def _filled(error: ErrorDefinition, face: Face) -> ApiError:
    own = _FILLED_OF_FACES.get(face.name, {})
    return own.get(error) or _FILLED.get(error) or ApiError(error)


def _schema_name(face: Face) -> str:
    """Return the name of the schema of errors, which is the core's if a face has no codes of its own."""
    return f"{_prefix(face) if face.codes else ''}ErrorAnswer"


def _prefix(face: Face) -> str:
    return "" if face is CORE else "".join(word.capitalize() for word in face.name.split("_"))


def _example_name(code: str, face: Face) -> str:
    """Return the name of the example of a code, which is the code itself if it is one of the core."""
    return code if code in {error.code for error in ERRORS.values()} else f"{_prefix(face)}.{code}"


def _rendered(failure: ApiError, face: Face) -> Any:
    """Return an error as the functions render it, with the template's default for the page of errors."""
    body = json.loads(render_error(failure, REQUEST_ID, {}, face)["body"])
    if "docs_url" in body["error"]:
        body["error"]["docs_url"] = f"{ERRORS_PAGE}#{failure.error.code}"
    return body
