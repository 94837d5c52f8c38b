"""Texts that this API signs for readers and later believes: HMAC-SHA256 with the secret `viewer-secret`."""

import binascii
import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from pixel.aws.secrets import read_secret, refresh_secret
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import logger
from pixel.foundation.settings import ConfigurationError

VIEWER_SECRET: Final = "viewer-secret"  # noqa: S105 - its name
SECRET_BYTES: Final = 32
_SIGNED_CHARACTERS_MAX = 4096


class Purpose(StrEnum):
    """What a text is signed for; one that is signed for something else is not believed."""

    SESSION = "session"
    EMBED = "embed"


class NotSignedError(Exception):
    """The text was not signed by this deployment for this purpose."""


def sign(purpose: Purpose, content: Mapping[str, object], *, secret: str | None = None) -> str:
    """Return a text that holds the content, which anybody can read and nobody can change."""
    body = _encoded(json.dumps(content, separators=(",", ":"), sort_keys=True).encode())
    return f"{body}.{_signature(secret or _secret(), purpose, body)}"


def signed_content(purpose: Purpose, text: str) -> dict[str, Any]:
    """Return the content of a text that `sign` returned. Raises NotSignedError for any other."""
    body, _, signature = text.partition(".")
    if len(text) > _SIGNED_CHARACTERS_MAX or not text.isascii():
        raise NotSignedError
    if not _is_signed(_secret(), purpose, body, signature):
        # The secret may have been replaced a moment ago.
        renewed = refresh_secret(VIEWER_SECRET)
        if not _is_signed(renewed, purpose, body, signature):
            raise NotSignedError
    try:
        content: dict[str, Any] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError):
        raise NotSignedError from None
    return content


def _secret() -> str:
    try:
        return read_secret(VIEWER_SECRET)
    except ConfigurationError as failure:
        logger.error("dashboards are not configured", reason=str(failure))
        raise ApiError(ErrorCode.DASHBOARD_UNAVAILABLE) from failure


def _is_signed(secret: str, purpose: Purpose, body: str, signature: str) -> bool:
    return hmac.compare_digest(_signature(secret, purpose, body), signature)


def _signature(secret: str, purpose: Purpose, body: str) -> str:
    return _encoded(hmac.new(secret.encode(), f"{purpose}.{body}".encode(), hashlib.sha256).digest())


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
