"""What redirects sign, with the secret `links-secret`: ids of clicks, and proofs that a password was right.

The secret is one text or two with a space between them: the first signs, and both are accepted, so that a new one can
take the place of the old one.
"""

import hashlib
import hmac
from typing import Final

from pixel.aws.quick import read_secret
from pixel.foundation.settings import ConfigurationError

LINKS_SECRET: Final = "links-secret"  # noqa: S105 - its name
SECRET_BYTES: Final = 32


def signature(purpose: str, content: bytes) -> bytes:
    """Return the signature of a content for one purpose. Raises AwsError or ConfigurationError."""
    return _signed(_secrets()[0], purpose, content)


def is_signed(purpose: str, content: bytes, signed: bytes) -> bool:
    """Return whether one of the secrets made the signature, of which a beginning may be given."""
    if not signed:
        return False
    return any(hmac.compare_digest(_signed(secret, purpose, content)[: len(signed)], signed) for secret in _secrets())


def _secrets() -> list[str]:
    found = read_secret(LINKS_SECRET).split()
    if not found:
        raise ConfigurationError(f"the parameter {LINKS_SECRET} is empty; run pixelctl link set-up --replace")
    return found


def _signed(secret: str, purpose: str, content: bytes) -> bytes:
    return hmac.new(secret.encode(), purpose.encode() + b"\0" + content, hashlib.sha256).digest()
