"""Proof that Tinybird takes what this API would send it: a token like those that callers get, and rows.

The health route and the canary ask, so a wrong token, workspace or host is found before a caller meets it.
"""

from collections.abc import Callable
from http import HTTPStatus

from pixel import tinybird, tinybird_tokens
from pixel.aws import AwsError
from pixel.config import ConfigurationError
from pixel.errors import LoggableError
from pixel.logs import logger
from pixel.parameter_store import read_secret
from pixel.tinybird import Patience, TinybirdUnreachableError

INGEST_TOKEN = "tinybird-ingest-token"  # noqa: S105 - the name of one
_PIPE = "p_pixel_healthcheck"
_NOBODY = "ws_canary"  # no workspace has this id, so the pipe reads no rows
_DATASOURCE = "pageviews"
_PATIENCE = Patience(attempts=1, answer_seconds=2, total_seconds=2, body_bytes_max=100_000)
# An append without rows changes nothing. Tinybird looks at the token first: 400 is about the missing rows.
_APPEND_ADMITTED = {HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.BAD_REQUEST}


class CheckFailedError(LoggableError):
    pass


def check_tokens() -> None:
    token = tinybird_tokens.mint(_PIPE, {"workspace_id": _NOBODY}, name=_NOBODY)
    answer = tinybird.get(f"/v0/pipes/{_PIPE}.json", {}, token.text, _PATIENCE)
    if answer.status != HTTPStatus.OK:
        raise CheckFailedError(f"Tinybird answers {answer.status} to a minted token")


def check_ingest() -> None:
    token = read_secret(INGEST_TOKEN)
    answer = tinybird.post("/v0/events", {"name": _DATASOURCE}, token, b"", _PATIENCE)
    if answer.status not in _APPEND_ADMITTED:
        raise CheckFailedError(f"Tinybird answers {answer.status} to an append")


def passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except (AwsError, CheckFailedError, ConfigurationError, TinybirdUnreachableError) as failure:
        logger.error("check failed", check=name, reason=f"{type(failure).__name__}: {failure}")
        return False
    return True
