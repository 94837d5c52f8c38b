"""Share links: what they have beyond other records. The token is returned once by what makes it; of token and password
only hashes are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pixel.auth import keys
from pixelctl import passwords, records
from pixelctl.record_kinds import SHARE_LINK, CheckedValues

if TYPE_CHECKING:
    from pixel.aws.tables import Item
    from pixelctl.target import Target

_TOKEN_PREFIX = "share_"  # noqa: S105 - the part that every token has
_SHOWN_CHARACTERS = len(_TOKEN_PREFIX) + 4


def create_share_link(  # noqa: PLR0913 - what a link has, the rarer ones by name
    target: Target,
    workspace_id: str,
    website_id: str,
    values: CheckedValues,
    *,
    password: str | None = None,
    share_link_id: str | None = None,
) -> tuple[str, Item]:
    """The raw token and the link's item."""
    token = f"{_TOKEN_PREFIX}{keys.new_secret()}"
    stored = {**values, "token_prefix": token[:_SHOWN_CHARACTERS], "token_hash": keys.digest(token)}
    return token, records.create_record(
        target,
        SHARE_LINK,
        workspace_id,
        {**stored, **password_attributes(password)},
        website_id=website_id,
        record_id=share_link_id,
    )


def password_attributes(password: str | None) -> dict[str, object]:
    return {
        "password_protected": password is not None,
        "password_hash": None if password is None else passwords.to_hash(password),
    }
