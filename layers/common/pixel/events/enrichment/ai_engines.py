"""AI engines that send visitors or read pages."""

from functools import cache

from pixel.events.enrichment.reference_data import read_list


@cache
def engine_of_host() -> dict[str, str]:
    """Return the engine of each referrer host."""
    return _engine_of_each("referrers")


@cache
def engine_of_utm_source() -> dict[str, str]:
    """Return the engine of each utm_source value."""
    return _engine_of_each("utm_sources")


@cache
def engine_of_user_agent_word() -> dict[str, str]:
    """Return the engine of each user-agent word."""
    return _engine_of_each("user_agents")


def _engine_of_each(known_by: str) -> dict[str, str]:
    return {entry: engine for engine, names in read_list("ai_engines").items() for entry in names[known_by]}
