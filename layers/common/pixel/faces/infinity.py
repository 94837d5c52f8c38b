"""The face of Infinity Metrics: programs written for that API work with another address and another key."""

from enum import StrEnum
from typing import Final

from pixel.faces.face import Face, LimitClass
from pixel.foundation.errors import ErrorCode, ErrorDefinition


class SiteScope(StrEnum):
    """What a key of one website allows."""

    READ = "site:read"
    WRITE = "site:write"


INGEST: Final = LimitClass("ingest", 1000, 60, "{key_id}#ingest{seconds}", (SiteScope.WRITE,))
READ: Final = LimitClass("read", 100, 60, "{key_id}#read{seconds}", (SiteScope.READ,))

_INVALID, _FORBIDDEN = "INVALID_REQUEST", "FORBIDDEN"
_INVALID_FIELDS = ErrorDefinition(_INVALID, 400, "{fault}")

INFINITY: Final = Face(
    name="infinity",
    paths=("/api/v1/events", "/api/v1/analytics"),
    success=lambda data, _meta: data,
    failure=lambda error, _meta: f'{{"error":{error}}}',
    scopes=tuple(SiteScope),
    limits=(INGEST, READ),
    codes={
        400: _INVALID,
        401: "UNAUTHORIZED",
        403: _FORBIDDEN,
        409: "CONFLICT",
        413: "PAYLOAD_TOO_LARGE",
        415: "UNSUPPORTED_MEDIA_TYPE",
        429: "RATE_LIMITED",
        500: "INTERNAL_ERROR",
        503: "SERVICE_UNAVAILABLE",
    },
    errors={
        ErrorCode.INVALID_BODY: _INVALID_FIELDS,
        ErrorCode.INVALID_QUERY: _INVALID_FIELDS,
        ErrorCode.WEBSITE_NOT_FOUND: ErrorDefinition(
            _FORBIDDEN, 403, "The website of this key was deleted; ask the operator for a key of another one."
        ),
        ErrorCode.PAYLOAD_TOO_LARGE: ErrorDefinition(
            "PAYLOAD_TOO_LARGE", 413, "The event is too large; send less in `metadata`."
        ),
        ErrorCode.RATE_LIMIT_EXCEEDED: ErrorDefinition(
            "RATE_LIMITED",
            429,
            "This key may send {limit} such requests in {window}; wait {seconds} s and try again.",
        ),
    },
    error_headers={503: {"Retry-After": "5"}},
    headers=lambda request_id: {"X-Request-Id": request_id},
    is_of_one_website=True,
)
