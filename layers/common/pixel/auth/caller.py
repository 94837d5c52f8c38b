"""The caller, which the authorizer identifies and API Gateway passes to the route as text."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from pixel.faces.face import Limit, LimitClass, Limits
from pixel.faces.pixel_api import WORKSPACE
from pixel.foundation.clock import from_iso, to_iso
from pixel.foundation.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from pixel.auth.keys import KeyRecord  # routes that get their caller from the authorizer start without it

_ALL_WEBSITES: Final = "*"  # not the empty text, which means no website at all


class Scope(StrEnum):
    """What a key allows on the core's routes. No scope implies another; those of other faces are in pixel.faces."""

    READ = "pixel:read"
    WRITE = "pixel:write"
    MANAGE = "pixel:manage"
    KEYS = "pixel:keys"


class Caller(NamedTuple):
    """The API key that sent a request, with its workspace and limits."""

    workspace_id: str
    key_id: str
    name: str
    scopes: tuple[str, ...]
    rate_limit: int
    expires_at: datetime | None
    website_ids: tuple[str, ...] | None = None  # those that the key is bound to; None: all of the workspace
    limits: Mapping[str, tuple[int, int]] = {}  # those that the key has in place of the defaults of their classes
    kind: str = "secret"

    @classmethod
    def of(cls, record: "KeyRecord") -> Self:
        return cls(
            workspace_id=record.workspace_id,
            key_id=record.key_id,
            name=record.name,
            scopes=record.scopes,
            rate_limit=record.rate_limit,
            expires_at=record.expires_at,
            website_ids=record.website_ids,
            limits=record.limits or {},
            kind=record.kind,
        )

    def to_context(self) -> dict[str, str]:
        """Return the authorizer context, in which API Gateway allows only flat text values."""
        return {
            "workspace_id": self.workspace_id,
            "key_id": self.key_id,
            "name": self.name,
            "scopes": " ".join(self.scopes),
            "rate_limit": str(self.rate_limit),
            "expires_at": "" if self.expires_at is None else to_iso(self.expires_at),
            "website_ids": _ALL_WEBSITES if self.website_ids is None else " ".join(self.website_ids),
            "limits": " ".join(f"{name}={requests}/{seconds}" for name, (requests, seconds) in self.limits.items()),
            "kind": self.kind,
        }

    @classmethod
    def from_context(cls, context: Mapping[str, str]) -> Self:
        # A policy that was cached by an earlier version lacks the last fields, and its key has none of them.
        website_ids = context.get("website_ids", _ALL_WEBSITES)
        return cls(
            workspace_id=context["workspace_id"],
            key_id=context["key_id"],
            name=context["name"],
            scopes=tuple(context["scopes"].split()),
            rate_limit=int(context["rate_limit"]),
            expires_at=from_iso(context["expires_at"]) if context["expires_at"] else None,
            website_ids=None if website_ids == _ALL_WEBSITES else tuple(website_ids.split()),
            limits=_read_limits(context.get("limits", "")),
            kind=context.get("kind", "secret"),
        )

    def limit(self, limit_class: LimitClass) -> Limit:
        """Return the limit of this caller for a class of routes."""
        own = {WORKSPACE.name: (self.rate_limit, WORKSPACE.window_seconds), **self.limits}
        requests, seconds = own.get(limit_class.name, (limit_class.requests, limit_class.window_seconds))
        counter = limit_class.counter.format(workspace_id=self.workspace_id, key_id=self.key_id, seconds=seconds)
        return Limit(counter, requests, seconds)

    def has_expired(self, moment: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= moment

    def only_website(self) -> str:
        """Return the website of a key that is bound to one. Raises `website_not_found` if there is no such website."""
        match self.website_ids:
            case (website_id,):
                return website_id
        raise ApiError(ErrorCode.WEBSITE_NOT_FOUND)

    def reaches(self, website_id: str) -> bool:
        """Return whether the key may see a website, if it is the workspace's."""
        return covers(self.website_ids, website_id)


def _read_limits(text: str) -> Limits:
    """Return the limits of a context: `ingest=1000/60 read=100/60`."""
    limits = {}
    for entry in text.split():
        name, _, limit = entry.partition("=")
        requests, _, seconds = limit.partition("/")
        limits[name] = int(requests), int(seconds)
    return limits


def covers(website_ids: Collection[str] | None, website_id: str) -> bool:
    """Return whether a key that is bound to these websites, or to none, may see a website of its workspace.

    Every route asks this where it resolves a website, and a website outside is as one that never existed.
    """
    return website_ids is None or website_id in website_ids
