"""What the documents say of the API of short links as a whole: words, parameters, envelopes and failures."""

from pixel.faces.smart_links import LINKS, LinksScope
from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.links.labels import LABELS_MAX
from pixel.smart_links.paging import LIMIT_MAX, REACH
from tools.openapi.schema import Schema, array, integer, record, ref, schema, text

LINKS_TAG = "Short links"
LABELS_TAG = "Labels of links"
WORKSPACE_TAG = "Workspace of links"
RULES_TAG = "Rules of short links"
TAGS = {
    LINKS_TAG: "Links, by the API of their own: one, several, up to a hundred at once.",
    RULES_TAG: "Where a link leads under conditions: the first rule that matches, lower `priority` first, gives the "
    "destination. Text compares without regard to case. What is absent makes `notX` and `notExists` true, and all else "
    "false.",
    LABELS_TAG: "Campaigns, tags, folders, templates of UTM parameters and pixels, and a search over all of them.",
    WORKSPACE_TAG: "The workspace of the key that asks.",
}
ABOUT = f"""\
Short links of a workspace, as Linquid's API has them: programs written for that service work with this address and with
a key of this system, which has scopes such as `{LinksScope.LINKS_READ}` and `{LinksScope.LINKS_WRITE}`.

- **Keys**: `X-API-Key: <key>`, or `Authorization: Bearer <key>`.
- **Answers** are `success` and `data`, a list has its `pagination` beside; errors are `success`, `error` and
  `meta.request_id`. Branch on `error.code`.
- **Rate limit**: {LINKS.requests:,} requests an hour for a workspace. `X-RateLimit-*` says what is left, `Retry-After`
  of a 429 how long to wait.
- **Times** are ISO 8601 in UTC with milliseconds; in requests in any time zone.
- **PATCH** changes what is sent; null clears a field, an array replaces one.
- **Idempotency-Key**: the same request with it creates one record within 24 hours, however often it is sent.
- Unknown fields and parameters are refused. What is of another workspace does not exist.
"""
SERVERS: list[Schema] = [
    {
        "url": "http://127.0.0.1:{port}",
        "description": "The embedded stack, make run",
        "variables": {"port": {"default": "8787"}},
    },
    {
        "url": "https://{api}.execute-api.{region}.amazonaws.com/{stage}",
        "description": "A deployed stack, its output LinksApiUrl",
        "variables": {
            "api": {"default": "a1b2c3d4e5"},
            "region": {"default": "eu-central-1"},
            "stage": {"default": "live"},
        },
    },
]
SENDING = (
    ErrorCode.INVALID_BODY,
    ErrorCode.PAYLOAD_TOO_LARGE,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
)
CREATING = (*SENDING, ErrorCode.IDEMPOTENCY_CONFLICT, ErrorCode.CONCURRENT_CHANGE)
FAILURES = {
    ErrorCode.INSUFFICIENT_SCOPE: ApiError(
        ErrorCode.INSUFFICIENT_SCOPE,
        details={"required": LinksScope.LINKS_WRITE, "available": [LinksScope.LINKS_READ]},
        required=LinksScope.LINKS_WRITE,
    ),
    ErrorCode.INVALID_QUERY: field_error(
        ErrorCode.INVALID_QUERY, "limit", "invalid", f"`limit` must be a whole number from 1 to {LIMIT_MAX}."
    ),
    ErrorCode.INVALID_BODY: field_error(
        ErrorCode.INVALID_BODY, "destinationUrl", "missing", "`destinationUrl` is required."
    ),
    ErrorCode.LIMIT_REACHED: ApiError(
        ErrorCode.LIMIT_REACHED, details={"limit": LABELS_MAX}, limit=f"{LABELS_MAX:,}", records="tags"
    ),
    ErrorCode.FEATURE_NOT_AVAILABLE: ApiError(ErrorCode.FEATURE_NOT_AVAILABLE, details={"feature": "edge"}),
    ErrorCode.RECORD_NOT_FOUND: ApiError(ErrorCode.RECORD_NOT_FOUND, kind="link"),
    ErrorCode.PAYLOAD_TOO_LARGE: ApiError(ErrorCode.PAYLOAD_TOO_LARGE, details={"limit_bytes": 262_144}),
    ErrorCode.RATE_LIMIT_EXCEEDED: ApiError(
        ErrorCode.RATE_LIMIT_EXCEEDED,
        details={"limit": LINKS.requests, "window": "1 hour"},
        limit=LINKS.requests,
        window="1 hour",
        seconds=17,
    ),
}
"""Examples of errors that differ from those of the core."""

MOMENT = text(format="date-time", pattern=r"\.\d{3}Z$")


def parameters() -> dict[str, Schema]:
    """Return the parameters that several routes take, by name."""
    return {
        "page": query(
            "page", f"From 1. `page` times `limit` is at most {REACH:,}.", integer(minimum=1, maximum=REACH, default=1)
        ),
        "page_limit": query("limit", "Records on a page.", integer(minimum=1, maximum=LIMIT_MAX, default=20)),
    }


PAGE = (ref("parameters", "page"), ref("parameters", "page_limit"))


def schemas() -> dict[str, Schema]:
    """Return the schemas that several routes share, by name."""
    count = integer(minimum=0)
    return {
        "Pagination": record(
            {
                "total": {**count, "description": f"At most {REACH:,}."},
                "page": integer(minimum=1),
                "limit": integer(minimum=1, maximum=LIMIT_MAX),
                "hasMore": {"type": "boolean"},
                "totalIsLowerBound": {"type": "boolean", "description": "There where more are than `total` says."},
            },
            optional=("totalIsLowerBound",),
        ),
        "LinkError": record(
            {"code": text("As of a request of its own."), "message": text(), "details": schema("ErrorDetails")},
            optional=("details",),
        ),
        "DeletedRecord": record({"id": text(), "deleted": {"type": "boolean", "const": True}}),
    }


def one(data: Schema) -> Schema:
    """Return the answer with one thing."""
    return {"application/json": {"schema": record({"success": _SUCCESS, "data": data})}}


def page_of(data: Schema) -> Schema:
    """Return the answer with a page of a list."""
    fields = {"success": _SUCCESS, "data": array(data), "pagination": schema("Pagination")}
    return {"application/json": {"schema": record(fields)}}


def body(name: str) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema(name)}}}


def query(name: str, description: str, described: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": described}


def path(name: str, description: str, example: str, described: Schema | None = None) -> Schema:
    shown = described or text()
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": shown,
        "example": example,
    }


_SUCCESS: Schema = {"type": "boolean", "const": True}
