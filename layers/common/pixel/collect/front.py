"""Where a visitor is: the address and the country, as the front of the deployment says them.

The address is that of the socket, unless a proxy proves by the secret of the key that it says whose request it passes
on. CloudFront says it in CloudFront-Viewer-Address, others in X-Forwarded-For, to which API Gateway adds the address of
the proxy. Addresses are used here and by the modules that count and hash them. They are never kept.
"""

import hmac
import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import unquote

from pixel.auth.keys import KeyRecord, digest
from pixel.events.vocabulary import countries
from pixel.foundation.spelling import spelled
from pixel.http.public_route import PublicRequest

_PLACE_CHARACTERS_MAX = 128
_PORT = re.compile(r"(?<=[\d\].]):\d{1,5}$")


class Place(NamedTuple):
    """An address, and what a trusted front says of it: empty texts where it says nothing."""

    address: str
    country: str = ""
    region: str = ""
    city: str = ""


def place_of(request: PublicRequest, key: KeyRecord) -> Place:
    """Return where the visitor is who sent a request with this key."""
    if not _is_proven(request.header("x-pixel-proxy"), key):
        return Place(request.source_ip)
    country = request.header("cloudfront-viewer-country") or request.header("x-pixel-country") or ""
    return Place(
        _from_cloudfront(request) or _forwarded(request, key.proxies) or request.source_ip,
        spelled(country.strip(), countries()) or "",
        _text(request.header("cloudfront-viewer-country-region")),
        _text(request.header("cloudfront-viewer-city")),
    )


def _is_proven(secret: str | None, key: KeyRecord) -> bool:
    return bool(secret and key.proxy_hash) and hmac.compare_digest(digest(str(secret).strip()), str(key.proxy_hash))


def _from_cloudfront(request: PublicRequest) -> str | None:
    """Return the address in CloudFront's header, in which a port follows it: 192.0.2.1:443 or 2001:db8::1:443."""
    written = request.header("cloudfront-viewer-address") or ""
    return _address(written.strip().rpartition(":")[0])


def _forwarded(request: PublicRequest, proxies: int) -> str | None:
    """Return the visitor's address: the one before those that proxies, and API Gateway after the last, have added."""
    values = request.headers.get("x-forwarded-for", ())
    written = [one.strip() for value in values for one in value.split(",")]
    return _address(_without_port(written[-1 - proxies])) if len(written) > proxies else None


def _without_port(text: str) -> str:
    return _PORT.sub("", text) if text.count(":") == 1 or text.startswith("[") else text


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        return None


def _text(value: str | None) -> str:
    """Return the name of a place, which CloudFront percent-encodes."""
    text = unquote(value or "").strip()
    return text if text.isprintable() and len(text) <= _PLACE_CHARACTERS_MAX else ""
