"""The items beside a link's own: its entry of the workspace's list, and its external id."""

from collections.abc import Mapping
from typing import Any, Final

from pixel.aws.attributes import Item
from pixel.links.compiled import BANNED_AT, CONSENT, asks_consent

_LISTED: Final = (
    *("id", "code", "destination_url", "title", "tags", "enabled", "external_id", "created_at", "starts_at"),
    *("expires_at", BANNED_AT, "campaign_id", "folder_id", "utm_template_id", "pixel_ids"),
)
"""What an entry of the list has, about 300 bytes: what a list shows, and what it is filtered by."""


def entry_key(link: Mapping[str, Any]) -> dict[str, str]:
    return {"pk": f"W#{link['workspace_id']}", "sk": f"L#{link['id']}"}


def entry(link: Mapping[str, Any]) -> Item:
    consent = {CONSENT: True} if asks_consent(link) else {}  # it names the workspace's company
    return {**entry_key(link), **{name: link[name] for name in _LISTED if name in link}, **consent}


def external_key(link: Mapping[str, Any]) -> dict[str, str]:
    return {"pk": f"W#{link['workspace_id']}", "sk": f"X#{link['external_id']}"}


def external(link: Mapping[str, Any]) -> Item:
    return {**external_key(link), "link_id": link["id"]}
