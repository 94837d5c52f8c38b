"""Who is no visitor: the reasons for which a request for a link is not counted, in this order.

All are recorded and flagged. None uses up a limit of clicks.
"""

from functools import cache
from pathlib import Path
from typing import Final

from pixel.events.enrichment.addresses import referrer_host
from pixel.events.enrichment.bots import Verdict, verdict_of
from pixel.redirects.visits import Visit

HEAD: Final = "head"
PREFETCH: Final = "prefetch"
MAIL_SCANNER: Final = "mail_scanner"
LINK_PREVIEW: Final = "link_preview"

_PURPOSES = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_AHEAD_OF_TIME = ("prefetch", "prerender", "preview")
_USER_AGENT_CHARACTERS_READ = 1024


def bot_verdict(visit: Visit) -> Verdict:
    """Return why a request is not a visitor's; the reason is empty if it is."""
    if visit.method == "HEAD":
        return Verdict(HEAD)
    stated = " ".join(visit.header(name).lower() for name in _PURPOSES)
    if any(word in stated for word in _AHEAD_OF_TIME):
        return Verdict(PREFETCH)
    verdict = verdict_of(visit.header("user-agent")[:_USER_AGENT_CHARACTERS_READ])
    if verdict.reason:
        return verdict
    host = referrer_host(visit.header("referer"))
    is_scanner = any(host == scanner or host.endswith(f".{scanner}") for scanner in _mail_scanners())
    return Verdict(MAIL_SCANNER) if host and is_scanner else Verdict()


@cache
def _mail_scanners() -> frozenset[str]:
    return frozenset((Path(__file__).parent / "mail_scanners.txt").read_text().split())
