"""Short-lived Tinybird tokens: JWTs that read one pipe with fixed parameters."""

from collections.abc import Mapping
from typing import NamedTuple

import jwt

from pixel.foundation.clock import epoch_seconds
from pixel.foundation.settings import settings
from pixel.tinybird.credentials import ADMIN_TOKEN, read_token

VALID_SECONDS = 120
REFRESH_SECONDS = 90  # from then on a dashboard should ask for another token
_REQUESTS_PER_SECOND = 50  # of all tokens of an API key together, because Tinybird counts by name


class Token(NamedTuple):
    """A token for a pipe, and the URL to use it with."""

    text: str
    pipe: str
    url: str
    expires_at: int


def mint(pipe: str, fixed: Mapping[str, str], *, name: str) -> Token:
    """Return a token for a pipe, signed without calling Tinybird. Requests cannot override the `fixed` parameters."""
    text, expires_at = sign({pipe: fixed}, name=name)
    return Token(text, pipe, url_of(pipe), expires_at)


def sign(fixed_by_pipe: Mapping[str, Mapping[str, str]], *, name: str) -> tuple[str, int]:
    """Return the text of a token for several pipes, each with its own fixed parameters, and when it expires."""
    secret = read_token(ADMIN_TOKEN)
    expires_at = int(epoch_seconds()) + VALID_SECONDS
    claims = {
        "workspace_id": settings().tinybird_workspace_id,
        "name": name,
        "exp": expires_at,
        "scopes": [
            {"type": "PIPES:READ", "resource": pipe, "fixed_params": dict(fixed)}
            for pipe, fixed in fixed_by_pipe.items()
        ],
        "limits": {"rps": _REQUESTS_PER_SECOND},
    }
    return jwt.encode(claims, secret, algorithm="HS256"), expires_at


def url_of(pipe: str) -> str:
    """Return the URL at which a token for the pipe is used."""
    return f"{settings().tinybird_url}/v0/pipes/{pipe}.json"
