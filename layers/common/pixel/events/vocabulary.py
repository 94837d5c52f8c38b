"""The values of fields that have a list of values, and names that have a usual spelling.

Events that are written and filters of reports are normalized by these rules, so that a filter finds what was written.
"""

from functools import cache
from pathlib import Path

from pixel.events.enrichment.user_agents import BROWSERS, SYSTEMS
from pixel.foundation.spelling import by_spelling, spelled

DEVICES = ("desktop", "mobile", "tablet", "tv", "console")
_COUNTRIES_FILE = Path(__file__).parent / "enrichment" / "reference_data" / "countries.txt"


@cache
def countries() -> dict[str, str]:
    return by_spelling(_COUNTRIES_FILE.read_text().split())


@cache
def devices() -> dict[str, str]:
    return by_spelling(DEVICES)


def usual_browser(value: str) -> str:
    """Return the browser's usual name, or the value unchanged if it is not a known one."""
    return spelled(value, _browsers()) or value


def usual_system(value: str) -> str:
    """Return the operating system's usual name, or the value unchanged if it is not a known one."""
    return spelled(value, _systems()) or value


@cache
def _browsers() -> dict[str, str]:
    return by_spelling(BROWSERS)


@cache
def _systems() -> dict[str, str]:
    return by_spelling(SYSTEMS)
