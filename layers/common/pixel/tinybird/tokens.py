"""Short-lived Tinybird tokens: JWTs that read one pipe with fixed parameters."""

from collections.abc import Mapping
from typing import NamedTuple

import jwt

from pixel.foundation.clock import epoch_seconds
from pixel.foundation.settings import settings
from pixel.tinybird.credentials import ADMIN_TOKEN, read_token

VALID_SECONDS = 120
_REQUESTS_PER_SECOND = 50  # of all tokens of an API key together, because Tinybird counts by name


class Token(NamedTuple):
    """A token for a pipe, and the URL to use it with."""

    text: str
    pipe: str
    url: str
    expires_at: int


def mint(pipe: str, fixed: Mapping[str, str], *, name: str) -> Token:
    """Return a token for a pipe, signed without calling Tinybird. Requests cannot override the `fixed` parameters."""
    secret = read_token(ADMIN_TOKEN)
    expires_at = int(epoch_seconds()) + VALID_SECONDS
    claims = {
        "workspace_id": settings().tinybird_workspace_id,
        "name": name,
        "exp": expires_at,
        "scopes": [{"type": "PIPES:READ", "resource": pipe, "fixed_params": dict(fixed)}],
        "limits": {"rps": _REQUESTS_PER_SECOND},
    }
    text = jwt.encode(claims, secret, algorithm="HS256")
    return Token(text, pipe, f"{settings().tinybird_url}/v0/pipes/{pipe}.json", expires_at)
