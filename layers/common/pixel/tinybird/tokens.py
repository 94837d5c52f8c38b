"""Short-lived Tinybird tokens: JWTs that read one pipe, with parameters that nobody can change.

Made here, because PyJWT's verifying half was a fifth of a start (docs/decisions/0027); tests hold them against it.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import NamedTuple

from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.settings import settings
from pixel.tinybird.credentials import ADMIN_TOKEN, read_token

VALID_SECONDS = 120
_REQUESTS_PER_SECOND = 50  # of all tokens of an API key together: Tinybird counts by name


class Token(NamedTuple):
    text: str
    pipe: str
    url: str
    expires_at: int


def mint(pipe: str, fixed: Mapping[str, str], *, name: str) -> Token:
    """Signed here, without a call to Tinybird. `fixed` wins over whatever stands in the address."""
    secret = read_token(ADMIN_TOKEN)
    expires_at = int(epoch_seconds()) + VALID_SECONDS
    claims = {
        "workspace_id": settings().tinybird_workspace_id,
        "name": name,
        "exp": expires_at,
        "scopes": [{"type": "PIPES:READ", "resource": pipe, "fixed_params": dict(fixed)}],
        "limits": {"rps": _REQUESTS_PER_SECOND},
    }
    return Token(_signed(claims, secret), pipe, f"{settings().tinybird_url}/v0/pipes/{pipe}.json", expires_at)


def _signed(claims: JsonObject, secret: str) -> str:
    """A JWT under HS256, as RFC 7515 writes it."""
    unsigned = f"{_HEAD}.{_encoded(json.dumps(claims, separators=(',', ':')).encode())}"
    return f"{unsigned}.{_encoded(hmac.digest(secret.encode(), unsigned.encode(), 'sha256'))}"


def _encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()


_HEAD = _encoded(b'{"alg":"HS256","typ":"JWT"}')
