"""The records of websites."""

from typing import NotRequired, TypedDict

from pixel.workspaces.pixel_defaults import PixelSettings, pixel_settings_of
from pixel.workspaces.record_kind import RecordKind, attributes_of


class WebsiteResponse(TypedDict):
    """A website of the workspace."""

    id: str
    domain: str
    name: str | None
    createdAt: str  # the spelling that dashboards expect


class WebsiteRecord(WebsiteResponse):
    """A website with its revision, and how its browser pixel works."""

    timezone: str
    currency: str
    aliases: list[str]
    pixel: PixelSettings
    created_at: str
    updated_at: str
    revision: int
    deleted_at: NotRequired[str]


WEBSITE = RecordKind(
    "website",
    "WEBSITE#",
    "admx",
    attributes_of(WebsiteResponse, createdAt="created_at"),
    attributes_of(WebsiteRecord, createdAt="created_at"),
    limit=1_000,
    website="id",
    defaults={"timezone": "UTC", "currency": "USD", "aliases": []},
    derived={"pixel": pixel_settings_of},
)
