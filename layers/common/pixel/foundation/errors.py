"""The errors that a caller can get: one table of codes, statuses and messages, rendered by `pixel.http.response`.

Codes are part of the API: they are never renamed or reused. A message says what is wrong and what to do. It may contain
numbers and names that this API defines, but never a value that the caller sent.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from pixel.foundation.spelling import nearest

FAULTS_SHOWN_MAX = 20
_NAME_CHARACTERS_SHOWN = 64
# Of a name as a function sends it, in JSON within JSON. The results of a thousand events with 20 unknown names each
# must fit into the 6 MB that a function may send (tests/routes/events/ingest_batch/test_sizes.py).
_NAME_BYTES_SHOWN = 84
_BYTES_OF_ESCAPED, _BYTES_OF_ESCAPED_PAIR = 7, 14  # \\\\uXXXX, and a pair of them beyond U+FFFF


class ErrorDefinition(NamedTuple):
    """The code, the HTTP status and the message template of an error."""

    code: str
    status: int
    message: str


class ErrorCode:
    """All errors of the API, by name."""

    MISSING_AUTHORIZATION = ErrorDefinition(
        "missing_authorization",
        401,
        "The Authorization header is missing; send Authorization: Bearer <api key>.",
    )
    INVALID_AUTHORIZATION_FORMAT = ErrorDefinition(
        "invalid_authorization_format",
        401,
        "The Authorization header is malformed; send Authorization: Bearer <api key>.",
    )
    INVALID_API_KEY = ErrorDefinition(
        "invalid_api_key",
        401,
        "Unknown API key; check that it is complete and belongs to this deployment.",
    )
    API_KEY_REVOKED = ErrorDefinition(
        "api_key_revoked",
        401,
        "This API key was revoked; use another one or ask the operator for a new one.",
    )
    API_KEY_EXPIRED = ErrorDefinition(
        "api_key_expired",
        401,
        "This API key has expired; ask the operator for a new one.",
    )
    INSUFFICIENT_SCOPE = ErrorDefinition(
        "insufficient_scope",
        403,
        "This route requires the scope {required}; use a key that has it.",
    )
    NOT_GRANTABLE = ErrorDefinition(
        "not_grantable",
        403,
        "A key cannot give or change more than it has; ask for what `details.grantable` lists, or use another key.",
    )
    KEY_NOT_ACTIVE = ErrorDefinition(
        "key_not_active",
        409,
        "This key is revoked or has expired, so it cannot be changed; create a new one.",
    )
    INVALID_PIPE = ErrorDefinition(
        "invalid_pipe",
        400,
        "Unknown pipe; `details.allowed` lists the available pipes.",
    )
    INVALID_VISITOR = ErrorDefinition(
        "invalid_visitor",
        400,
        "Invalid visitor id; end the path with 1 to 128 printable characters, URL-encoded.",
    )
    INVALID_QUERY = ErrorDefinition(
        "invalid_query",
        400,
        "Some query parameters are invalid; `details.fields` lists each one with the reason.",
    )
    INVALID_BODY = ErrorDefinition(
        "invalid_body",
        400,
        "The body is invalid; `details.fields` lists each invalid field with the reason.",
    )
    WEBSITE_NOT_FOUND = ErrorDefinition(
        "website_not_found",
        404,
        "Unknown website; GET /api/v1/pixel/websites lists the websites of this workspace.",
    )
    BAD_REQUEST = ErrorDefinition(
        "bad_request",
        400,
        "The gateway could not read this request; check its path, headers and body.",
    )
    NOT_FOUND = ErrorDefinition(
        "not_found",
        404,
        "Unknown route; check the path and the method.",
    )
    RECORD_NOT_FOUND = ErrorDefinition(
        "record_not_found",
        404,
        "Unknown record; list the {kind} of this workspace to see which there are.",
    )
    EVENT_NOT_FOUND = ErrorDefinition(
        "event_not_found",
        404,
        "Unknown event; check its id, and ask again in a few seconds if it was sent just now.",
    )
    SHORT_NOT_FOUND = ErrorDefinition(
        "short_not_found",
        404,
        "Unknown short link or domain; GET /api/v1/short lists the short links of this workspace.",
    )
    SHARE_NOT_FOUND = ErrorDefinition(
        "share_not_found",
        404,
        "There is no such dashboard, or it is no longer shared; ask its owner for a new link.",
    )
    PASSWORD_REQUIRED = ErrorDefinition(
        "password_required",
        401,
        "This dashboard has a password; send it as `password`.",
    )
    PASSWORD_WRONG = ErrorDefinition(
        "password_wrong",
        401,
        "The password is wrong; check it, or ask the owner of the dashboard for it.",
    )
    TOO_MANY_ATTEMPTS = ErrorDefinition(
        "too_many_attempts",
        429,
        "Too many attempts; wait {seconds} s and try again.",
    )
    SESSION_EXPIRED = ErrorDefinition(
        "session_expired",
        401,
        "The session is missing or has ended; open the dashboard again.",
    )
    PANEL_NOT_SHARED = ErrorDefinition(
        "panel_not_shared",
        403,
        "This dashboard does not share the panel {panel}; ask only for those in `details.shared`.",
    )
    DASHBOARD_UNAVAILABLE = ErrorDefinition(
        "dashboard_unavailable",
        503,
        "This server is not configured to show dashboards; ask its operator to run `pixelctl dashboard set-up`.",
    )
    ORIGIN_NOT_ALLOWED = ErrorDefinition(
        "origin_not_allowed",
        403,
        "Pages of this origin may not use this key; add its domain to the aliases of the website, or to the key.",
    )
    TOO_MANY_EVENTS = ErrorDefinition(
        "too_many_events",
        429,
        "Too many events {whose}; wait {seconds} s and send them again.",
    )
    COLLECT_UNAVAILABLE = ErrorDefinition(
        "collect_unavailable",
        503,
        "The events cannot be kept now; send them again in a few seconds.",
    )
    IDEMPOTENCY_CONFLICT = ErrorDefinition(
        "idempotency_conflict",
        409,
        "This id was used before with other contents; send those contents, or use a new id.",
    )
    ALREADY_EXISTS = ErrorDefinition(
        "already_exists",
        409,
        "Another record has this domain or name; send another value, or change that record: `details.id`, if given.",
    )
    FEATURE_NOT_AVAILABLE = ErrorDefinition(
        "feature_not_available",
        403,
        "This deployment does not have what `details.feature` names; leave it out, or ask its operator.",
    )
    SHORT_CODE_EXISTS = ErrorDefinition(
        "short_code_exists",
        409,
        "This short code is taken; choose another one.",
    )
    ALREADY_DELETED = ErrorDefinition(
        "already_deleted",
        409,
        "This record is deleted already; nothing is left to do.",
    )
    ROUTE_TAKEN = ErrorDefinition(
        "route_taken",
        409,
        "This route is taken; choose another one, or leave it out to get a random one.",
    )
    RECORD_IN_USE = ErrorDefinition(
        "record_in_use",
        409,
        "This {kind} still has links ({links}); take it off them, or send `unlink=true` to let them stay without it.",
    )
    LINKS_LEFT = ErrorDefinition(
        "links_left",
        409,
        "The time did not suffice: {links} links are left to be changed; send this request again to go on.",
    )
    LIMIT_REACHED = ErrorDefinition(
        "limit_reached",
        409,
        "There are {limit} {records} already, which is the limit; delete one first.",
    )
    SECRET_ALREADY_SHOWN = ErrorDefinition(
        "secret_already_shown",
        409,
        "This Idempotency-Key created a record whose secret was shown once and is not kept; rotate the secret.",
    )
    CONCURRENT_CHANGE = ErrorDefinition(
        "concurrent_change",
        409,
        "Other requests are changing this record at the same time; try again.",
    )
    PRECONDITION_FAILED = ErrorDefinition(
        "precondition_failed",
        412,
        "The revision of the record is not the one in If-Match; read the record again, then repeat the change.",
    )
    URL_NOT_ALLOWED = ErrorDefinition(
        "url_not_allowed",
        422,
        "This address may not be called: {because}.",
    )
    PAYLOAD_TOO_LARGE = ErrorDefinition(
        "payload_too_large",
        413,
        "The request is too large; send smaller events, or fewer of them in a batch.",
    )
    UNSUPPORTED_MEDIA_TYPE = ErrorDefinition(
        "unsupported_media_type",
        415,
        "The body {sent}; send {allowed}.",
    )
    RATE_LIMIT_EXCEEDED = ErrorDefinition(
        "rate_limit_exceeded",
        429,
        "This workspace may send {limit} requests a minute; wait {seconds} s and try again.",
    )
    QUOTA_EXCEEDED = ErrorDefinition(
        "quota_exceeded",
        429,
        "The monthly quota of this workspace is used up; ask the operator to raise it.",
    )
    INGEST_UNAVAILABLE = ErrorDefinition(
        "ingest_unavailable",
        503,
        "This server is not configured to receive events; ask its operator to store the ingest token.",
    )
    IDENTIFY_UNAVAILABLE = ErrorDefinition(
        "identify_unavailable",
        503,
        "This server is not configured to identify visitors; ask its operator to store the ingest token.",
    )
    TINYBIRD_ERROR = ErrorDefinition(
        "tinybird_error",
        503,
        "The warehouse is not responding as expected; try again in a minute, and quote the request id if it persists.",
    )
    INTERNAL_ERROR = ErrorDefinition(
        "internal_error",
        500,
        "An internal error occurred; try again, and quote the request id if it persists.",
    )


ERRORS: Final[Mapping[str, ErrorDefinition]] = {
    name: error for name, error in vars(ErrorCode).items() if isinstance(error, ErrorDefinition)
}
"""The same errors in a table, for whatever goes through all of them."""


class LoggableError(Exception):
    """A failure whose text contains nothing that a caller sent, so it may be logged."""


class ApiError(Exception):
    """An error to return to the caller. `values` fill the placeholders of its message."""

    def __init__(
        self,
        error: ErrorDefinition,
        *,
        details: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **values: str | int,
    ) -> None:
        super().__init__(error.code)
        self.error = error
        self.values = values
        self.message = error.message.format(**values)
        self.details = details
        self.headers = headers or {}

    @property
    def first_fault(self) -> str:
        """Return the sentence about the first field that is wrong, or the message if the error is about no field."""
        match self.details:
            case {"fields": [{"message": str(sentence)}, *_]}:
                return sentence
        return self.message


class FieldError(NamedTuple):
    """An error of one field: its path, its code, and a message, which never contains the value."""

    path: str
    code: str
    message: str


def field_error(error: ErrorDefinition, path: str, code: str, message: str) -> ApiError:
    """Return an API error about one field."""
    faults = FieldErrors()
    faults.add(path, code, message)
    return faults.as_error(error)


class FieldErrors:
    """The errors of a body or of a query, collected so that one response reports all of them."""

    def __init__(self) -> None:
        self.found: list[FieldError] = []

    def add(self, path: str, code: str, message: str) -> None:
        self.found.append(FieldError(path, code, message))

    def add_unknown(self, name: str, known: Collection[str], role: str, advice: str = "remove it.") -> None:
        """Add the error of an unknown name, with the most similar known name or else the advice.

        `role` describes the known names, such as "a field of this event".
        """
        shown = _shown(name)
        suggestion = nearest(name, known) if len(self.found) < FAULTS_SHOWN_MAX else None
        advice = f"did you mean `{suggestion}`?" if suggestion else advice
        self.add(shown, "unknown", f"`{shown}` is not {role}; {advice}")

    def has(self, path: str) -> bool:
        return any(fault.path == path for fault in self.found)

    def raise_any(self, error: ErrorDefinition) -> None:
        if self.found:
            raise self.as_error(error)

    def as_error(self, error: ErrorDefinition) -> ApiError:
        """Return the API error, with the first field errors and, if there are more, their total."""
        details: dict[str, object] = {"fields": [fault._asdict() for fault in self.found[:FAULTS_SHOWN_MAX]]}
        if len(self.found) > FAULTS_SHOWN_MAX:
            details["total"] = len(self.found)
        return ApiError(error, details=details)


def _shown(name: str) -> str:
    """Return the beginning of a name that a caller chose, as far as a response may contain it."""
    beginning, room = name[:_NAME_CHARACTERS_SHOWN], _NAME_BYTES_SHOWN
    for place, character in enumerate(beginning):
        is_plain = " " <= character <= "~" and character not in '"\\'
        room -= 1 if is_plain else _BYTES_OF_ESCAPED_PAIR if character > "\uffff" else _BYTES_OF_ESCAPED
        if room < 0:
            return beginning[:place]
    return beginning
