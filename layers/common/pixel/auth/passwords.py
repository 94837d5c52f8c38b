"""Hashes of passwords by scrypt, written as PHC strings.

A string contains the salt and the parameters, so that these can be increased while old hashes stay valid.
"""

import binascii
import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from typing import Final

# OWASP's parameters for 32 MiB, which every function can use.
LOG_COST = 15
"""The cost of new hashes, as a power of two. Tests lower it: most of them need a hash, and not one that is hard."""
_BLOCK_SIZE: Final = 8
_PARALLELISM: Final = 3
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32
_WRITTEN = re.compile(
    r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{1,64})\$([A-Za-z0-9+/]{1,86})", re.ASCII
)


def to_hash(password: str) -> str:
    """Return the hash of a password with a new salt."""
    salt = secrets.token_bytes(_SALT_BYTES)
    hashed = _scrypt(password, salt, LOG_COST, _BLOCK_SIZE, _PARALLELISM, _HASH_BYTES)
    return f"$scrypt$ln={LOG_COST},r={_BLOCK_SIZE},p={_PARALLELISM}${_base64(salt)}${_base64(hashed)}"


def is_right(password: str, written: str) -> bool:
    """Return whether a password has this hash, in a time that does not depend on where they differ."""
    parts = _WRITTEN.fullmatch(written)
    if parts is None:
        return False
    log_cost, block_size, parallelism = (int(number) for number in parts.groups()[:3])
    try:
        salt, hashed = (b64decode(text + "=" * (-len(text) % 4)) for text in parts.groups()[3:])
    except binascii.Error:
        return False
    return hmac.compare_digest(_scrypt(password, salt, log_cost, block_size, parallelism, len(hashed)), hashed)


def _scrypt(  # noqa: PLR0913, PLR0917 - its parameters, in the order of RFC 7914
    password: str, salt: bytes, log_cost: int, block_size: int, parallelism: int, length: int
) -> bytes:
    return hashlib.scrypt(
        password.encode(),
        salt=salt,
        n=2**log_cost,
        r=block_size,
        p=parallelism,
        maxmem=2 * 128 * block_size * 2**log_cost,
        dklen=length,
    )


def _base64(data: bytes) -> str:
    return b64encode(data).decode().rstrip("=")
