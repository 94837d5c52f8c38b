"""The compiled link of a code: one read, and none within five seconds of the last one of this container.

If the table cannot be reached, a container uses what it read within the last five minutes, and asks again after five
seconds.
"""

from typing import Any, Final, NamedTuple

from pixel.aws import quick
from pixel.aws.attributes import Item
from pixel.aws.json_service import AwsError
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept
from pixel.foundation.observability import logger
from pixel.foundation.settings import settings
from pixel.links.codes import code_key, domain_key, used_clicks_key

FRESH_SECONDS: Final = 5
DOMAIN_SECONDS: Final = 60
STALE_SECONDS: Final = 300
_READ_MAX = 5000
_MISSES_A_SECOND_MAX = 50


class _Read(NamedTuple):
    item: Item
    at: float
    asked_at: float  # later than `at` if the table could not be reached


_links: dict[str, _Read] = kept({})
_domains: dict[str, _Read] = kept({})
_misses: dict[int, int] = kept({})  # by second


def find_link(code: str) -> Item | None:
    """Return the compiled link of a code, or None if there is none. Raises AwsError if that cannot be found out."""
    key = code_key(code)
    item = _read(_links, key, FRESH_SECONDS)
    if item is None and not _is_flooded():
        # A link works in the moment in which its creation is answered.
        item = _remembered(_links, key["pk"], _fetch(key, consistently=True))
    if item is None:
        _count_miss()
    return None if item is None or "link_id" not in item else item


def settings_of_domain() -> Item:
    """Return the settings of the deployment's domain, if need be as they were, or none."""
    key = domain_key()
    try:
        found = _read(_domains, key, DOMAIN_SECONDS)
    except AwsError as failure:
        logger.warning("settings of the domain could not be read", reason=str(failure))
        return {}
    return _remembered(_domains, key["pk"], {}) or {} if found is None else found


def take_click(link: Item) -> bool:
    """Use one click of a limited link, and return False if there is none left. Raises AwsError.

    It is never retried, because a click must not be used twice.
    """
    key = used_clicks_key(link["link_id"])
    return quick.add_below(settings().links_table, key, "used", link["clicks_limit"])


def _read(kept_items: dict[str, _Read], key: dict[str, str], fresh_seconds: float) -> Item | None:
    known, now = kept_items.get(key["pk"]), epoch_seconds()
    is_usable = known is not None and now - known.at < STALE_SECONDS
    if known is not None and is_usable and now - known.asked_at < fresh_seconds:
        return known.item
    try:
        found = _fetch(key, consistently=False)
    except AwsError as failure:
        if known is None or not is_usable:
            raise
        logger.warning("link could not be read; using what is known", reason=str(failure))
        kept_items[key["pk"]] = known._replace(asked_at=now)
        return known.item
    return _remembered(kept_items, key["pk"], found)


def _remembered(kept_items: dict[str, _Read], name: str, item: Item | None) -> Item | None:
    """Keep an item that was read. What does not exist is not kept, so that a new link works at once."""
    kept_items.pop(name, None)
    if item is not None:
        if len(kept_items) >= _READ_MAX:
            kept_items.clear()
        now = epoch_seconds()
        kept_items[name] = _Read(item, now, now)
    return item


def _fetch(key: dict[str, Any], *, consistently: bool) -> Item | None:
    return quick.quick_database().get(settings().links_table, key, consistently=consistently)


def _is_flooded() -> bool:
    """Return whether somebody is guessing codes: then an unknown one is worth only one read."""
    second = int(epoch_seconds())
    return max(_misses.get(second, 0), _misses.get(second - 1, 0)) > _MISSES_A_SECOND_MAX


def _count_miss() -> None:
    second = int(epoch_seconds())
    for past in [one for one in _misses if one < second - 1]:
        del _misses[past]
    _misses[second] = _misses.get(second, 0) + 1
