"""Which pages may use a publishable key: those of the hosts that the key or its website names.

A program can lie about its origin. The list keeps other sites from writing into these numbers by mistake or by copying
a page; limits and the rules about bots do the rest.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from pixel.collect.known_keys import Sender
from pixel.events.enrichment.addresses import is_same_site
from pixel.foundation.errors import ApiError, ErrorCode

_ANY = "*."


def require_allowed(sender: Sender, origin: str | None, referrer: str | None) -> None:
    """Raise `origin_not_allowed` unless the Origin of a request, or else its Referer, is on the list."""
    host = _host_of(origin or referrer or "")
    if host is None or not _is_listed(host, sender):
        raise ApiError(ErrorCode.ORIGIN_NOT_ALLOWED)


def _host_of(address: str) -> str | None:
    """Return the host of an address of a page, or None if it is none, as `null` of a sandboxed frame is not."""
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname
    except ValueError:
        return None
    return host.rstrip(".") if host and parts.scheme in {"http", "https"} else None


def _is_listed(host: str, sender: Sender) -> bool:
    if sender.key.origins is None:
        own: Iterable[str] = (sender.website.domain, *sender.website.aliases)
        return any(is_same_site(host, one) for one in own)
    return any(host.endswith(one[1:]) if one.startswith(_ANY) else host == one for one in sender.key.origins)
