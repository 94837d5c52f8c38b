"""The tokens of the configured Tinybird workspace, from the parameter store.

A token of another workspace would sign tokens and send rows without an error here, and only dashboards and events would
fail. It is therefore rejected before it is used (docs/decisions/0013).
"""

import binascii
import json
from base64 import urlsafe_b64decode

from pixel.aws.secrets import read_secret, refresh_secret
from pixel.foundation.settings import ConfigurationError, settings

# The names of the parameters.
ADMIN_TOKEN = "tinybird-admin-token"  # noqa: S105 - a name
INGEST_TOKEN = "tinybird-ingest-token"  # noqa: S105 - a name


def read_token(name: str) -> str:
    return _checked(name, read_secret(name))


def was_rotated(name: str) -> bool:
    """Return whether a token that Tinybird rejected has been rotated, so that another attempt is useful."""
    before = read_secret(name)
    return refresh_secret(name) != before


def _checked(name: str, token: str) -> str:
    """Return the token, or raise if its payload, which names its workspace in `u`, names another one."""
    try:
        payload = token.split(".")[1]
        owner = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["u"]
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        raise ConfigurationError(f"{name} is not a token of a Tinybird workspace; store a valid one") from None
    if owner != settings().tinybird_workspace_id:
        raise ConfigurationError(
            f"{name} belongs to a different Tinybird workspace than TinybirdWorkspaceId; store a token of that one"
        )
    return token
