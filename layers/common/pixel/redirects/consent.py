"""Consent: whether a visitor is asked, before the link leads on, if services of others may measure the visit.

The answer is kept in a cookie of the domain, which the page itself sets. A browser that states a preference against it
is not asked.
"""

from collections.abc import Mapping
from typing import Any, Final

from pixel.redirects.cookies import read_cookie
from pixel.redirects.visits import Visit

COOKIE: Final = "px_c"
ANSWERS: Final = ("yes", "no")
KEPT_SECONDS: Final = 180 * 86_400
_PREFERENCES: Final = ("sec-gpc", "dnt")


def is_asked(visit: Visit, link: Mapping[str, Any]) -> bool:
    """Return whether the visitor is asked: neither answered already, nor declined by a setting of the browser."""
    if "consent" not in link or any(visit.header(name) == "1" for name in _PREFERENCES):
        return False
    return read_cookie(visit, COOKIE) not in ANSWERS
