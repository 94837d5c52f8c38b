"""The derived columns of an event: parts of URLs, source, device and bot verdict.

A value that was sent takes precedence over a derived one unless it is empty. An empty user agent is that of a bot (see
bots.py). An event without a user agent is not, because servers send events.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypedDict

from pixel.events.enrichment.addresses import (
    Address,
    decoded,
    first_values,
    is_same_site,
    read_address,
    read_path,
    referrer_host,
)
from pixel.events.enrichment.bots import Verdict, verdict_of
from pixel.events.enrichment.channels import Campaign, channel_of, engine_of
from pixel.events.enrichment.user_agents import NO_MACHINE, Machine, machine_of

_USER_AGENT_CACHE_SIZE = 4096
_REFERRER_CACHE_SIZE = 1024
_USER_AGENT_LENGTH_READ = 1024  # enough to distinguish browsers and bots


class Page(NamedTuple):
    """The fields of an event that describe the visit; None if a field was not sent."""

    url: str | None = None
    path: str | None = None
    referrer: str | None = None
    user_agent: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    device: str | None = None
    browser: str | None = None
    os: str | None = None


class Enriched(TypedDict):
    """The derived columns, by their names in the datasources."""

    url: str
    host: str
    path: str
    referrer: str
    referrer_host: str
    channel: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_term: str
    utm_content: str
    llm_engine: str
    device: str
    browser: str
    os: str
    user_agent: str
    is_bot: int
    bot_reason: str


def enrich(page: Page, *, own_host: str = "", aliases: Sequence[str] = ()) -> Enriched:
    """Derive the columns.

    `own_host` is the website's domain, which a page sent as a path does not contain; `aliases` are the website too.
    """
    address = _address(page)
    query = first_values(address.query)
    campaign = _campaign(page, query)
    from_host = _other_host(page.referrer, address.host, own_host, *aliases) if page.referrer else ""
    verdict, machine = read_user_agent(page.user_agent)
    return {
        "url": page.url or "",
        "host": address.host,
        "path": address.path,
        "referrer": page.referrer or "",
        "referrer_host": from_host,
        "channel": channel_of(campaign, query, from_host),
        "utm_source": campaign.source,
        "utm_medium": campaign.medium,
        "utm_campaign": campaign.name,
        "utm_term": campaign.term,
        "utm_content": campaign.content,
        "llm_engine": engine_of(campaign, from_host) or verdict.llm_engine,
        "device": page.device or machine.device,
        "browser": page.browser or machine.browser,
        "os": page.os or machine.os,
        "user_agent": page.user_agent or "",
        "is_bot": int(verdict.reason != ""),
        "bot_reason": verdict.reason,
    }


def _campaign(page: Page, query: Mapping[str, str]) -> Campaign:
    return Campaign(
        page.utm_source or _value(query, "utm_source"),
        page.utm_medium or _value(query, "utm_medium"),
        page.utm_campaign or _value(query, "utm_campaign"),
        page.utm_term or _value(query, "utm_term"),
        page.utm_content or _value(query, "utm_content"),
    )


def _value(query: Mapping[str, str], name: str) -> str:
    return decoded(query[name]) if name in query else ""


def _address(page: Page) -> Address:
    """Return the path that was sent with the host and query of the URL; without a URL, the path has its own query."""
    of_url = read_address(page.url) if page.url else Address()
    if not page.path or page.path.isspace():
        return of_url
    of_path = read_path(page.path)
    return Address(of_url.host or of_path.host, of_path.path, of_url.query or of_path.query)


@lru_cache(maxsize=_REFERRER_CACHE_SIZE)
def _other_host(referrer: str, *own_hosts: str) -> str:
    """Return the host of the referrer, or an empty text if it is one of the website's own hosts."""
    host = referrer_host(referrer)
    return "" if any(is_same_site(host, own.lower()) for own in own_hosts) else host


def read_user_agent(user_agent: str | None) -> tuple[Verdict, Machine]:
    """Return whether a user agent is a bot's, and its machine. Without one, neither is known."""
    if user_agent is None:
        return Verdict(), NO_MACHINE
    return _read_known_user_agent(user_agent[:_USER_AGENT_LENGTH_READ])


@lru_cache(maxsize=_USER_AGENT_CACHE_SIZE)
def _read_known_user_agent(user_agent: str) -> tuple[Verdict, Machine]:
    """Return the verdict and the machine of a user agent. A bot has no machine, even if it claims one."""
    verdict = verdict_of(user_agent)
    return verdict, NO_MACHINE if verdict.reason else machine_of(user_agent)
