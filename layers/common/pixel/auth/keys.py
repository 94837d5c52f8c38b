"""API keys: their format, and the stored record of a key.

A key consists of pixel_live_ or pixel_test_, 32 random bytes in base62, and a checksum of both. The prefix lets secret
scanners find a leaked key; the checksum lets the authorizer reject a typo without a read. Because the secret is random,
storing its plain SHA-256 is enough.

A publishable key, which begins with pk_live_ or pk_test_, stands in the pages of a website. It is no secret, so its
record has the key itself too, and it opens nothing but the routes that browsers send events to.
"""

import re
import secrets
import zlib
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple, Self

from pixel.aws.tables import database
from pixel.faces.face import Limits
from pixel.foundation.clock import from_iso, to_iso
from pixel.foundation.settings import settings

PUBLISHABLE: Final = "publishable"
TEST_PREFIX = "pixel_test_"
PREFIXES = ("pixel_live_", TEST_PREFIX)
_TEST_PREFIXES = (TEST_PREFIX, "pk_test_")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_CHARACTERS = 43  # 62**43 is the first power of 62 above 2**256
_CHECKSUM_CHARACTERS = 6  # 62**6 holds a CRC-32
_SHAPE = re.compile(rf"pixel_(?:live|test)_[0-9A-Za-z]{{{_SECRET_CHARACTERS + _CHECKSUM_CHARACTERS}}}")
_PUBLISHABLE_SHAPE = re.compile(rf"pk_(?:live|test)_[0-9A-Za-z]{{{_SECRET_CHARACTERS + _CHECKSUM_CHARACTERS}}}")
_SHOWN_CHARACTERS = len("pixel_live_") + 4
_MOMENTS = ("created_at", "expires_at", "own_expires_at", "revoked_at", "updated_at")
# Attributes that are stored only with another value, because keys of earlier versions lack them.
_WITHOUT: Final = {
    "website_ids": None,
    "limits": None,
    "kind": "secret",
    "revision": 1,
    "updated_at": None,
    "public_key": None,
    "origins": None,
    "payments": False,
    "proxy_hash": None,
    "proxies": 1,
}


class KeyRecord(NamedTuple):
    """What is stored about a key: its hash, and never the key unless it is publishable."""

    key_hash: str
    key_id: str
    workspace_id: str
    name: str
    key_prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    own_expires_at: datetime | None  # without the grace period of a rotation, which shortens expires_at
    revoked_at: datetime | None
    # Copied from the workspace, so that a request costs one read (docs/decisions/0005).
    rate_limit: int
    usage_plan_key: str
    website_ids: tuple[str, ...] | None = None  # those that the key is bound to; None: all of the workspace
    limits: Limits | None = None  # in place of the defaults of their classes
    kind: str = "secret"
    revision: int = 1
    updated_at: datetime | None = None
    # Of publishable keys alone.
    public_key: str | None = None  # the key itself
    origins: tuple[str, ...] | None = None  # hosts that may send; None: the domain and the aliases of the website
    payments: bool = False
    proxy_hash: str | None = None  # of the secret by which a proxy proves that it says who a visitor is
    proxies: int = 1  # how many addresses such proxies add to X-Forwarded-For after the visitor's

    @property
    def is_test(self) -> bool:
        return self.key_prefix.startswith(_TEST_PREFIXES)

    @property
    def is_publishable(self) -> bool:
        return self.kind == PUBLISHABLE

    def to_item(self) -> dict[str, object]:
        moments = {name: getattr(self, name) for name in _MOMENTS}
        written = {name: None if moment is None else to_iso(moment) for name, moment in moments.items()}
        bound = None if self.website_ids is None else list(self.website_ids)
        limits = None if self.limits is None else {name: list(limit) for name, limit in self.limits.items()}
        lists = {"scopes": list(self.scopes), "origins": None if self.origins is None else list(self.origins)}
        item = {**self._asdict(), **lists, "website_ids": bound, "limits": limits, **written}
        return {name: value for name, value in item.items() if name not in _WITHOUT or value != _WITHOUT[name]}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        item = {**_WITHOUT, "own_expires_at": item.get("expires_at"), **item}  # earlier versions did not store these
        moments = {name: None if item.get(name) is None else from_iso(item[name]) for name in _MOMENTS}
        values = {name: item[name] for name in cls._fields if name not in moments}
        bound = None if item["website_ids"] is None else tuple(item["website_ids"])
        limits = None if item["limits"] is None else {name: (int(n), int(s)) for name, (n, s) in item["limits"].items()}
        lists = {
            "scopes": tuple(item["scopes"]),
            "origins": None if item["origins"] is None else tuple(item["origins"]),
            "proxies": int(item["proxies"]),
        }
        return cls(**{**values, **lists, "website_ids": bound, "limits": limits, **moments})

    def has_expired(self, moment: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= moment


def find(key: str) -> KeyRecord | None:
    """Return the record of a key, or None if there is none."""
    item = database().get(settings().keys_table, {"key_hash": digest(key)})
    return None if item is None else KeyRecord.from_item(item)


def generate(*, test: bool = False, publishable: bool = False) -> str:
    """Return a new key."""
    body = f"{'pk' if publishable else 'pixel'}_{'test' if test else 'live'}_{new_secret()}"
    return body + _checksum(body)


def new_secret() -> str:
    """Return 32 random bytes in base62."""
    return _base62(secrets.randbits(256), _SECRET_CHARACTERS)


def is_well_formed(key: str) -> bool:
    """Return whether a text has the form of a secret key."""
    return _SHAPE.fullmatch(key) is not None and _has_its_checksum(key)


def is_publishable(key: str) -> bool:
    """Return whether a text has the form of a publishable key."""
    return _PUBLISHABLE_SHAPE.fullmatch(key) is not None and _has_its_checksum(key)


def new_proxy_secret() -> str:
    """Return a secret by which a proxy proves that the addresses and countries of visitors are its own words."""
    return f"prx_{new_secret()}"


def digest(key: str) -> str:
    """Return the SHA-256 of a key, under which its record is stored."""
    return sha256(key.encode()).hexdigest()


def shown_prefix(key: str) -> str:
    """Return the part of a key that may be shown: enough to recognize it, too little to guess it."""
    return key[:_SHOWN_CHARACTERS]


def _has_its_checksum(key: str) -> bool:
    return _checksum(key[:-_CHECKSUM_CHARACTERS]) == key[-_CHECKSUM_CHARACTERS:]


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _CHECKSUM_CHARACTERS)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
