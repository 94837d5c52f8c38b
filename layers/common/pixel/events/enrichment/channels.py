"""The source of a visit: its channel and the AI engine that sent the visitor, if any.

The first matching rule decides:

1. utm_medium, if it is in utm_mediums.json. Its group `paid` becomes paid search, paid social or another paid channel,
   by the first of utm_source, click id and referrer that is known.
2. A click id in the URL (click_ids.json). fbclid is social and not paid: Facebook adds it to every link.
3. utm_source, by name (utm_sources.json, or an AI engine's) or as a host.
4. The referrer's host (referrers.json, or an AI engine's).
5. campaign, if there is a utm field that is not listed.
6. referral, if another host is the referrer; else direct.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from pixel.events.enrichment.ai_engines import engine_of_host, engine_of_utm_source
from pixel.events.enrichment.reference_data import group_of_each

DIRECT = "direct"
REFERRAL = "referral"
CAMPAIGN = "campaign"
AI = "ai"
PAID_OTHER = "paid_other"
CHANNELS = frozenset(
    {
        *(DIRECT, REFERRAL, CAMPAIGN, AI, PAID_OTHER),
        *("organic_search", "paid_search", "social", "paid_social"),
        *("email", "sms", "push", "affiliate", "display", "video"),
    }
)

_PAID = "paid"  # a medium, not a channel: it does not tell what was paid for
_PAID_CHANNEL = {
    "social": "paid_social",
    "paid_social": "paid_social",
    "organic_search": "paid_search",
    "paid_search": "paid_search",
    "display": "display",
    "affiliate": "affiliate",
}
_SUFFIX_LABELS_MAX = 2  # google.* is google.com and google.co.uk
_SUFFIX_LABEL_LENGTH_MAX = 3
_NAME_LENGTH_MAX = 253  # longer than any listed name, and short enough to cache
_CACHE_SIZE = 2048


class Campaign(NamedTuple):
    """The utm fields, as sent or as in the URL."""

    source: str = ""
    medium: str = ""
    name: str = ""
    term: str = ""
    content: str = ""


def channel_of(campaign: Campaign, query: Mapping[str, str], referrer_host: str) -> str:
    """Return the channel of a visit; `query` contains the parameters of the page's URL."""
    source, medium = campaign.source[:_NAME_LENGTH_MAX], campaign.medium[:_NAME_LENGTH_MAX]
    return _channel(source, medium, _by_click_id(query), referrer_host, is_campaign=any(campaign))


def engine_of(campaign: Campaign, referrer_host: str) -> str:
    """Return the AI engine that sent the visitor, or an empty text."""
    return _of_host(referrer_host).llm_engine or _of_utm_source(campaign.source[:_NAME_LENGTH_MAX]).llm_engine


@lru_cache(maxsize=_CACHE_SIZE)
def _channel(source: str, medium: str, by_click: str, referrer_host: str, *, is_campaign: bool) -> str:
    by_referrer = _of_host(referrer_host).channel if referrer_host else DIRECT
    by_source = _of_utm_source(source).channel
    by_medium = _mediums().get(_normalized(medium), "")
    if by_medium == _PAID:
        clues = (_PAID_CHANNEL.get(channel) for channel in (by_source, by_click, by_referrer))
        return next(filter(None, clues), PAID_OTHER)
    if by_medium or by_click or by_source:
        return by_medium or by_click or by_source
    return CAMPAIGN if is_campaign and by_referrer in {DIRECT, REFERRAL} else by_referrer


class _Known(NamedTuple):
    channel: str = ""
    llm_engine: str = ""


@lru_cache(maxsize=_CACHE_SIZE)
def _of_host(host: str) -> _Known:
    """Look up a host by its longest listed suffix, so that mail.google.com does not match google.*."""
    labels = host.split(".")
    for start in range(len(labels) - 1):
        for name in (".".join(labels[start:]), _with_any_suffix(labels[start:])):
            if engine := engine_of_host().get(name):
                return _Known(AI, engine)
            if channel := _referrers().get(name):
                return _Known(channel)
    return _Known(REFERRAL)


def _with_any_suffix(labels: list[str]) -> str:
    name, *suffix = labels
    if len(suffix) > _SUFFIX_LABELS_MAX or any(len(label) > _SUFFIX_LABEL_LENGTH_MAX for label in suffix):
        return ""
    return f"{name}.*"


@lru_cache(maxsize=_CACHE_SIZE)
def _of_utm_source(source: str) -> _Known:
    name = _normalized(source)
    if engine := engine_of_utm_source().get(name):
        return _Known(AI, engine)
    if channel := _utm_sources().get(name):
        return _Known(channel)
    known = _of_host(source.strip().lower())
    return _Known() if known.channel == REFERRAL else known


def _by_click_id(query: Mapping[str, str]) -> str:
    channels = _click_ids()
    for name in query:
        if name in channels:
            return channels[name]
    return ""


def _normalized(text: str) -> str:
    """Return the common form of spellings such as Paid-Social, paid_social and paid social."""
    return "".join(text.lower().split()).replace("-", "").replace("_", "")


@cache
def _referrers() -> dict[str, str]:
    return group_of_each("referrers")


@cache
def _utm_sources() -> dict[str, str]:
    return group_of_each("utm_sources")


@cache
def _mediums() -> dict[str, str]:
    return group_of_each("utm_mediums")


@cache
def _click_ids() -> dict[str, str]:
    return group_of_each("click_ids")
