"""The settings of the browser pixel of a website as they are stored, and what they are unless they are given."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict

from pixel.workspaces.vocabulary import Gpc, PixelConsent, PixelMode


class PixelSettings(TypedDict):
    """The settings of the browser pixel of a website."""

    mode: PixelMode
    consent: PixelConsent
    gpc: Gpc
    hash: bool
    outbound: bool
    downloads: bool
    forms: bool
    cookie_domain: str | None
    domains: list[str]
    query_params_kept: list[str]
    exclude: list[str]


PIXEL_DEFAULTS: Final[PixelSettings] = {
    "mode": "cookieless",
    "consent": "none",
    "gpc": "cookieless",
    "hash": False,
    "outbound": False,
    "downloads": False,
    "forms": False,
    "cookie_domain": None,
    "domains": [],
    "query_params_kept": [],
    "exclude": [],
}


def pixel_settings_of(website: Mapping[str, Any]) -> dict[str, Any]:
    """Return all settings of the browser pixel of a website's item."""
    return {**PIXEL_DEFAULTS, **(website.get("pixel") or {})}
