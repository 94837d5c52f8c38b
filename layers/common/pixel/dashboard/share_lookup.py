"""What a session may see now: the share link, or what the owner's session says, and the website.

Both are read again every 30 seconds, so a link that is deleted, rotated or given another password ends its sessions
within that time.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pixel.auth import keys
from pixel.aws import tables
from pixel.aws.tables import Query
from pixel.dashboard.sessions import Session, access_of, ended
from pixel.foundation.clock import epoch_seconds, from_iso
from pixel.foundation.container import kept
from pixel.foundation.settings import settings
from pixel.workspaces.pixel_defaults import pixel_settings_of
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.share_link_kind import SHARE_LINK
from pixel.workspaces.vocabulary import PERIODS
from pixel.workspaces.website_kind import WEBSITE

SEEN_SECONDS = 30
_SEEN_MAX = 1000
_TOKEN = re.compile(r"share_[0-9A-Za-z]{43}", re.ASCII)
_INDEX = "by_share_token"
_NOBODY = "ws_none"  # no workspace has this id
_Item = dict[str, Any]


class Dashboard(NamedTuple):
    """A website, and what of it is shown."""

    workspace_id: str
    website_id: str
    domain: str
    name: str
    timezone: str
    currency: str
    pixel_mode: str
    panels: tuple[str, ...]
    periods: tuple[str, ...]
    filters: Mapping[str, str]
    theme: str
    min_visitors: int
    steps: tuple[str, ...]

    def website(self) -> dict[str, str]:
        """Return the website as readers see it."""
        return {
            "id": self.website_id,
            "name": self.name,
            "domain": self.domain,
            "timezone": self.timezone,
            "currency": self.currency,
            "pixel_mode": self.pixel_mode,
        }


class _Seen(NamedTuple):
    link: _Item | None
    website: _Item | None
    until: float


_seen: dict[Session, _Seen] = kept({})


def find_link(token: str) -> tuple[_Item, _Item] | None:
    """Return the live share link with this token and its website, or None.

    The index may lag, so the items themselves are read, consistently. As many calls are made for a token that never
    existed as for one that is expired or deleted.
    """
    if not _TOKEN.fullmatch(token):
        return None
    query = Query(("token_hash", keys.digest(token)), index_name=_INDEX)
    found = tables.database().query(settings().workspace_table, query, items_max=1)
    place = found[0] if found else {"workspace_id": _NOBODY, **SHARE_LINK.key(_NOBODY, "share_none")}
    link = tables.database().get(
        settings().workspace_table, {"workspace_id": place["workspace_id"], "item": place["item"]}
    )
    website = _website(place["workspace_id"], (link or {}).get("website_id", "admx_none"))
    if link is None or website is None or not _is_live(link) or link["token_hash"] != keys.digest(token):
        return None
    return link, website


def dashboard_of(session: Session) -> Dashboard:
    """Return what a session may see now. Raises `session_expired` if that is nothing any more."""
    seen = _seen.get(session)
    if seen is None or seen.until <= epoch_seconds():
        seen = _look(session)
        if len(_seen) >= _SEEN_MAX:
            _seen.clear()
        _seen[session] = seen
    if seen.website is None:
        raise ended()
    if session.access is None:
        return to_dashboard({"panels": session.panels, "periods": PERIODS, "steps": session.steps}, seen.website)
    if seen.link is None or not _is_live(seen.link) or access_of(seen.link) != session.access:
        raise ended()
    return to_dashboard(seen.link, seen.website)


def to_dashboard(link: Mapping[str, Any], website: Mapping[str, Any]) -> Dashboard:
    """Return the dashboard of a link, or of what an owner's session says in place of one."""
    link = {**SHARE_LINK.defaults, **link}
    return Dashboard(
        workspace_id=website["workspace_id"],
        website_id=website["id"],
        domain=website["domain"],
        name=website.get("name") or website["domain"],
        timezone=website.get("timezone") or "UTC",
        currency=website.get("currency") or "USD",
        pixel_mode=str(pixel_settings_of(website)["mode"]),
        panels=tuple(link["panels"]),
        periods=tuple(link["periods"]),
        filters=dict(link["filters"]),
        theme=link["theme"],
        min_visitors=int(link["min_visitors"]),
        steps=tuple(link["steps"]),
    )


def _look(session: Session) -> _Seen:
    link = None
    if session.access is not None:
        link = tables.database().get(settings().workspace_table, SHARE_LINK.key(session.workspace_id, session.id))
    website = _website(session.workspace_id, session.website_id)
    return _Seen(link, website, epoch_seconds() + SEEN_SECONDS)


def _website(workspace_id: str, website_id: str) -> _Item | None:
    website = tables.database().get(settings().workspace_table, WEBSITE.key(workspace_id, website_id))
    return None if website is None or DELETED_AT in website else website


def _is_live(link: Mapping[str, Any]) -> bool:
    expires_at = link.get("expires_at")
    return DELETED_AT not in link and (expires_at is None or from_iso(expires_at).timestamp() > epoch_seconds())
