"""The row of a click: complete, derived and without an address before it leaves the function."""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from functools import partial
from typing import Any, NamedTuple

from pixel.auth.daily_salt import salt_of_today
from pixel.aws import quick
from pixel.aws.json_service import AwsError
from pixel.events.enrichment.addresses import read_address
from pixel.events.enrichment.bots import Verdict
from pixel.events.enrichment.columns import Page, enrich
from pixel.events.enrichment.continents import continent_of
from pixel.foundation.clock import epoch_seconds, iso_of_epoch
from pixel.foundation.observability import logger
from pixel.foundation.settings import ConfigurationError
from pixel.redirects.outages import ask
from pixel.redirects.signing import signature
from pixel.redirects.visits import Visit

ID_PURPOSE = "click"
_ID_VERSION = 1
_BOT, _QR = 1, 2
_LINK_BYTES, _MS_BYTES, _RANDOM_BYTES, _SIGNATURE_BYTES = 13, 6, 6, 10
_ID_PREFIX = "link_"
_USER_AGENT_CHARACTERS_MAX = 512
_REFERRER_CHARACTERS_MAX = 2048
_UTM_CHARACTERS_MAX = 512  # as of an event
_VISITOR_BYTES = 16


class Outcome(NamedTuple):
    """How a request for a link ended."""

    name: str
    status: int
    destination: str = ""  # where the visitor was sent
    rule_id: str = ""  # the rule that matched
    variant: int = 0  # which of the rule's destinations, from 1, if there are several


def row_of_click(visit: Visit, link: dict[str, Any], outcome: Outcome, verdict: Verdict) -> str:
    """Return the row of a click, as JSON in ASCII with every column of the datasource."""
    moment_ms = int(epoch_seconds() * 1000)
    is_bot, is_qr = verdict.reason != "", visit.is_qr
    written = f"{iso_of_epoch(moment_ms // 1000)[:-1]}.{moment_ms % 1000:03}Z"
    return json.dumps(
        {
            "workspace_id": link["workspace_id"],
            "link_id": link["link_id"],
            "click_id": click_id(link["link_id"], moment_ms, is_bot=is_bot, is_qr=is_qr),
            "timestamp": written,
            "received_at": written,
            "domain": visit.host,
            "code": link["code"],
            "campaign_id": link.get("campaign_id", ""),
            "folder_id": link.get("folder_id", ""),
            "rule_id": outcome.rule_id,
            "destination_host": read_address(outcome.destination).host if outcome.destination else "",
            "tags": link["tags"],
            "variant": outcome.variant,
            "status": outcome.status,
            "outcome": outcome.name,
            "trigger": "qr" if is_qr else "link",
            "visitor_hash": _visitor_hash(visit, link["workspace_id"]),
            "country": visit.country,
            "continent": continent_of(visit.country),
            "region": "",
            "city": "",
            "language": visit.language,
            **_derived(visit, outcome),
            "is_bot": int(is_bot),
            "bot_reason": verdict.reason,
            **({"llm_engine": verdict.llm_engine} if verdict.llm_engine else {}),
        },
        separators=(",", ":"),
    )


def click_id(link_id: str, moment_ms: int, *, is_bot: bool, is_qr: bool) -> str:
    """Return an id that says link and time, and that nobody else can make."""
    content = b"".join(
        (
            bytes((_ID_VERSION, _BOT * is_bot | _QR * is_qr)),
            int(link_id.removeprefix(_ID_PREFIX), 36).to_bytes(_LINK_BYTES),
            moment_ms.to_bytes(_MS_BYTES),
            secrets.token_bytes(_RANDOM_BYTES),
        )
    )
    try:
        signed = ask("the secret of links", partial(signature, ID_PURPOSE, content))[:_SIGNATURE_BYTES]
    except (AwsError, ConfigurationError) as failure:
        # It counts like any other, but no conversion can be attributed to it.
        logger.warning("click could not be signed", reason=str(failure))
        signed = secrets.token_bytes(_SIGNATURE_BYTES)
    return f"clk_{urlsafe_b64encode(content + signed).decode().rstrip('=')}"


def _derived(visit: Visit, outcome: Outcome) -> dict[str, Any]:
    """Return the columns that the enrichment of events derives, as if the visitor had arrived at the destination.

    So the utm columns are those of the destination's address, or of the request if the visitor was sent nowhere.
    """
    user_agent = _storable(visit.header("user-agent"), _USER_AGENT_CHARACTERS_MAX)
    referrer = _storable(visit.header("referer").partition("?")[0].partition("#")[0], _REFERRER_CHARACTERS_MAX)
    utm = {} if outcome.destination else {name: _storable(visit.parameter(name)) for name in _UTM}
    page = Page(url=outcome.destination, referrer=referrer, user_agent=user_agent, **utm)
    enriched: dict[str, Any] = {**enrich(page, own_host=visit.host)}
    cut = {name: enriched[name][:_UTM_CHARACTERS_MAX] for name in _UTM}
    return {**{name: enriched[name] for name in _DERIVED}, **cut}


def _storable(text: str, characters_max: int = _UTM_CHARACTERS_MAX) -> str:
    """Return the beginning of a text without halves of surrogate pairs, which no row can hold."""
    return text[:characters_max].encode(errors="replace").decode()


def _visitor_hash(visit: Visit, workspace_id: str) -> str:
    """Return what stands for a visitor today: another one tomorrow, and in another workspace."""
    try:
        salt = ask("the salt of the day", partial(salt_of_today, quick.quick_database))
    except AwsError as failure:
        logger.warning("visitor could not be hashed", reason=str(failure))
        return ""
    content = "\0".join((workspace_id, visit.source_ip, visit.header("user-agent")))
    return hmac.new(salt, content.encode(errors="replace"), hashlib.sha256).hexdigest()[: 2 * _VISITOR_BYTES]


_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_DERIVED = ("device", "browser", "os", "user_agent", "referrer", "referrer_host", "channel", "llm_engine")
