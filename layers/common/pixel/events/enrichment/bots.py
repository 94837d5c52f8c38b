"""The detection of bots by their user agents. Events of bots are stored with a flag and not counted by default.

A user agent is split into words, and the first word in bots.json or ai_engines.json decides. A user agent that is not
listed but calls itself a bot, a crawler or a spider, or links to a page about itself, is a crawler. Detection takes two
passes over any text.
"""

import re
from functools import cache
from typing import NamedTuple

from pixel.events.enrichment.ai_engines import engine_of_user_agent_word
from pixel.events.enrichment.reference_data import group_of_each

AI_CRAWLER = "ai_crawler"
CRAWLER = "crawler"
EMPTY_USER_AGENT = "empty_user_agent"
WEBDRIVER = "webdriver"
NO_LANGUAGE = "no_language"
REASONS = frozenset(
    {AI_CRAWLER, CRAWLER, EMPTY_USER_AGENT, "headless_browser", "http_library", "link_preview", "monitor"}
)
REASONS_OF_BROWSERS = frozenset({WEBDRIVER, NO_LANGUAGE})
"""What requests and scripts of browsers tell, whatever the user agent says."""


_WORD = re.compile(r"[a-z0-9_]+(?:-[a-z][a-z0-9_]*)*", re.ASCII)
# Cubot is a brand of phones, and old browsers also call themselves "compatible".
_SELF_DECLARED = re.compile(
    r"(?<!cu)bots?(?![a-z])|crawl|spider|scrap(?:er|ing)|scanner|checker|validator|fetcher|indexer"
    r"|https?://|\(compatible; (?!msie|konqueror)",
    re.ASCII,
)


class Verdict(NamedTuple):
    """Why a user agent is a bot's, and the AI engine that the bot belongs to."""

    reason: str = ""  # empty: not a known bot
    llm_engine: str = ""


def verdict_of(user_agent: str) -> Verdict:
    """Return the verdict on a user agent. An empty one is a bot's, because browsers always send one."""
    text = user_agent.lower()
    if not text.strip():
        return Verdict(EMPTY_USER_AGENT)
    known = _known_words()
    for word in _WORD.findall(text):
        if verdict := known.get(word):
            return verdict
    return Verdict(CRAWLER) if _SELF_DECLARED.search(text) else Verdict()


@cache
def _known_words() -> dict[str, Verdict]:
    engines = engine_of_user_agent_word()
    return {
        **{word: Verdict(reason) for word, reason in group_of_each("bots").items()},
        **{word: Verdict(AI_CRAWLER, engine) for word, engine in engines.items()},
    }
