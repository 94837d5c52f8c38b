"""Deep links: the app that a visitor's device may have opens in place of the destination."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from pixel.links.queries import with_parameters
from pixel.redirects.facts import Facts
from pixel.redirects.visits import Visit

_PLATFORMS: Final = {"iOS": "ios", "iPadOS": "ios", "Android": "android"}
_FALLBACK: Final = "S.browser_fallback_url="
_STORE: Final = "https://play.google.com/store/"


class Opening(NamedTuple):
    """Where a visitor is sent: an address of the web, and before it one that only an app can open, if there is one."""

    address: str
    app: str = ""


def opening_of(deep_links: Mapping[str, str], facts: Facts, destination: str) -> Opening:
    """Return where the visitor's device is sent, which is the destination unless it has a deep link of its own."""
    value = deep_links.get(_PLATFORMS.get(facts.machine.os, ""))
    if value is None:
        return Opening(destination)
    if value.startswith("https:"):
        return Opening(value)
    return Opening(deep_links.get("fallback", destination), value)


def with_way_back(app: str, address: str) -> str:
    """Return an app's address; an intent of Android says itself where to go if no app takes it."""
    before, intent, rest = app.partition("#Intent;")
    if not app.startswith("intent:") or not intent:
        return app
    parts = [part for part in rest.split(";") if not part.startswith(_FALLBACK)]
    return f"{before}{intent}{';'.join([*parts[:-1], _FALLBACK + quote(address, safe=''), *parts[-1:]])}"


def with_install_referrer(address: str, visit: Visit) -> str:
    """Return an address; one of the Play Store gets the short link, of which an installed app then knows."""
    if not address.startswith(_STORE):
        return address
    return with_parameters(address, [("referrer", f"deepLink=https://{visit.host}{visit.path}")], replacing=False)
