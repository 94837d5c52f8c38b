"""Where a visitor is: the address and the country, as the edge or a proxy with the secret of the key says them.

Addresses are used here and by the modules that count and hash them. They are never kept.
"""

from typing import NamedTuple
from urllib.parse import unquote

from pixel.auth.keys import KeyRecord
from pixel.events.vocabulary import countries
from pixel.foundation.spelling import spelled
from pixel.http.front import address_by_cloudfront, address_forwarded, is_from_edge, is_from_proxy
from pixel.http.public_route import PublicRequest

_PLACE_CHARACTERS_MAX = 128


class Place(NamedTuple):
    """An address, and what a trusted front says of it: empty texts where it says nothing."""

    address: str
    country: str = ""
    region: str = ""
    city: str = ""


def place_of(request: PublicRequest, key: KeyRecord) -> Place:
    """Return where the visitor is who sent a request with this key. Raises AwsError."""
    if is_from_proxy(request, key):
        address = address_by_cloudfront(request) or address_forwarded(request, key.proxies)
        return _place(request, address, request.header("x-pixel-country"))
    if is_from_edge(request):
        return _place(request, address_by_cloudfront(request), None)
    return Place(request.source_ip)


def _place(request: PublicRequest, address: str | None, otherwise: str | None) -> Place:
    country = request.header("cloudfront-viewer-country") or otherwise or ""
    return Place(
        address or request.source_ip,
        spelled(country.strip(), countries()) or "",
        _text(request.header("cloudfront-viewer-country-region")),
        _text(request.header("cloudfront-viewer-city")),
    )


def _text(value: str | None) -> str:
    """Return the name of a place, which CloudFront percent-encodes."""
    text = unquote(value or "").strip()
    return text if text.isprintable() and len(text) <= _PLACE_CHARACTERS_MAX else ""
