"""The settings of the browser pixel of a website as they are stored, and what they are unless they are given."""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypedDict

PixelMode = Literal["cookieless", "cookie"]
"""Who is a visitor to the browser pixel: a hash of a day, or a random id on the device."""
PixelConsent = Literal["none", "required"]
Gpc = Literal["cookieless", "off"]
"""What the browser pixel does where a browser asks for privacy, by Global Privacy Control."""


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
