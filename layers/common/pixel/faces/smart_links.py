"""The face of Linquid: the API of short links, for programs written for that service with another address and key."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pixel.faces.face import Face, LimitClass
from pixel.foundation.errors import ErrorCode, ErrorDefinition


class LinksScope(StrEnum):
    """What a key allows on the API of short links. None implies another."""

    LINKS_READ = "links:read"
    LINKS_WRITE = "links:write"
    RULES_READ = "rules:read"
    RULES_WRITE = "rules:write"
    CAMPAIGNS_READ = "campaigns:read"
    CAMPAIGNS_WRITE = "campaigns:write"
    ANALYTICS_READ = "analytics:read"
    PIXELS_READ = "pixels:read"
    PIXELS_WRITE = "pixels:write"
    WORKSPACE_READ = "workspace:read"
    KEYS_WRITE = "keys:write"


LINKS: Final = LimitClass("links", 1000, 3600, "{workspace_id}#links{seconds}", tuple(LinksScope))
"""All routes count together, those of all keys of the workspace too."""

_UNAUTHORIZED, _INVALID_KEY = "UNAUTHORIZED", "INVALID_API_KEY"
_CONFLICT: Final = "CONFLICT"


def _beside(meta: Mapping[str, object]) -> str:
    """Return what stands beside the data, such as the page of a list, as members of a JSON object."""
    return "".join(
        f',"{name}":{json.dumps(value, separators=(",", ":"))}' for name, value in meta.items() if name != "request_id"
    )


def _request_id(meta: Mapping[str, object]) -> str:
    return json.dumps({"request_id": meta["request_id"]}, separators=(",", ":"))


SMART_LINKS: Final = Face(
    name="smart_links",
    paths=tuple(
        f"/api/{noun}"
        for noun in (
            *("links", "search", "rules", "campaigns", "analytics"),
            *("tags", "folders", "utm-templates", "qr", "pixels", "workspaces"),
        )
    ),
    success=lambda data, meta: f'{{"success":true,"data":{data}{_beside(meta)}}}',
    failure=lambda error, meta: f'{{"success":false,"error":{error},"meta":{_request_id(meta)}}}',
    scopes=tuple(LinksScope),
    limits=(LINKS,),
    codes={
        400: "VALIDATION_ERROR",
        401: _INVALID_KEY,
        403: "FORBIDDEN",
        404: "NOT_FOUND",
        409: _CONFLICT,
        412: _CONFLICT,
        413: "PAYLOAD_TOO_LARGE",
        415: "UNSUPPORTED_MEDIA_TYPE",
        429: "RATE_LIMITED",
        500: "INTERNAL_ERROR",
        503: "ANALYTICS_ERROR",
    },
    errors={
        ErrorCode.MISSING_AUTHORIZATION: ErrorDefinition(
            _UNAUTHORIZED, 401, "The API key is missing; send X-API-Key: <api key>."
        ),
        ErrorCode.INVALID_AUTHORIZATION_FORMAT: ErrorDefinition(
            _UNAUTHORIZED,
            401,
            "The API key is malformed, or there are two; send X-API-Key: <api key> or Authorization: Bearer <api key>.",
        ),
        ErrorCode.RECORD_NOT_FOUND: ErrorDefinition(
            "NOT_FOUND", 404, "There is no such {kind} in this workspace; check its id."
        ),
        ErrorCode.QUOTA_EXCEEDED: ErrorDefinition("RATE_LIMITED", 429, ErrorCode.QUOTA_EXCEEDED.message),
        ErrorCode.ALREADY_EXISTS: ErrorDefinition(
            _CONFLICT, 409, "Another record of this workspace has this externalId or name; send another one."
        ),
        ErrorCode.SHORT_CODE_EXISTS: ErrorDefinition("SHORT_CODE_EXISTS", 409, ErrorCode.SHORT_CODE_EXISTS.message),
        ErrorCode.FEATURE_NOT_AVAILABLE: ErrorDefinition(
            "FEATURE_NOT_AVAILABLE", 403, ErrorCode.FEATURE_NOT_AVAILABLE.message
        ),
        ErrorCode.ALREADY_DELETED: ErrorDefinition("ALREADY_DELETED", 409, ErrorCode.ALREADY_DELETED.message),
        ErrorCode.PAYLOAD_TOO_LARGE: ErrorDefinition(
            "PAYLOAD_TOO_LARGE", 413, "The body is too large; send fewer links at once."
        ),
        ErrorCode.RATE_LIMIT_EXCEEDED: ErrorDefinition(
            "RATE_LIMITED", 429, "This workspace may send {limit} requests in {window}; wait {seconds} s and try again."
        ),
    },
    error_headers={503: {"Retry-After": "5"}},
    headers=lambda request_id: {"X-Request-Id": request_id},
    key_header="x-api-key",
    has_own_api=True,
)
