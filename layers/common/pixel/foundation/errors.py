"""Every failure that a caller can meet: a row in one table, rendered in one place (`pixel.http.response`).

Codes are part of the API: never renamed, never reused. A message is a sentence that says what to do; it may hold
numbers and names of ours, never a value that the caller sent.
"""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

FAULTS_SHOWN_MAX = 20
_NAME_CHARACTERS_SHOWN = 64
_LIKENESS_MIN = 0.7


class ErrorRow(NamedTuple):
    code: str
    status: int
    message: str


class ErrorCode(ErrorRow, Enum):
    MISSING_AUTHORIZATION = (
        "missing_authorization",
        401,
        "Send an Authorization header: Bearer <api key>.",
    )
    INVALID_AUTHORIZATION_FORMAT = (
        "invalid_authorization_format",
        401,
        "Write the Authorization header as Bearer, one space and the API key.",
    )
    INVALID_API_KEY = (
        "invalid_api_key",
        401,
        "No such API key; check for a missing character and that the key belongs to this deployment.",
    )
    API_KEY_REVOKED = (
        "api_key_revoked",
        401,
        "This API key was revoked; use another one or ask the operator for a new one.",
    )
    API_KEY_EXPIRED = (
        "api_key_expired",
        401,
        "This API key has expired; ask the operator for a new one.",
    )
    INSUFFICIENT_SCOPE = (
        "insufficient_scope",
        403,
        "This route requires the scope {required}; use a key that has it.",
    )
    INVALID_PIPE = (
        "invalid_pipe",
        400,
        "There is no such pipe; details.allowed names those there are.",
    )
    INVALID_VISITOR = (
        "invalid_visitor",
        400,
        "End the path with the visitor's id, URL-encoded: 1 to 128 printable characters.",
    )
    INVALID_QUERY = (
        "invalid_query",
        400,
        "Some query parameters cannot be used; details.fields says which and why.",
    )
    INVALID_BODY = (
        "invalid_body",
        400,
        "The body cannot be used; details.fields says what is wrong with which part of it.",
    )
    WEBSITE_NOT_FOUND = (
        "website_not_found",
        404,
        "This workspace has no such website; GET /api/v1/pixel/websites lists those it has.",
    )
    BAD_REQUEST = (
        "bad_request",
        400,
        "The gateway could not read this request; check its path, headers and body.",
    )
    NOT_FOUND = (
        "not_found",
        404,
        "There is no such route; check the path and the method.",
    )
    IDEMPOTENCY_CONFLICT = (
        "idempotency_conflict",
        409,
        "This event id was taken by an event with other contents; send the same contents again, or a new id.",
    )
    PAYLOAD_TOO_LARGE = (
        "payload_too_large",
        413,
        "The request is too large; send less at once.",
    )
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported_media_type",
        415,
        "Declare the body by its Content-Type: {allowed}; it may be packed with gzip.",
    )
    RATE_LIMIT_EXCEEDED = (
        "rate_limit_exceeded",
        429,
        "This workspace may send {limit} requests a minute; wait {seconds} s and try again.",
    )
    QUOTA_EXCEEDED = (
        "quota_exceeded",
        429,
        "The monthly quota of this workspace is used up; ask the operator to raise it.",
    )
    INGEST_UNAVAILABLE = (
        "ingest_unavailable",
        503,
        "This server is not set up to take events; ask its operator to store the ingest token.",
    )
    IDENTIFY_UNAVAILABLE = (
        "identify_unavailable",
        503,
        "This server is not set up to identify visitors; ask its operator to store the ingest token.",
    )
    TINYBIRD_ERROR = (
        "tinybird_error",
        503,
        "The warehouse does not answer as it should; try again in a minute, and quote the request id if it persists.",
    )
    INTERNAL_ERROR = (
        "internal_error",
        500,
        "Something failed on our side; try again, and quote the request id if it persists.",
    )


class LoggableError(Exception):
    """A failure whose text is all ours, so that log lines may hold it."""


class ApiError(Exception):
    """A failure to show to the caller. `values` fill the placeholders of the row's sentence."""

    def __init__(
        self,
        error: ErrorCode,
        *,
        details: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **values: str | int,
    ) -> None:
        super().__init__(error.code)
        self.error = error
        self.message = error.message.format(**values)
        self.details = details
        self.headers = headers or {}


class FieldError(NamedTuple):
    """A fault of one field: its path, its kind, and a message that says what to do and never holds the value."""

    path: str
    code: str
    message: str


def field_error(error: ErrorCode, path: str, code: str, message: str) -> ApiError:
    """Return an error about one field."""
    faults = FieldErrors()
    faults.add(path, code, message)
    return faults.as_error(error)


class FieldErrors:
    """The faults of a body or of a query, gathered to be answered all at once."""

    def __init__(self) -> None:
        self.found: list[FieldError] = []

    def add(self, path: str, code: str, message: str) -> None:
        self.found.append(FieldError(path[:_NAME_CHARACTERS_SHOWN], code, message))

    def add_unknown(self, name: str, known: Collection[str], role: str, advice: str = "remove it.") -> None:
        """Add the fault of a name that does not exist, with the nearest known one or else the advice.

        `role` says what the name is not, such as "a field of this event".
        """
        shown = name[:_NAME_CHARACTERS_SHOWN]
        nearest = _nearest(shown, frozenset(known)) if len(self.found) < FAULTS_SHOWN_MAX else None
        advice = f"did you mean `{nearest}`?" if nearest else advice
        self.add(shown, "unknown", f"`{shown}` is not {role}; {advice}")

    def has(self, path: str) -> bool:
        return any(fault.path == path for fault in self.found)

    def raise_any(self, error: ErrorCode) -> None:
        if self.found:
            raise self.as_error(error)

    def as_error(self, error: ErrorCode) -> ApiError:
        """Return the error, with the first faults and, where there are more, the number of all."""
        details: dict[str, object] = {"fields": [fault._asdict() for fault in self.found[:FAULTS_SHOWN_MAX]]}
        if len(self.found) > FAULTS_SHOWN_MAX:
            details["total"] = len(self.found)
        return ApiError(error, details=details)


@lru_cache(maxsize=256)  # a sender that misspells a name does so in every event
def _nearest(name: str, known: frozenset[str]) -> str | None:
    """Return the known name that is most like this one, if any is much like it."""
    return next(iter(get_close_matches(name, sorted(known), n=1, cutoff=_LIKENESS_MIN)), None)
