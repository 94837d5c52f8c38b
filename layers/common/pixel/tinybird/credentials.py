"""Tokens of the configured Tinybird workspace, from the parameter store.

One of another workspace, or of a person, signs and sends as well as ours, and is refused where a dashboard or an event
depends on it: so it is refused here, before it is used (docs/decisions/0013).
"""

import binascii
import json
from base64 import urlsafe_b64decode

from pixel.aws.secrets import read_secret, reread_secret
from pixel.foundation.settings import ConfigurationError, settings

# The names of the two, not the tokens.
ADMIN_TOKEN = "tinybird-admin-token"  # noqa: S105 - a name
INGEST_TOKEN = "tinybird-ingest-token"  # noqa: S105 - a name


def read_token(name: str) -> str:
    return _checked(name, read_secret(name))


def was_exchanged(name: str) -> bool:
    """Tell whether a token that Tinybird refused has been exchanged, so that the next attempt uses another one."""
    before = read_secret(name)
    return reread_secret(name) != before


def _checked(name: str, token: str) -> str:
    """Refuse a token of another workspace: the payload of a Tinybird token names its workspace in `u`."""
    try:
        payload = token.split(".")[1]
        owner = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["u"]
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        raise ConfigurationError(f"{name} is no token of a Tinybird workspace") from None
    if owner != settings().tinybird_workspace_id:
        raise ConfigurationError(f"{name} belongs to another Tinybird workspace than TinybirdWorkspaceId names")
    return token
