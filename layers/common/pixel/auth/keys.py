"""API keys: pixel_live_ or pixel_test_, 32 random bytes in base62, and a checksum of what stands before.

The prefix lets secret scanners find a leaked key, the checksum lets a typo cost no read. The secret is random, so a
plain SHA-256 is all that needs to be stored.
"""

import re
import secrets
import zlib
from hashlib import sha256

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_CHARACTERS = 43  # 62**43 is the first power of 62 above 2**256
_CHECKSUM_CHARACTERS = 6  # 62**6 holds a CRC-32
_SHAPE = re.compile(rf"pixel_(?:live|test)_[0-9A-Za-z]{{{_SECRET_CHARACTERS + _CHECKSUM_CHARACTERS}}}")
_SHOWN_CHARACTERS = len("pixel_live_") + 4


def generate(*, test: bool = False) -> str:
    body = f"pixel_{'test' if test else 'live'}_{new_secret()}"
    return body + _checksum(body)


def new_secret() -> str:
    """32 random bytes in base62."""
    return _base62(secrets.randbits(256), _SECRET_CHARACTERS)


def is_well_formed(key: str) -> bool:
    return _SHAPE.fullmatch(key) is not None and _checksum(key[:-_CHECKSUM_CHARACTERS]) == key[-_CHECKSUM_CHARACTERS:]


def digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def shown_prefix(key: str) -> str:
    """As much of a key as may be shown again: enough to recognise it, useless to guess it."""
    return key[:_SHOWN_CHARACTERS]


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _CHECKSUM_CHARACTERS)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
