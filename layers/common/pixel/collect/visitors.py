"""Who is a visitor without anything on the device: a hash that is the same for one day of the website.

It is made with the salt of the day, of website, network and user agent. Two days later the salt is gone, and nobody
can make the hash again, not even of an address that he knows.
"""

import hashlib
import hmac
from base64 import b32encode
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pixel.auth.daily_salt import network_of, salt_of_day
from pixel.aws import quick
from pixel.collect.known_keys import Sender
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.observability import logger

_PREFIX = "d_"
_PURPOSE = "visitor"
_BYTES = 10
_EPOCH = date(1970, 1, 1).toordinal()


def visitor_of_day(sender: Sender, address: str, user_agent: str, at_ms: int | None = None) -> str:
    """Return the id of a visitor for a day in the time zone of the website: of a moment, or now. Raises AwsError.

    An event from before midnight that arrives after it is of the visitor of its own day, or that day had one too many.
    """
    seconds = epoch_seconds() if at_ms is None else at_ms / 1000
    salt = salt_of_day(_day_of(seconds, sender.website.timezone), quick.quick_database)
    content = "\0".join((_PURPOSE, sender.website_id, network_of(address), user_agent))
    hashed = hmac.new(salt, content.encode(errors="replace"), hashlib.sha256).digest()[:_BYTES]
    return _PREFIX + b32encode(hashed).decode().lower()


def _day_of(seconds: float, time_zone: str) -> int:
    """Return the day of a moment at the website, as a number of days since 1970."""
    try:
        zone = ZoneInfo(time_zone)
    except (OSError, ValueError):  # the record was edited by hand
        logger.error("unknown time zone of a website; its days are those of UTC")
        zone = ZoneInfo("UTC")
    return datetime.fromtimestamp(seconds, zone).toordinal() - _EPOCH
