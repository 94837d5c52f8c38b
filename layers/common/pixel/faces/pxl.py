"""The face of Pxl: programs written for its API of short links work with another address and another token."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pixel.faces.face import Allowance, Face, LimitClass
from pixel.faces.pixel_api import CORE
from pixel.foundation.errors import ErrorCode, ErrorDefinition


class ShortScope(StrEnum):
    """What a token of Pxl allows."""

    READ = "short:read"
    WRITE = "short:write"
    INSIGHT = "insight:read"


DAY: Final = LimitClass("pxl", 500, 86_400, "{key_id}#day", tuple(ShortScope))
"""All routes count together, for each token: 500 in a day of UTC."""


def _limit_headers(allowance: Allowance) -> Mapping[str, str]:
    return {
        "x-ratelimit-limit": str(allowance.limit),
        "x-ratelimit-remaining": str(allowance.remaining),
        "x-ratelimit-reset": str(allowance.resets_at),
        "x-ratelimit-latency": str(allowance.latency_ms),
    }


PXL: Final = Face(
    name="pxl",
    paths=("/api/v1/short", "/api/v1/insight"),
    success=lambda data, _meta: data,
    failure=CORE.failure,
    scopes=tuple(ShortScope),
    limits=(DAY,),
    errors={
        ErrorCode.PAYLOAD_TOO_LARGE: ErrorDefinition(
            ErrorCode.PAYLOAD_TOO_LARGE.code, 413, "The body is too large; send shorter fields."
        ),
        ErrorCode.RATE_LIMIT_EXCEEDED: ErrorDefinition(
            ErrorCode.RATE_LIMIT_EXCEEDED.code,
            429,
            "This token may send {limit} requests in {window}; wait {seconds} s and try again.",
        ),
    },
    limit_headers=_limit_headers,
    shows_docs=True,
)
