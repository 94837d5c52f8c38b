"""Destinations: addresses that links lead to, checked and normalized as browsers read them (WHATWG).

The parser is that of browsers, so what is checked here is what a visitor's browser would do. Only functions that save
links import this module; a redirect sends what was stored.
"""

import re
from collections.abc import Collection
from typing import Any, Final

import ada_url
from ada_url import HostType
from confusable_homoglyphs import confusables
from pydantic_core import PydanticCustomError

from pixel.http.field_checks import invalid, too_long, wrong_type

CHARACTERS_MAX: Final = 4096
_SCHEMES = ("http:", "https:")
_PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".arpa")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Of the WHATWG's list, those that a browser never sends in a host; a name with others, such as _, may exist.
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+", re.ASCII)


def normalized_destination(value: Any) -> str:
    """Return an address as browsers write it. Raises a custom error of pydantic if no link may lead there."""
    if not isinstance(value, str):
        raise wrong_type("must be text.")
    text = value.strip(" ")
    if not text or _CONTROL.search(text):
        raise _unreadable()
    if len(text) > CHARACTERS_MAX:
        raise _too_long()
    try:
        url = ada_url.URL(text)
    except ValueError:
        raise _unreadable() from None
    if url.protocol not in _SCHEMES:
        raise PydanticCustomError("scheme", "must begin with http:// or https://.")
    if url.username or url.password:
        raise PydanticCustomError("credentials", "must not contain a user name or a password.")
    _require_public_host(url.hostname, url.host_type)
    if len(url.href) > CHARACTERS_MAX:
        raise _too_long()
    return url.href


def as_browsers_write(address: str) -> str:
    """Return an address of any scheme as browsers write it. Raises ValueError if they cannot read it."""
    return str(ada_url.URL(address).href)


def leads_to(address: str, hosts: Collection[str]) -> bool:
    """Return whether a normalized address leads to one of these hosts, such as those of short links."""
    return _host(address) in hosts


def hosts_above(address: str) -> list[str]:
    """Return the host of a normalized address and each domain that it belongs to, but for the last label alone."""
    labels = _host(address).split(".")
    return [".".join(labels[place:]) for place in range(len(labels) - 1)]


def _host(address: str) -> str:
    return ada_url.URL(address).hostname.removesuffix(".")


def _require_public_host(host: str, host_type: HostType) -> None:
    name = host.removesuffix(".")
    if host_type is not HostType.DEFAULT or not _HOST.fullmatch(name) or name.endswith(_PRIVATE_ENDINGS):
        raise PydanticCustomError(
            "host_not_public", "must lead to a public domain name such as www.example.com, not to an IP address."
        )
    if any(map(_looks_like_another, name.split("."))):
        raise PydanticCustomError(
            "lookalike", "has a domain name that mixes scripts to look like another name; use a plain one."
        )


def _looks_like_another(label: str) -> bool:
    """Return whether a label mixes scripts in letters that are taken for others, such as a Cyrillic one among Latin."""
    return label.startswith("xn--") and bool(confusables.is_dangerous(ada_url.idna_to_unicode(label)))


def _unreadable() -> PydanticCustomError:
    return invalid("must be an address such as https://www.example.com/page.")


def _too_long() -> PydanticCustomError:
    return too_long(f"must have at most {CHARACTERS_MAX} characters.")
