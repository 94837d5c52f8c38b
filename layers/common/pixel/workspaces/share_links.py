"""Share links: the token is returned once, on creation; only hashes of the token and the password are stored."""

import hashlib
import secrets
from base64 import b64encode
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from pixel.auth import keys
from pixel.aws.tables import Item
from pixel.http.field_checks import invalid
from pixel.workspaces.kinds import SHARE_LINK
from pixel.workspaces.models import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    UNCHANGED,
    Expiry,
    RecordModel,
    WebsiteId,
    text,
)
from pixel.workspaces.store import Store

_TOKEN_PREFIX = "share_"  # noqa: S105 - the prefix of every token
_SHOWN_CHARACTERS = len(_TOKEN_PREFIX) + 4
_SALT_BYTES = 16
_HASH_BYTES = 32
# OWASP's parameters for 32 MiB, which every function can use.
_LOG_COST = 15
_BLOCK_SIZE = 8
_PARALLELISM = 3
_MEMORY_BYTES_MAX = 2 * 128 * _BLOCK_SIZE * 2**_LOG_COST


def _password(value: Any) -> str:
    password = text(value)
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX or not password.isprintable():
        raise invalid(f"must have {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} printable characters.")
    return password


Password = Annotated[
    str,
    BeforeValidator(_password),
    Field(min_length=PASSWORD_CHARACTERS_MIN, max_length=PASSWORD_CHARACTERS_MAX),
]


class NewShareLink(RecordModel):
    """A share link to be created, optionally with an expiry and a password."""

    website_id: WebsiteId
    expires_at: Expiry | None = None
    password: Annotated[Password | None, Field(repr=False)] = None


class ShareLinkChanges(RecordModel):
    """Changes to a share link; null removes the expiry or the password."""

    expires_at: Expiry | None = UNCHANGED
    password: Annotated[Password | None, Field(repr=False)] = UNCHANGED


def create_share_link(
    store: Store, workspace_id: str, new: NewShareLink, *, record_id: str | None = None
) -> tuple[str, Item]:
    """Create a share link and return its raw token and its item."""
    token = f"{_TOKEN_PREFIX}{keys.new_secret()}"
    values = {"expires_at": None, "password": None, **new.given()}
    values |= {"token_prefix": token[:_SHOWN_CHARACTERS], "token_hash": keys.digest(token)}
    website_id = str(values.pop("website_id"))
    return token, store.create(SHARE_LINK, workspace_id, _with_hash(values), website_id=website_id, record_id=record_id)


def update_share_link(store: Store, workspace_id: str, share_link_id: str, changes: ShareLinkChanges) -> Item:
    """Change a share link, which keeps its token."""
    return store.update(SHARE_LINK, workspace_id, share_link_id, _with_hash(changes.changed()))


def _with_hash(values: dict[str, object]) -> dict[str, object]:
    """Replace a password by its hash."""
    if "password" not in values:
        return values
    password = values.pop("password")
    hashed = None if password is None else to_hash(str(password))
    return {**values, "password_protected": password is not None, "password_hash": hashed}


def to_hash(password: str) -> str:
    """Return the scrypt hash of a password, as a PHC string.

    The string contains the salt and the parameters, so that these can be increased while old hashes stay valid.
    """
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
