"""The files of a link domain: what crawlers and apps ask for at fixed paths."""

from collections.abc import Mapping
from typing import Final

from pixel.redirects import pages
from pixel.redirects.answers import Answer
from pixel.redirects.lookup import settings_of_domain

_FRESH: Final = {"Cache-Control": "public, max-age=300"}
# Crawlers may ask for links: each answer says whether it may be indexed.
_ROBOTS: Final = "User-agent: *\nDisallow:\n"
_SETTINGS: Final[Mapping[str, str]] = {
    "/.well-known/apple-app-site-association": "apple_app_site_association",
    "/.well-known/assetlinks.json": "asset_links",
}


def file_at(path: str) -> Answer:
    """Return the file at a path; a page where the domain has none."""
    if path == "/robots.txt":
        return Answer(200, {**_FRESH, "Content-Type": "text/plain; charset=utf-8"}, _ROBOTS)
    contents = settings_of_domain().get(_SETTINGS.get(path, ""))
    return Answer(200, {**_FRESH, "Content-Type": "application/json"}, contents) if contents else pages.not_found()
