"""Checks that Tinybird accepts what this API sends: a token like those of callers, and rows.

The health route and the canary run them, so that a wrong token, workspace or host is found before callers are affected.
"""

import json
from collections.abc import Callable
from http import HTTPStatus

from pixel.foundation.errors import LoggableError
from pixel.foundation.observability import logger
from pixel.tinybird import PAGEVIEWS, client, tokens
from pixel.tinybird.client import RetryPolicy
from pixel.tinybird.credentials import INGEST_TOKEN, read_token

_PIPE = "p_pixel_healthcheck"
_NOBODY = "ws_canary"  # no workspace has this id, so the pipe reads no rows
# Two attempts, because a persistent connection is often closed while the container is frozen.
_RETRY_POLICY = RetryPolicy(attempts=2, response_seconds=2, total_seconds=4, body_bytes_max=100_000)
# An append without rows changes nothing. Tinybird checks the token first, so 400 refers to the missing rows.
_APPEND_ADMITTED: dict[int, str] = {
    HTTPStatus.OK: "quarantined_rows",
    HTTPStatus.ACCEPTED: "quarantined_rows",
    HTTPStatus.BAD_REQUEST: "error",
}


class CheckFailedError(LoggableError):
    """Tinybird did not respond as it does to a valid request."""


def check_tokens() -> None:
    """Check that Tinybird accepts a token. Raises LoggableError."""
    token = tokens.mint(_PIPE, {"workspace_id": _NOBODY}, name=_NOBODY)
    response = client.get(f"/v0/pipes/{_PIPE}.json", {}, token.text, _RETRY_POLICY)
    if response.status != HTTPStatus.OK or not _has_field(response.body, "data"):
        raise CheckFailedError(
            f"{response.status}, unexpected for a valid token; check the admin token, the workspace id and the host"
        )


def check_ingest() -> None:
    """Check that Tinybird accepts an append of rows. Raises LoggableError."""
    token = read_token(INGEST_TOKEN)
    response = client.post("/v0/events", {"name": PAGEVIEWS}, token, b"", _RETRY_POLICY)
    expected = _APPEND_ADMITTED.get(response.status)
    if expected is None or not _has_field(response.body, expected):
        raise CheckFailedError(f"{response.status}, unexpected for a valid append; check the ingest token and the host")


def passes(name: str, check: Callable[[], None]) -> bool:
    """Run a check, log its failure, and return whether it passed."""
    try:
        check()
    except LoggableError as failure:
        logger.error("check failed", check=name, reason=f"{type(failure).__name__}: {failure}")
        return False
    return True


def _has_field(body: bytes, name: str) -> bool:
    """Return whether a body is an object with this field, because some hosts respond 200 to every request."""
    try:
        return name in json.loads(body)
    except (ValueError, TypeError, RecursionError):
        return False
