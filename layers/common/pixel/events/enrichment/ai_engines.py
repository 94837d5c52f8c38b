"""AI engines: which one sent a visitor, and which one read a page itself."""

from functools import cache

from pixel.events.enrichment.reference_data import read_list


@cache
def engine_of_host() -> dict[str, str]:
    """Return the engine of each host of a referrer."""
    return _engine_of_each("referrers")


@cache
def engine_of_utm_source() -> dict[str, str]:
    """Return the engine of each value of utm_source."""
    return _engine_of_each("utm_sources")


@cache
def engine_of_user_agent_word() -> dict[str, str]:
    """Return the engine of each word of a user agent."""
    return _engine_of_each("user_agents")


def _engine_of_each(known_by: str) -> dict[str, str]:
    return {entry: engine for engine, names in read_list("ai_engines").items() for entry in names[known_by]}
