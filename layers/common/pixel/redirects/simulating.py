"""Simulation: where a link would lead a visit that is made up, by the code that leads real ones, without a trace."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pixel.foundation.clock import epoch_seconds
from pixel.redirects.facts import RETURNING_COOKIE
from pixel.redirects.follow import Circumstances, answer_of
from pixel.redirects.rules import NO_TIME, Evaluated
from pixel.redirects.visits import Visit

_NOT_FOUND: Final = "not_found"


class EvaluatedRule(NamedTuple):
    """A rule that was tried, whether it matched, and what decided that."""

    rule_id: str
    matched: bool
    because: str


class Simulated(NamedTuple):
    """How a visit would end. The rules are those that a redirect would try; the last one may have matched."""

    outcome: str
    rule_id: str | None
    destination_url: str | None
    evaluated: list[EvaluatedRule]


def simulate(link: dict[str, Any], request: Mapping[str, Any], *, host: str, at: float | None = None) -> Simulated:
    """Return where a compiled link would lead a request at a moment, which is now unless given.

    The request has the fields of the model SimulatedRequest. Its visitor has entered the link's password, and finds a
    click left. Nothing is recorded, and no limit is used up.
    """
    moment = epoch_seconds() if at is None else at
    circumstances = Circumstances(moment, is_unlocked=lambda *_: True, takes_click=lambda _: True)
    followed = answer_of(_visit(link, request, host), link, circumstances)
    outcome, tried = followed.outcome, followed.evaluation.tried
    destination = outcome.destination if outcome else ""
    return Simulated(
        outcome.name if outcome else _NOT_FOUND,
        outcome.rule_id or None if outcome else None,
        destination or followed.answer.headers.get("Location"),
        [EvaluatedRule(one.rule["id"], one.matched, _because(one)) for one in tried],
    )


def _visit(link: Mapping[str, Any], request: Mapping[str, Any], host: str) -> Visit:
    headers = {
        "cloudfront-viewer-country": request.get("country", "").upper(),
        "user-agent": request.get("user_agent", ""),
        "accept-language": request.get("language", ""),
        "referer": request.get("referrer", ""),
        "cookie": f"{RETURNING_COOKIE}=1" if request.get("returning") else "",
    }
    query = {name: [value] for name, value in request.get("query", {}).items()}
    if "trigger" in request:
        query["qr"] = ["1" if request["trigger"] == "qr" else ""]
    return Visit(
        method="GET",
        code=link["code"],
        base="",
        host=host,
        source_ip=request.get("ip", ""),
        query=query,
        headers={name: [value] for name, value in headers.items()},
        body="",
        is_base64=False,
    )


def _because(tried: Evaluated) -> str:
    """Return what decided, as a sentence that names the condition by its position in the rule."""
    if tried.decided_by == NO_TIME:
        return "The rule has not begun or has ended."
    if tried.decided_by is None:
        return "Every condition holds." if tried.matched else "No condition holds."
    field, operator = tried.rule["conditions"][tried.decided_by][:2]
    return f"conditions.{tried.decided_by} ({field} {operator}) {'holds' if tried.matched else 'does not hold'}."
