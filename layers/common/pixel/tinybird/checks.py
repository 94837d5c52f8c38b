"""Proof that Tinybird takes what this API would send it: a token like those that callers get, and rows.

The health route and the canary ask, so a wrong token, workspace or host is found before a caller meets it.
"""

import json
from collections.abc import Callable
from http import HTTPStatus

from pixel.foundation.errors import LoggableError
from pixel.foundation.observability import logger
from pixel.tinybird import PAGEVIEWS, client, tokens
from pixel.tinybird.client import Patience
from pixel.tinybird.credentials import INGEST_TOKEN, read_token

_PIPE = "p_pixel_healthcheck"
_NOBODY = "ws_canary"  # no workspace has this id, so the pipe reads no rows
# Twice, because a connection that was kept while the container was frozen is often dead.
_PATIENCE = Patience(attempts=2, answer_seconds=2, total_seconds=4, body_bytes_max=100_000)
# An append without rows changes nothing. Tinybird looks at the token first: 400 is about the missing rows.
_APPEND_ADMITTED: dict[int, str] = {
    HTTPStatus.OK: "quarantined_rows",
    HTTPStatus.ACCEPTED: "quarantined_rows",
    HTTPStatus.BAD_REQUEST: "error",
}


class CheckFailedError(LoggableError):
    pass


def check_tokens() -> None:
    token = tokens.mint(_PIPE, {"workspace_id": _NOBODY}, name=_NOBODY)
    answer = client.get(f"/v0/pipes/{_PIPE}.json", {}, token.text, _PATIENCE)
    if answer.status != HTTPStatus.OK or not _has_field(answer.body, "data"):
        raise CheckFailedError(f"{answer.status}, which is not Tinybird's answer to a token it takes")


def check_ingest() -> None:
    token = read_token(INGEST_TOKEN)
    answer = client.post("/v0/events", {"name": PAGEVIEWS}, token, b"", _PATIENCE)
    expected = _APPEND_ADMITTED.get(answer.status)
    if expected is None or not _has_field(answer.body, expected):
        raise CheckFailedError(f"{answer.status}, which is not Tinybird's answer to an append it takes")


def passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except LoggableError as failure:
        logger.error("check failed", check=name, reason=f"{type(failure).__name__}: {failure}")
        return False
    return True


def _has_field(body: bytes, name: str) -> bool:
    """Tell whether a body is an object with this field: some hosts answer 200 to everything."""
    try:
        return name in json.loads(body)
    except (ValueError, TypeError):
        return False
