"""The parsing of URLs into columns: host, path and query of a page, and the host of a referrer.

Events are validated before, so an unreadable part results in an empty text and never in an error. A host is in lower
case and in Punycode, as browsers send it, without port and user, and keeps its `www.`. A path is everything before the
query and the fragment, unchanged.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_plus

_HOST_LENGTH_MAX = 253
_LABEL_LENGTH_MAX = 63
_PARTS = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//([^/?#\\]*)([^?#]*)(?:\?([^#]*))?", re.IGNORECASE | re.ASCII)
_WHOLE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE | re.ASCII)
_BARE_HOST = re.compile(r"([^\s/?#:@]++)(?::\d++)?(?:[/?#]|$)")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]", re.ASCII)
_PORT = re.compile(r":\d*$", re.ASCII)


class Address(NamedTuple):
    """The parts of a URL; those that it lacks are empty."""

    host: str = ""
    path: str = ""
    query: str = ""


def read_address(url: str) -> Address:
    """Parse a URL with a host, or one that begins with a path, such as /pricing?plan=pro."""
    url = url.strip()
    if parts := _PARTS.match(url):
        authority, path, query = parts.groups("")
        return Address(_host(authority), path or "/", query)
    return read_path(url) if url.startswith("/") else Address()


def read_path(path: str) -> Address:
    """Parse a path, which may have a query and may lack its first slash, or an absolute URL."""
    path = path.strip()
    if _WHOLE.match(path):
        return read_address(path)
    before_fragment = path.partition("#")[0]
    found, _, query = before_fragment.partition("?")
    return Address("", found if found.startswith("/") else f"/{found}", query)


def referrer_host(referrer: str) -> str:
    """Return the host of a referrer, which may lack a scheme or name an app, as android-app://com.google.android.gm/."""
    referrer = referrer.strip()
    parts = _PARTS.match(referrer)
    if not parts and (bare := _BARE_HOST.match(referrer)) and "." in bare[1]:
        parts = bare
    return _host(parts[1]) if parts else ""


def is_same_site(host: str, other: str) -> bool:
    """Return whether two hosts are equal apart from `www.`."""
    return host.removeprefix("www.") == other.removeprefix("www.")


def first_values(query: str) -> dict[str, str]:
    """Return the first non-empty value of each parameter, by its name in lower case."""
    values: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        if value:
            values.setdefault(name.lower(), value)
    return values


def decoded(value: str) -> str:
    """Return a query value, percent-decoded and without unprintable characters."""
    text = unquote_plus(value) if "%" in value or "+" in value else value
    return (text if text.isprintable() else "".join(filter(str.isprintable, text))).strip()


@lru_cache(maxsize=1024)
def _host(authority: str) -> str:
    host = _PORT.sub("", authority.rpartition("@")[2])
    return _as_browsers_send_it(host) if len(host) <= _HOST_LENGTH_MAX else ""


def _as_browsers_send_it(host: str) -> str:
    host = host.lower().rstrip(".")
    if not host.isascii() and host.isprintable():
        host = ".".join(map(_punycode, unicodedata.normalize("NFKC", host).split(".")))
    return host if _HOST.fullmatch(host) and len(host) <= _HOST_LENGTH_MAX else ""


def _punycode(label: str) -> str:
    if label.isascii():
        return label
    return f"xn--{label.encode('punycode').decode()}" if len(label) <= _LABEL_LENGTH_MAX else ""
