"""API keys and entries of the audit trail as responses, apart from records, whose routes start without them."""

from typing import Any, Literal, NotRequired, TypedDict

from pixel.workspaces.record_kind import RecordKind, attributes_of


class KeyResponse(TypedDict):
    """An API key; never the key itself, unless it is publishable."""

    id: str
    name: str
    key_prefix: str
    kind: Literal["secret", "publishable"]
    test: bool
    scopes: list[str]
    website_ids: list[str] | None
    created_at: str
    updated_at: str
    revision: int
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None  # to the hour
    # Of publishable keys alone.
    key: NotRequired[str]
    origins: NotRequired[list[str] | None]
    payments: NotRequired[bool]
    has_proxy_secret: NotRequired[bool]
    proxies: NotRequired[int]


class AuditEntryResponse(TypedDict):
    """Who changed what: an entry of the audit trail."""

    id: str
    at: str
    key_id: str
    action: str
    record: str
    fields: dict[str, dict[str, Any]]


KEY = RecordKind("key", "KEY#", "key", attributes_of(KeyResponse), attributes_of(KeyResponse), limit=100)
"""API keys, which have a table of their own."""
