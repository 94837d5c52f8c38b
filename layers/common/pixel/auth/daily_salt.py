"""A salt for each day, by which addresses are counted and visitors told apart without being kept.

The first to need it makes it by a conditional write, in the table of counters, which has no recovery. Two days later it
is gone, and nobody can try which address a hash was made of. A day is a number of days since 1970, of UTC or of a time
zone: the same date begins at other moments elsewhere, and has the same salt everywhere.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from pixel.aws import tables
from pixel.aws.tables import Database
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept
from pixel.foundation.settings import settings

_DAY_SECONDS = 86_400
_KEPT_DAYS = 2
_HASH_CHARACTERS = 32
_KEY = "workspace_minute"
_IPV6_HOST_BITS = 64
_salts: dict[int, bytes] = kept({})


def hash_of_address(address: str, database: Callable[[], Database] | None = None) -> str:
    """Return what stands for an address today; those of one IPv6 network, a /64, are the same. Raises AwsError."""
    return hmac.new(salt_of_today(database), network_of(address).encode(), hashlib.sha256).hexdigest()[
        :_HASH_CHARACTERS
    ]


def network_of(address: str) -> str:
    """Return an IPv4 address as it is, and what all addresses of one /64 of IPv6 have in common."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or int(parsed) >> _IPV6_HOST_BITS)


def salt_of_today(database: Callable[[], Database] | None = None) -> bytes:
    """Return the salt of this day (UTC), of the tables of this function or those that are given. Raises AwsError."""
    return salt_of_day(int(epoch_seconds()) // _DAY_SECONDS, database)


def salt_of_day(day: int, database: Callable[[], Database] | None = None) -> bytes:
    """Return the salt of a day, today in some time zone. Raises AwsError."""
    if day not in _salts:
        made = {
            _KEY: f"salt#{day}",
            "salt": secrets.token_hex(32),
            "expires_at": (day + _KEPT_DAYS) * _DAY_SECONDS,
        }
        existing = (database or tables.database)().put_if_absent(settings().counters_table, made, _KEY)
        for past in [one for one in _salts if one < day - _KEPT_DAYS]:
            del _salts[past]
        _salts[day] = bytes.fromhex(str((existing or made)["salt"]))
    return _salts[day]
