"""Sessions of readers: signed, sent in a header, kept nowhere.

A session of a share link names the link and says nothing of what it shares: the link is read again, so a change of it
holds for sessions that are open. A session of an owner has no record, so it says itself what it shows.
"""

import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from pixel.dashboard.signing import NotSignedError, Purpose, sign, signed_content
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ApiError, ErrorCode

LINK_SECONDS: Final = 3600
OWNER_SECONDS_MIN, OWNER_SECONDS_MAX = 60, 43_200
_SCHEME = "viewer"
_ACCESS_CHARACTERS = 16
_ID_BYTES = 8
_LISTS = ("panels", "steps")


class Session(NamedTuple):
    """Who reads: what a signed session says."""

    id: str  # of the share link, or made for an owner's session
    workspace_id: str
    website_id: str
    expires_at: int
    access: str | None  # what the token and the password of the link must still be; None for an owner's session
    panels: tuple[str, ...] = ()  # this and the next are of an owner's session
    steps: tuple[str, ...] = ()


def link_session(link: dict[str, Any]) -> Session:
    """Return a new session of a share link, which has been opened."""
    return Session(
        link["id"],
        link["workspace_id"],
        link["website_id"],
        int(epoch_seconds()) + LINK_SECONDS,
        access_of(link),
    )


def owner_session(
    workspace_id: str, website_id: str, panels: Sequence[str], *, seconds: int, steps: Sequence[str] = ()
) -> Session:
    """Return a new session of a website's owner."""
    made = f"owner_{secrets.token_hex(_ID_BYTES)}"
    expires_at = int(epoch_seconds()) + seconds
    return Session(made, workspace_id, website_id, expires_at, None, tuple(panels), tuple(steps))


def access_of(link: dict[str, Any]) -> str:
    """Return what changes with the token and the password of a link, so that both end its sessions."""
    secret = f"{link['token_hash']}\n{link.get('password_hash') or ''}"
    return sha256(secret.encode()).hexdigest()[:_ACCESS_CHARACTERS]


def written(session: Session, *, secret: str | None = None) -> str:
    """Return a session as readers send it."""
    content = {name: value for name, value in session._asdict().items() if value not in (None, ())}
    return sign(Purpose.SESSION, content, secret=secret)


def read_session(authorization: str | None) -> Session:
    """Return the session of a request. Raises `session_expired` if there is none, or it has ended."""
    scheme, _, text = (authorization or "").strip().partition(" ")
    if scheme.lower() != _SCHEME:
        raise ended()
    try:
        content = signed_content(Purpose.SESSION, text.strip())
    except NotSignedError:
        raise ended() from None
    try:
        session = Session(**{"access": None, **content, **{name: tuple(content.get(name, ())) for name in _LISTS}})
    except TypeError:  # of a version of this API whose sessions had other fields
        raise ended() from None
    if session.expires_at <= epoch_seconds():
        raise ended()
    return session


def ended() -> ApiError:
    return ApiError(ErrorCode.SESSION_EXPIRED)
