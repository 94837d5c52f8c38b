"""Passwords of share links: asked for where nobody can read along, stored as a scrypt hash."""

import getpass
import hashlib
import secrets
import sys
import warnings
from base64 import b64encode

from pixelctl.failures import ControlError

_CHARACTERS_MIN = 8
_CHARACTERS_MAX = 128
_SALT_BYTES = 16
_HASH_BYTES = 32
# OWASP's parameters for 32 MiB, which any function has to spare.
_LOG_COST = 15
_BLOCK_SIZE = 8
_PARALLELISM = 3
_MEMORY_BYTES_MAX = 2 * 128 * _BLOCK_SIZE * 2**_LOG_COST


def ask() -> str:
    """Twice, at the terminal."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            password = checked(getpass.getpass("Password: "))
            again = getpass.getpass("Again: ")
    except (getpass.GetPassWarning, EOFError):
        raise ControlError("There is no terminal to ask at; give the password with --password-stdin.") from None
    if password != again:
        raise ControlError("The two passwords differ; run the command again.")
    return password


def read_stdin() -> str:
    """The first line."""
    return checked(sys.stdin.readline().removesuffix("\n").removesuffix("\r"))


def checked(password: str) -> str:
    if not _CHARACTERS_MIN <= len(password) <= _CHARACTERS_MAX or not password.isprintable():
        raise ControlError(f"A password has {_CHARACTERS_MIN} to {_CHARACTERS_MAX} printable characters.")
    return password


def to_hash(password: str) -> str:
    """With its salt and parameters, in the PHC string format, so that they can grow without a change of old hashes."""
    salt = secrets.token_bytes(_SALT_BYTES)
    hashed = hashlib.scrypt(
        password.encode(),
        salt=salt,
        n=2**_LOG_COST,
        r=_BLOCK_SIZE,
        p=_PARALLELISM,
        maxmem=_MEMORY_BYTES_MAX,
        dklen=_HASH_BYTES,
    )
    return f"$scrypt$ln={_LOG_COST},r={_BLOCK_SIZE},p={_PARALLELISM}${_base64(salt)}${_base64(hashed)}"


def _base64(data: bytes) -> str:
    return b64encode(data).decode().rstrip("=")
