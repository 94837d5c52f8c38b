"""The names of time zones in the IANA database, as the package tzdata lists them."""

from functools import cache
from pathlib import Path

import tzdata

from pixel.foundation.spelling import nearest

_FILE = Path(tzdata.__file__).with_name("zones")


@cache
def time_zones() -> frozenset[str]:
    """Return all names, including links; `make docs` writes the same list into time_window.pipe."""
    return frozenset(_FILE.read_text().split())


def fault_of_time_zone(name: str) -> str | None:
    """Return the end of the message about a name that is no time zone, or None if it is one."""
    if name in time_zones():
        return None
    form = "must be a name in the IANA time zone database"
    meant = nearest(name, time_zones())
    return f"{form}; did you mean `{meant}`?" if meant else f"{form}, such as Europe/Berlin."
