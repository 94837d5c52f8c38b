"""Short-lived Tinybird tokens: JWTs that read one pipe, with parameters that nobody can change.

Tinybird takes a JWT signed with the workspace's admin token. One signed with the token of another workspace, or of a
person, is refused only where a dashboard uses it: so such a token is refused here (docs/decisions/0013).
"""

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import NamedTuple

import jwt

from pixel.clock import epoch_seconds
from pixel.config import ConfigurationError, settings
from pixel.parameter_store import read_secret, reread_secret

ADMIN_TOKEN = "tinybird-admin-token"  # noqa: S105 - the name of one
VALID_SECONDS = 120
_REQUESTS_PER_SECOND = 50  # of all tokens of an API key together: Tinybird counts by name


class Token(NamedTuple):
    text: str
    pipe: str
    url: str
    expires_at: int


def mint(pipe: str, fixed: Mapping[str, str], *, name: str) -> Token:
    """Signed here, without a call to Tinybird. `fixed` wins over whatever stands in the address."""
    secret = _checked(read_secret(ADMIN_TOKEN))
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


def admin_token_was_exchanged() -> bool:
    """Asked when Tinybird refuses a token: whether the next one would be signed with another secret."""
    before = read_secret(ADMIN_TOKEN)
    return reread_secret(ADMIN_TOKEN) != before


def _checked(admin_token: str) -> str:
    """The middle of a Tinybird token says in `u` whose it is."""
    try:
        payload = admin_token.split(".")[1]
        owner = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["u"]
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        raise ConfigurationError(f"{ADMIN_TOKEN} is no token of a Tinybird workspace") from None
    if owner != settings().tinybird_workspace_id:
        raise ConfigurationError(f"{ADMIN_TOKEN} belongs to another Tinybird workspace than TinybirdWorkspaceId names")
    return admin_token
