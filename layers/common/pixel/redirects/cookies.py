"""Cookies of a link: none identifies a person, and none is set without a feature of the link that needs it."""

from http.cookies import CookieError, SimpleCookie
from typing import Final

from pixel.redirects.visits import Visit

DAYS_30: Final = 30 * 86_400


def read_cookie(visit: Visit, name: str) -> str:
    """Return the value of a cookie, or an empty text."""
    header = visit.header("cookie")
    if name not in header:
        return ""
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return "" if morsel is None else morsel.value


def written_cookie(name: str, value: str, seconds: int, path: str) -> str:
    """Return the header that sets a cookie which no script can read."""
    return f"{name}={value}; Max-Age={seconds}; Path={path}; HttpOnly; Secure; SameSite=Lax"
