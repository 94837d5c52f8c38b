"""A cache of websites, so that most events need no look-up.

A deleted website accepts events for up to a minute. A new one is found at once, or after some seconds if it was looked
up before it existed. While the store cannot be reached, expired entries stay valid.
"""

from typing import NamedTuple, Self

from pixel.auth.caller import covers
from pixel.aws.attributes import Item
from pixel.aws.json_service import AwsError
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept
from pixel.foundation.observability import logger
from pixel.workspaces.pixel_defaults import pixel_settings_of
from pixel.workspaces.website_lookup import find_live_website, find_owned_websites

_LIVE_SECONDS = 60
_MISSING_SECONDS = 5
_KNOWN_MAX = 10_000


class KnownWebsite(NamedTuple):
    """A live website, as ingestion needs it."""

    workspace_id: str
    domain: str
    aliases: tuple[str, ...] = ()  # domains that are this website too
    timezone: str = "UTC"
    is_in_cookie_mode: bool = False  # its browser pixel keeps a random id on the device

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(
            str(item["workspace_id"]),
            str(item["domain"]),
            tuple(item.get("aliases", ())),
            str(item.get("timezone", "UTC")),
            pixel_settings_of(item)["mode"] == "cookie",
        )


_Found = KnownWebsite | None

_known: dict[tuple[str | None, str], tuple[_Found, float]] = kept({})


def find_known_website(
    workspace_id: str, website_id: str, website_ids: tuple[str, ...] | None = None
) -> KnownWebsite | None:
    """Return a live website of the workspace, or None if there is none, or the key is not bound to it."""
    return _find(workspace_id, website_id) if covers(website_ids, website_id) else None


def find_website_in_any_workspace(website_id: str) -> KnownWebsite | None:
    """Return a live website of any workspace, for sources without an API key, or None if there is none."""
    return _find(None, website_id)


def _find(workspace_id: str | None, website_id: str) -> _Found:
    now = epoch_seconds()
    website, until = _known.get((workspace_id, website_id), (None, 0.0))
    if until > now:
        return website
    try:
        website = _look_up_owner(website_id) if workspace_id is None else _look_up(workspace_id, website_id)
    except AwsError as failure:
        if website is None:
            raise
        logger.warning(
            "website could not be looked up; using the cached entry", website_id=website_id, reason=str(failure)
        )
    if len(_known) >= _KNOWN_MAX:
        _known.clear()
    _known[(workspace_id, website_id)] = (website, now + (_MISSING_SECONDS if website is None else _LIVE_SECONDS))
    return website


def _look_up(workspace_id: str, website_id: str) -> _Found:
    item = find_live_website(workspace_id, website_id)
    return None if item is None else KnownWebsite.of(item)


def _look_up_owner(website_id: str) -> _Found:
    owned = find_owned_websites(website_id)
    if len(owned) > 1:  # ids are random, so the table was edited manually
        logger.error("website id belongs to more than one workspace", website_id=website_id)
        return None
    return KnownWebsite.of(owned[0]) if owned else None
