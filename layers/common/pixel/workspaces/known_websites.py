"""Websites that this container has looked up of late, so that an event costs no look-up of its own.

A website that is deleted takes events for up to a minute more; one that is made is known at once, or after some seconds
where somebody asked for it before. While the store cannot be reached, what is known goes on being so.
"""

from typing import NamedTuple

from pixel.aws.json_service import AwsError
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError
from pixel.foundation.observability import logger
from pixel.workspaces.store import find_owned_websites, require_website

_LIVE_SECONDS = 60
_MISSING_SECONDS = 5
_KNOWN_MAX = 10_000


class KnownWebsite(NamedTuple):
    workspace_id: str
    domain: str


_Found = KnownWebsite | None

_known: dict[tuple[str | None, str], tuple[_Found, float]] = {}


def website_of(workspace_id: str, website_id: str) -> KnownWebsite | None:
    """Return a live website of the workspace, or None where it has no such one."""
    return _remember(workspace_id, website_id)


def website_of_anybody(website_id: str) -> KnownWebsite | None:
    """Return a live website whichever workspace owns it, for sources without an API key. None where nobody owns it."""
    return _remember(None, website_id)


def _remember(workspace_id: str | None, website_id: str) -> _Found:
    now = epoch_seconds()
    website, until = _known.get((workspace_id, website_id), (None, 0.0))
    if until > now:
        return website
    try:
        website = _look_up_owner(website_id) if workspace_id is None else _look_up(workspace_id, website_id)
    except AwsError as failure:
        if website is None:
            raise
        logger.warning("website is known from memory", website_id=website_id, reason=str(failure))
    if len(_known) >= _KNOWN_MAX:
        _known.clear()
    _known[(workspace_id, website_id)] = (website, now + (_MISSING_SECONDS if website is None else _LIVE_SECONDS))
    return website


def _look_up(workspace_id: str, website_id: str) -> _Found:
    try:
        return KnownWebsite(workspace_id, require_website(workspace_id, website_id))
    except ApiError:
        return None


def _look_up_owner(website_id: str) -> _Found:
    owned = find_owned_websites(website_id)
    if len(owned) > 1:  # ids are made at random: somebody wrote into the table by hand
        logger.error("a website has more than one owner", website_id=website_id)
        return None
    return KnownWebsite(owned[0]["workspace_id"], owned[0]["domain"]) if owned else None
