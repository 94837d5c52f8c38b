"""Share links: the token is returned once, on creation; only hashes of the token and the password are stored.

The index by_share_token finds a link by the hash of its token.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from pixel.auth import keys, passwords
from pixel.foundation.clock import now, to_iso
from pixel.http.field_checks import invalid
from pixel.workspaces.dashboard_fields import (
    EmbedOrigins,
    Filters,
    MinVisitors,
    OneTheme,
    Panels,
    PanelsWithSteps,
    Periods,
    Steps,
    needs_steps,
)
from pixel.workspaces.models import (
    NAME_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    UNCHANGED,
    Days,
    Expiry,
    RecordModel,
    WebsiteId,
    text,
)
from pixel.workspaces.rules import Conflict, IssuedSecret, Rules
from pixel.workspaces.share_link_kind import SHARE_LINK

_TOKEN_PREFIX = "share_"  # noqa: S105 - the prefix of every token
_SHOWN_CHARACTERS = len(_TOKEN_PREFIX) + 4


def _password(value: Any) -> str:
    password = text(value)
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX or not password.isprintable():
        raise invalid(f"must have {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} printable characters.")
    return password


Password = Annotated[
    str,
    BeforeValidator(_password),
    Field(min_length=PASSWORD_CHARACTERS_MIN, max_length=PASSWORD_CHARACTERS_MAX),
]


def _link_name(value: Any) -> str:
    name = text(value).strip()
    if len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
        raise invalid(f"must have at most {NAME_CHARACTERS_MAX} printable characters.")
    return name


LinkName = Annotated[str, BeforeValidator(_link_name), Field(max_length=NAME_CHARACTERS_MAX)]


def _conflicts(item: Mapping[str, Any]) -> Iterator[Conflict]:
    if needs_steps(item.get("panels", ()), item.get("steps")):
        yield Conflict("steps", "must be given, because the link shares the panel funnel.")


class NewShareLink(RecordModel):
    """A share link to be created, optionally with a name, an expiry, a password and what its dashboard shows."""

    website_id: WebsiteId
    name: LinkName | None = None
    steps: Steps = UNCHANGED
    panels: PanelsWithSteps = UNCHANGED
    filters: Filters = UNCHANGED
    periods: Periods = UNCHANGED
    embed_origins: EmbedOrigins = UNCHANGED
    theme: OneTheme = UNCHANGED
    min_visitors: MinVisitors = UNCHANGED
    expires_at: Expiry | None = None
    expires_in_days: Days | None = None
    password: Annotated[Password | None, Field(repr=False)] = None


class ShareLinkChanges(RecordModel):
    """Changes to a share link; null removes the name, the expiry or the password."""

    name: LinkName | None = UNCHANGED
    steps: Steps = UNCHANGED
    panels: Panels = UNCHANGED
    filters: Filters = UNCHANGED
    periods: Periods = UNCHANGED
    embed_origins: EmbedOrigins = UNCHANGED
    theme: OneTheme = UNCHANGED
    min_visitors: MinVisitors = UNCHANGED
    expires_at: Expiry | None = UNCHANGED
    expires_in_days: Days | None = UNCHANGED
    password: Annotated[Password | None, Field(repr=False)] = UNCHANGED


def _issue() -> IssuedSecret:
    token = f"{_TOKEN_PREFIX}{keys.new_secret()}"
    stored = {"token_prefix": token[:_SHOWN_CHARACTERS], "token_hash": keys.digest(token)}
    return IssuedSecret({"token": token}, stored, f"/share/{token}")


def _to_attributes(values: dict[str, object]) -> dict[str, object]:
    """Replace a number of days by the expiry, and a password by its hash."""
    if "expires_in_days" in values:
        days = values.pop("expires_in_days")
        if days is not None:
            values["expires_at"] = to_iso(now() + timedelta(days=int(str(days))))
        else:
            values.setdefault("expires_at", None)  # null beside an instant must not remove it
    if "password" in values:
        password = values.pop("password")
        values["password_protected"] = password is not None
        values["password_hash"] = None if password is None else passwords.to_hash(str(password))
    return values


SHARE_LINKS = Rules(
    SHARE_LINK,
    NewShareLink,
    ShareLinkChanges,
    _conflicts,
    initial={**SHARE_LINK.defaults, "expires_at": None, "password_protected": False, "password_hash": None},
    to_attributes=_to_attributes,
    issue=_issue,
)
