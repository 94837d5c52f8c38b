"""A link as this API shows it."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pixel.aws.attributes import Item
from pixel.foundation.clock import now, to_iso
from pixel.foundation.settings import settings
from pixel.links.compiled import BANNED_AT, PASSWORD_HASH, asks_consent
from pixel.links.models import UTM_FIELDS
from pixel.links.rules_items import RULES_COUNT
from pixel.smart_links.names import camel_case, moment_as_written
from pixel.smart_links.numbers import NumbersOfLink

_AS_STORED: Final = (
    *("title", "description", "external_id", "enabled", "clicks_limit"),
    *("campaign_id", "folder_id", "utm_template_id"),
    *("redirect_mode", "redirect_status", "query_mode", *UTM_FIELDS, "preview", "indexable"),
    *("deep_link_enabled", "deep_link_ios", "deep_link_android", "deep_link_fallback_url"),
)
_MOMENTS: Final = ("starts_at", "expires_at", "created_at", "updated_at")


def shown_link(link: Item, used_clicks: int, numbers: NumbersOfLink | None) -> dict[str, Any]:
    """Return a link with the names and values that callers read.

    `numbers` are left out where they are not asked for.
    """
    return {
        "id": link["id"],
        "shortUrl": short_url(link),
        "domain": domain_of_links(),
        "shortCode": link["code"],
        "destinationUrl": link.get("destination_url"),
        "expiredUrl": link.get("expired_url"),
        "tags": link["tags"],
        "pixelIds": link.get("pixel_ids", []),
        "consent": asks_consent(link),
        "rulesCount": link.get(RULES_COUNT, 0),
        "passwordProtected": PASSWORD_HASH in link,
        **{camel_case(name): link.get(name) for name in _AS_STORED},
        "status": status_of(link, used_clicks),
        **{camel_case(name): moment_as_written(link.get(name)) for name in _MOMENTS},
        **({} if numbers is None else numbers.shown()),
    }


def domain_of_links() -> str:
    return urlsplit(settings().links_url).hostname or ""


def short_url(link: Mapping[str, Any]) -> str:
    return f"{settings().links_url}/{link['code']}"


def status_of(link: Mapping[str, Any], used_clicks: int) -> str:
    """Return what a visitor would find, in the order in which a redirect finds it out."""
    moment = to_iso(now())
    if BANNED_AT in link:
        return "banned"
    if not link["enabled"]:
        return "disabled"
    if link.get("starts_at", moment) > moment:
        return "scheduled"
    if link.get("expires_at", "9") <= moment:
        return "expired"
    return "used_up" if used_clicks >= link.get("clicks_limit", used_clicks + 1) else "active"
