"""Links in mail: to stop it, or to say that an address wants it. They are signed, and no table knows them.

The secret is one text or two with a space between them: the first signs, and both are accepted, so that a new one can
take the place of the old one while links of old mail still work.
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from typing import Final, NamedTuple

from pixel.aws.secrets import read_secret, refresh_secret
from pixel.foundation.settings import ConfigurationError, settings

MAIL_SECRET: Final = "mail-secret"  # noqa: S105 - its name
SECRET_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 20
_CHARACTERS_MAX: Final = 400
_PARTS: Final = 4


class Purpose(StrEnum):
    """What a link is for."""

    STOP = "stop"
    CONFIRM = "confirm"


class MailLink(NamedTuple):
    """What a link says: whose mail it is about, and which report or alert the mail was of."""

    purpose: Purpose
    workspace_id: str
    address_hash: str
    record_id: str


class NotSignedError(Exception):
    """The text was not signed by this deployment."""


def mail_url(link: MailLink, *, secret: str | None = None) -> str:
    """Return the address of a link."""
    return f"{settings().public_url}/mail/{token_of(link, secret=secret)}"


def token_of(link: MailLink, *, secret: str | None = None) -> str:
    """Return the text that stands for a link. Raises AwsError or ConfigurationError."""
    body = f"{link.purpose}|{link.workspace_id}|{link.address_hash}|{link.record_id}".encode()
    return f"{_encoded(body)}.{_encoded(_signature((secret or _secrets()[0]), body))}"


def link_of(token: str) -> MailLink:
    """Return the link of a text. Raises NotSignedError if it is not one of ours, AwsError or ConfigurationError."""
    body, signed = _decoded(token)
    # The secret may have been replaced a moment ago.
    if not _is_signed(body, signed, _secrets()) and not _is_signed(body, signed, refresh_secret(MAIL_SECRET).split()):
        raise NotSignedError
    parts = body.decode().split("|")
    if len(parts) != _PARTS:
        raise NotSignedError
    return MailLink(Purpose(parts[0]), *parts[1:])


def _bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _decoded(token: str) -> tuple[bytes, bytes]:
    if len(token) > _CHARACTERS_MAX or not token.isascii():
        raise NotSignedError
    body, _, signed = token.partition(".")
    try:
        return _bytes_of(body), _bytes_of(signed)
    except binascii.Error:
        raise NotSignedError from None


def _secrets() -> list[str]:
    found = read_secret(MAIL_SECRET).split()
    if not found:
        raise ConfigurationError(f"the parameter {MAIL_SECRET} is empty; run pixelctl mail set-up --replace")
    return found


def _is_signed(body: bytes, signed: bytes, secrets: list[str]) -> bool:
    return any(hmac.compare_digest(_signature(secret, body), signed) for secret in secrets)


def _signature(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), b"mail\0" + body, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
