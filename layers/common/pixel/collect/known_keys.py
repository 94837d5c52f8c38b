"""A cache of publishable keys with their websites, so that most requests of browsers need no look-up.

A key that was revoked works for half a minute more. While the tables cannot be reached, known keys stay valid for five
minutes.
"""

from typing import Final, NamedTuple

from pixel.auth import keys
from pixel.auth.keys import KeyRecord
from pixel.aws.json_service import AwsError
from pixel.foundation.clock import epoch_seconds, now
from pixel.foundation.container import kept
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import logger
from pixel.workspaces.known_websites import KnownWebsite, find_known_website

_LIVE_SECONDS: Final = 30
_MISSING_SECONDS: Final = 5
_STALE_SECONDS: Final = 300
_KNOWN_MAX: Final = 5_000


class Sender(NamedTuple):
    """A publishable key and its website."""

    key: KeyRecord
    website_id: str
    website: KnownWebsite


class _Known(NamedTuple):
    record: KeyRecord | None
    fresh_until: float
    usable_until: float


_known: dict[str, _Known] = kept({})


def find_sender(key: object) -> Sender:
    """Return the sender that a publishable key stands for. Raises the reason of a refusal, or AwsError."""
    if not isinstance(key, str) or not keys.is_publishable(key):
        raise ApiError(ErrorCode.INVALID_API_KEY)
    record = _find(key)
    if record is None or not record.is_publishable or not record.website_ids:
        raise ApiError(ErrorCode.INVALID_API_KEY)
    if record.revoked_at is not None:
        raise ApiError(ErrorCode.API_KEY_REVOKED)
    if record.has_expired(now()):
        raise ApiError(ErrorCode.API_KEY_EXPIRED)
    website_id = record.website_ids[0]
    website = find_known_website(record.workspace_id, website_id)
    if website is None:  # it was deleted
        raise ApiError(ErrorCode.INVALID_API_KEY)
    return Sender(record, website_id, website)


def _find(key: str) -> KeyRecord | None:
    moment = epoch_seconds()
    known = _known.get(key)
    if known is not None and known.fresh_until > moment:
        return known.record
    try:
        record = keys.find(key)
    except AwsError as failure:
        if known is None or known.usable_until <= moment:
            raise
        logger.warning("publishable key could not be read; using what is known", reason=str(failure))
        _known[key] = known._replace(fresh_until=moment + _MISSING_SECONDS)
        return known.record
    if len(_known) >= _KNOWN_MAX:
        _known.clear()
    seconds = _MISSING_SECONDS if record is None else _LIVE_SECONDS
    _known[key] = _Known(record, moment + seconds, moment + (seconds if record is None else _STALE_SECONDS))
    return record
