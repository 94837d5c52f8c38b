"""What a request for a short link is answered: the first rule that applies decides.

An answer has an outcome if it is recorded; a link that does not exist, or not yet, is not.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from pixel.events.enrichment.bots import Verdict
from pixel.foundation.clock import epoch_seconds
from pixel.links.codes import has_form_of_code, is_reserved
from pixel.links.queries import with_parameters
from pixel.redirects import consent, pages
from pixel.redirects.answers import Answer, nothing, redirect
from pixel.redirects.bots import LINK_PREVIEW, bot_verdict
from pixel.redirects.clicks import Outcome
from pixel.redirects.cookies import DAYS_30, read_cookie, written_cookie
from pixel.redirects.deep_links import Opening, opening_of, with_install_referrer, with_way_back
from pixel.redirects.facts import RETURNING_COOKIE, Facts
from pixel.redirects.lookup import find_link, settings_of_domain, take_click
from pixel.redirects.rules import Evaluation, asks_for_returning, evaluate, place_of
from pixel.redirects.unlocking import is_unlocked
from pixel.redirects.visits import Visit

_DESCRIBED_BY: Final = "+"
_VARIANT_COOKIE: Final = "px_v_"


class Followed(NamedTuple):
    """An answer, the link that it is about, what is recorded of it, and the rules that were tried."""

    answer: Answer
    link: dict[str, Any] | None = None
    outcome: Outcome | None = None
    verdict: Verdict = Verdict()
    evaluation: Evaluation = Evaluation()


class Circumstances(NamedTuple):
    """The moment of a visit, and what is known of the visitor and the link beyond both."""

    at: float
    is_unlocked: Callable[[Visit, dict[str, Any]], bool] = is_unlocked
    takes_click: Callable[[dict[str, Any]], bool] = take_click


def follow(visit: Visit) -> Followed:
    """Return the answer to a request. Raises AwsError or ConfigurationError if it cannot be found out."""
    if not visit.code:
        return Followed(_root())
    code = visit.code.removesuffix(_DESCRIBED_BY)
    if not has_form_of_code(code) or is_reserved(code):
        return Followed(pages.not_found())
    link = find_link(code)
    return Followed(_not_found()) if link is None else answer_of(visit, link, Circumstances(epoch_seconds()))


def answer_of(  # noqa: PLR0911 - one for each rule, in their order
    visit: Visit, link: dict[str, Any], under: Circumstances
) -> Followed:
    """Return the answer of a link to a visit, in the order of the first rule that applies."""
    verdict = bot_verdict(visit)
    if "banned_at" in link:
        return _ended(link, verdict, "banned", pages.banned())
    if not is_live(link, under.at):
        return Followed(_not_found())
    if visit.code.endswith(_DESCRIBED_BY):
        is_secret = "password_hash" in link
        return Followed(_not_found() if is_secret else pages.described(link, _report_address()), link)
    if has_expired(link, under.at):
        return _ended(link, verdict, "expired", _expired(link))
    if "password_hash" in link and not under.is_unlocked(visit, link):
        return _ended(link, verdict, "password", pages.password_form())
    if verdict.reason == LINK_PREVIEW and "preview" in link:
        return _ended(link, verdict, "preview", pages.preview(link))
    return _to_destination(visit, link, verdict, under)


def is_live(link: Mapping[str, Any], at: float) -> bool:
    """Return whether a link is switched on and has begun."""
    return bool(link["enabled"]) and link.get("starts_at", 0) <= at


def has_expired(link: Mapping[str, Any], at: float) -> bool:
    return "expires_at" in link and link["expires_at"] <= at


class _Sent(NamedTuple):
    """Where a link sends a visitor, which rule says so, and which of its destinations it is."""

    opening: Opening
    rule_id: str = ""
    variant: int = 0


def _to_destination(visit: Visit, link: dict[str, Any], verdict: Verdict, under: Circumstances) -> Followed:
    facts, mode = Facts(visit, verdict), link["mode"]
    evaluation = Evaluation() if mode == "always" else evaluate(link, facts, under.at)
    sent = _sent(visit, link, facts, evaluation)
    if mode == "never":
        outcome, answer = Outcome("tracked", 204, "", sent.rule_id, sent.variant), nothing()
    elif mode == "rule_only" and not sent.rule_id:
        return Followed(_not_found(), link, evaluation=evaluation)
    elif "clicks_limit" in link and not verdict.reason and not under.takes_click(link):
        return _ended(link, verdict, "used_up", _expired(link))._replace(evaluation=evaluation)
    else:
        opening = _with_query(visit, link, sent.opening)
        name, answer = _arrival(visit, link, verdict, opening)
        outcome = Outcome(name, answer.status, opening.address, sent.rule_id, sent.variant)
    if not verdict.reason:
        answer = answer._replace(cookies=_cookies(visit, link, evaluation, sent.variant))
    return Followed(answer, link, outcome, verdict, evaluation)


def _sent(visit: Visit, link: dict[str, Any], facts: Facts, evaluation: Evaluation) -> _Sent:
    """Return where the rule that matched leads, or else a deep link, or else the link itself."""
    rule = evaluation.rule
    if rule is not None:
        place = place_of(link, rule, facts, read_cookie(visit, _VARIANT_COOKIE + rule["id"]))
        address = with_parameters(rule["to"][place - 1][0], link.get("utm", ()), replacing=True)
        return _Sent(Opening(address), rule["id"], place if len(rule["to"]) > 1 else 0)
    address = link.get("destination", "")
    if "deep_links" not in link:
        return _Sent(Opening(address))
    opening = opening_of(link["deep_links"], facts, address)
    return _Sent(opening._replace(address=with_parameters(opening.address, link.get("utm", ()), replacing=True)))


def _with_query(visit: Visit, link: dict[str, Any], opening: Opening) -> Opening:
    address = opening.address
    if link["query_mode"] != "off":
        address = with_parameters(address, visit.passed_on, replacing=link["query_mode"] == "override")
    if "deep_links" in link:
        address = with_install_referrer(address, visit)
    return Opening(address, with_way_back(opening.app, address))


def _arrival(visit: Visit, link: dict[str, Any], verdict: Verdict, opening: Opening) -> tuple[str, Answer]:
    """Return the outcome and the answer that leads on."""
    if not verdict.reason and consent.is_asked(visit, link):
        return "interstitial", pages.consent_question(link["consent"], opening.address, opening.app)
    if opening.app:
        return "redirected", pages.app_opening(opening.address, opening.app)
    return "redirected", redirect(opening.address, link["status"])


def _cookies(visit: Visit, link: dict[str, Any], evaluation: Evaluation, variant: int) -> tuple[str, ...]:
    """Return the cookies that rules of the link need at the next visit."""
    values = {RETURNING_COOKIE: "1"} if asks_for_returning(link) else {}
    if variant and evaluation.rule is not None and evaluation.rule.get("by_cookie"):
        values[_VARIANT_COOKIE + evaluation.rule["id"]] = str(variant)
    return tuple(written_cookie(name, value, DAYS_30, visit.path) for name, value in values.items())


def _ended(link: dict[str, Any], verdict: Verdict, outcome: str, answer: Answer) -> Followed:
    return Followed(answer, link, Outcome(outcome, answer.status), verdict)


def _root() -> Answer:
    address = settings_of_domain().get("root_url")
    return redirect(address) if address else pages.not_found(_report_address())


def _not_found() -> Answer:
    address = settings_of_domain().get("not_found_url")
    return redirect(address) if address else pages.not_found(_report_address())


def _expired(link: dict[str, Any]) -> Answer:
    address = link.get("expired_url") or settings_of_domain().get("expired_url")
    return redirect(address) if address else pages.expired()


def _report_address() -> str:
    return str(settings_of_domain().get("report_address", ""))
