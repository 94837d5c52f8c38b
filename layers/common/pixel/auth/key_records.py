"""What is stored about an API key: its hash, never the key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Self

from pixel.auth.keys import digest
from pixel.aws import tables
from pixel.foundation.clock import from_iso, to_iso
from pixel.foundation.settings import settings


class KeyRecord(NamedTuple):
    key_hash: str
    key_id: str
    workspace_id: str
    name: str
    key_prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    # Of the workspace, repeated on its keys so that a request costs one read (docs/decisions/0005).
    rate_limit: int
    usage_plan_key: str

    def to_item(self) -> dict[str, object]:
        moments = {"created_at": self.created_at, "expires_at": self.expires_at, "revoked_at": self.revoked_at}
        written = {name: None if moment is None else to_iso(moment) for name, moment in moments.items()}
        return {**self._asdict(), "scopes": list(self.scopes), **written}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        moments = {
            name: None if item.get(name) is None else from_iso(item[name])
            for name in ("created_at", "expires_at", "revoked_at")
        }
        values = {name: item[name] for name in cls._fields if name not in moments}
        return cls(**{**values, "scopes": tuple(item["scopes"]), **moments})

    def has_expired(self, moment: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= moment


def find(key: str) -> KeyRecord | None:
    item = tables.database().get(settings().keys_table, {"key_hash": digest(key)})
    return None if item is None else KeyRecord.from_item(item)
