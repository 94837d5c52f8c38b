"""What a request for a short link is answered: the first rule that applies decides.

An answer has an outcome if it is recorded; a link that does not exist, or not yet, is not.
"""

from typing import Any, Final, NamedTuple

from pixel.events.enrichment.bots import Verdict
from pixel.foundation.clock import epoch_seconds
from pixel.links.codes import has_form_of_code, is_reserved
from pixel.links.queries import with_parameters
from pixel.redirects import pages
from pixel.redirects.answers import Answer, nothing, redirect
from pixel.redirects.bots import LINK_PREVIEW, bot_verdict
from pixel.redirects.clicks import Outcome
from pixel.redirects.lookup import find_link, settings_of_domain, take_click
from pixel.redirects.unlocking import is_unlocked
from pixel.redirects.visits import Visit

_DESCRIBED_BY: Final = "+"


class Followed(NamedTuple):
    """An answer, the link that it is about, and what is recorded of it."""

    answer: Answer
    link: dict[str, Any] | None = None
    outcome: Outcome | None = None
    verdict: Verdict = Verdict()


def follow(visit: Visit) -> Followed:  # noqa: PLR0911 - one for each rule, in their order
    """Return the answer to a request. Raises AwsError or ConfigurationError if it cannot be found out."""
    if not visit.code:
        return Followed(_root())
    code = visit.code.removesuffix(_DESCRIBED_BY)
    if not has_form_of_code(code) or is_reserved(code):
        return Followed(pages.not_found())
    link = find_link(code)
    if link is None:
        return Followed(_not_found())
    verdict = bot_verdict(visit)
    if "banned_at" in link:
        return _ended(link, verdict, "banned", pages.banned())
    if not is_live(link):
        return Followed(_not_found())
    if visit.code.endswith(_DESCRIBED_BY):
        return Followed(_not_found() if "password_hash" in link else pages.described(link), link)
    if has_expired(link):
        return _ended(link, verdict, "expired", _expired(link))
    if "password_hash" in link and not is_unlocked(visit, link):
        return _ended(link, verdict, "password", pages.password_form())
    if verdict.reason == LINK_PREVIEW and "preview" in link:
        return _ended(link, verdict, "preview", pages.preview(link))
    return _to_destination(visit, link, verdict)


def is_live(link: dict[str, Any]) -> bool:
    """Return whether a link is switched on and has begun."""
    return bool(link["enabled"]) and link.get("starts_at", 0) <= epoch_seconds()


def has_expired(link: dict[str, Any]) -> bool:
    return "expires_at" in link and link["expires_at"] <= epoch_seconds()


def _to_destination(visit: Visit, link: dict[str, Any], verdict: Verdict) -> Followed:
    if link["mode"] == "never":
        return _ended(link, verdict, "tracked", nothing())
    if "clicks_limit" in link and not verdict.reason and not take_click(link):
        return _ended(link, verdict, "used_up", _expired(link))
    address = link["destination"]
    if link["query_mode"] != "off":
        address = with_parameters(address, visit.passed_on, replacing=link["query_mode"] == "override")
    answer = redirect(address, link["status"])
    return Followed(answer, link, Outcome("redirected", answer.status, address), verdict)


def _ended(link: dict[str, Any], verdict: Verdict, outcome: str, answer: Answer) -> Followed:
    return Followed(answer, link, Outcome(outcome, answer.status), verdict)


def _root() -> Answer:
    address = settings_of_domain().get("root_url")
    return redirect(address) if address else pages.not_found()


def _not_found() -> Answer:
    address = settings_of_domain().get("not_found_url")
    return redirect(address) if address else pages.not_found()


def _expired(link: dict[str, Any]) -> Answer:
    address = link.get("expired_url") or settings_of_domain().get("expired_url")
    return redirect(address) if address else pages.expired()
