"""The caller, which the authorizer identifies and API Gateway passes to the route as text."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self

from pixel.auth.keys import KeyRecord
from pixel.foundation.clock import from_iso, to_iso


class Scope(StrEnum):
    """What a key allows."""

    READ = "pixel:read"
    WRITE = "pixel:write"
    MANAGE = "pixel:manage"


class Caller(NamedTuple):
    """The API key that sent a request, with its workspace and limits."""

    workspace_id: str
    key_id: str
    name: str
    scopes: tuple[str, ...]
    rate_limit: int
    expires_at: datetime | None

    @classmethod
    def of(cls, record: KeyRecord) -> Self:
        return cls(record.workspace_id, record.key_id, record.name, record.scopes, record.rate_limit, record.expires_at)

    def to_context(self) -> dict[str, str]:
        """Return the authorizer context, in which API Gateway allows only flat text values."""
        return {
            "workspace_id": self.workspace_id,
            "key_id": self.key_id,
            "name": self.name,
            "scopes": " ".join(self.scopes),
            "rate_limit": str(self.rate_limit),
            "expires_at": "" if self.expires_at is None else to_iso(self.expires_at),
        }

    @classmethod
    def from_context(cls, context: Mapping[str, str]) -> Self:
        return cls(
            workspace_id=context["workspace_id"],
            key_id=context["key_id"],
            name=context["name"],
            scopes=tuple(context["scopes"].split()),
            rate_limit=int(context["rate_limit"]),
            expires_at=from_iso(context["expires_at"]) if context["expires_at"] else None,
        )

    def has_expired(self, moment: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= moment
