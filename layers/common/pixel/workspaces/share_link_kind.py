"""The records of share links."""

from typing import NotRequired, TypedDict

from pixel.workspaces.record_kind import RecordKind, attributes_of
from pixel.workspaces.vocabulary import PANELS_UNLESS_CHOSEN, PERIODS, Panel, Period, Theme


class ShareLinkResponse(TypedDict):
    """A share link of a website."""

    id: str
    website_id: str
    token_prefix: str
    expires_at: str | None
    password_protected: bool
    created_at: str


class ShareLinkRecord(ShareLinkResponse):
    """A share link with its revision, and what its dashboard shows."""

    name: str | None
    panels: list[Panel]
    filters: dict[str, str]
    periods: list[Period]
    embed_origins: list[str]
    theme: Theme
    min_visitors: int
    steps: list[str]
    updated_at: str
    revision: int
    deleted_at: NotRequired[str]


SHARE_LINK = RecordKind(
    "share link",
    "SHARE#",
    "share",
    attributes_of(ShareLinkResponse),
    attributes_of(ShareLinkRecord),
    limit=100,
    forgotten=("token_hash", "token_prefix", "password_hash"),
    defaults={
        "panels": list(PANELS_UNLESS_CHOSEN),
        "filters": {},
        "periods": list(PERIODS),
        "embed_origins": [],
        "theme": "auto",
        "min_visitors": 0,
        "steps": [],
    },
)
