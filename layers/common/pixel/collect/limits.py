"""How many events an address and a website may send in a minute.

Events are counted in the container, and added to a counter that all containers share at most once a second, so that a
pageview costs no write. The limit is exact to what all containers count within a second. Few events of an address stay
in the container. An address is counted by its hash under the salt of the day.
"""

from math import ceil
from typing import Final, NamedTuple

from pixel.auth.daily_salt import hash_of_address
from pixel.auth.keys import KeyRecord
from pixel.aws import quick
from pixel.aws.json_service import AwsError
from pixel.collect.known_keys import Sender
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import settings

ADDRESS: Final = (120, 60)
WEBSITE: Final = (6_000, 60)
_KEPT_SECONDS: Final = 3_600
_SECONDS_BETWEEN_WRITES: Final = 1.0
_PART_KEPT_HERE: Final = 20
"""An address is added to the counter once it has sent one part in so many of its limit."""
_TALLIES_MAX: Final = 20_000


class _Tally(NamedTuple):
    """What is counted in one window."""

    counted: int = 0  # by all containers, when this one last added to the counter
    unsent: int = 0  # by this container since then
    sent_at: float = 0.0


class _Counted(NamedTuple):
    """What is counted, its limit, and how many are kept in the container."""

    name: str
    whose: str
    most: int
    seconds: int
    kept_here: int


_tallies: dict[str, _Tally] = kept({})


def take(sender: Sender, address: str, events: int) -> None:
    """Count events of an address and of a website. Raises `too_many_events` if either sends too many.

    The address comes first: what it sends above its limit must not use up that of the website.
    """
    _take_of_address(sender, address, events)
    most, seconds = _limit(sender.key, "collect", WEBSITE)
    _take(_Counted(f"{sender.website_id}#collect{seconds}", "for this website", most, seconds, 0), events)


def _take_of_address(sender: Sender, address: str, events: int) -> None:
    most, seconds = _limit(sender.key, "address", ADDRESS)
    try:
        hashed = hash_of_address(address, quick.quick_database)
    except AwsError as failure:
        _report(failure)
        return
    name = f"{sender.website_id}#address{seconds}#{hashed}"
    _take(_Counted(name, "from this address", most, seconds, most // _PART_KEPT_HERE), events)


def _limit(key: KeyRecord, name: str, default: tuple[int, int]) -> tuple[int, int]:
    return (key.limits or {}).get(name, default)


def _take(counted: _Counted, events: int) -> None:
    now = epoch_seconds()
    window = int(now) // counted.seconds
    name, ends_at = f"{counted.name}#{window}", (window + 1) * counted.seconds
    tally = _tallies.get(name) or _Tally(sent_at=now)
    if tally.counted + tally.unsent + events > counted.most:
        seconds = max(1, ceil(ends_at - now))
        headers = {"Retry-After": str(seconds)}
        raise ApiError(ErrorCode.TOO_MANY_EVENTS, headers=headers, whose=counted.whose, seconds=seconds)
    tally = tally._replace(unsent=tally.unsent + events)
    if tally.unsent > counted.kept_here and now - tally.sent_at >= _SECONDS_BETWEEN_WRITES:
        tally = _added(name, tally, ends_at, now)
    if len(_tallies) >= _TALLIES_MAX:
        _tallies.clear()
    _tallies[name] = tally


def _added(name: str, tally: _Tally, ends_at: int, now: float) -> _Tally:
    """Add what is unsent to the counter. If that fails, it is tried again after a second."""
    key = {"workspace_minute": name}
    try:
        total = quick.quick_database().add(
            settings().counters_table, key, "hits", tally.unsent, expires_at=ends_at + _KEPT_SECONDS
        )
    except AwsError as failure:
        _report(failure)
        return tally._replace(sent_at=now)
    return _Tally(total, 0, now)


def _report(failure: AwsError) -> None:
    logger.warning("events of browsers could not be counted", reason=str(failure))
    count("UncountedBrowsers")
