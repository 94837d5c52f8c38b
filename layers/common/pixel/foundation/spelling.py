"""Names and values as callers spell them: the listed one that is meant, or the most similar one for a message."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

_LIKENESS_MIN = 0.7
_CHARACTERS_COMPARED = 64


def by_spelling(values: Iterable[str]) -> dict[str, str]:
    """Return the values for `spelled`, by their spelling without case."""
    return {_folded(value): value for value in values}


def spelled(value: str, values: Mapping[str, str]) -> str | None:
    """Return the value as the list spells it, or None if it is not there; `values` is what `by_spelling` returns."""
    return values.get(_folded(value))


def choices(values: Iterable[str]) -> str:
    """Return the values as a message names them: desktop, mobile or tablet."""
    *others, last = values
    return f"{', '.join(others)} or {last}" if others else last


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar, or else the longest that is a word of it, as `to` of `date_to`."""
    return _nearest(name[:_CHARACTERS_COMPARED], frozenset(known))


@lru_cache(maxsize=256)  # a misspelled name usually occurs in every event
def _nearest(name: str, known: frozenset[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - only a misspelled name needs it, not a start

    by_lower_case = {one.lower(): one for one in sorted(known)}
    lower = name.lower()
    if similar := get_close_matches(lower, by_lower_case, n=1, cutoff=_LIKENESS_MIN):
        return by_lower_case[similar[0]]
    words = [word for word in lower.replace("-", "_").split("_") if word in by_lower_case]
    return by_lower_case[max(words, key=len)] if words else None


def _folded(value: str) -> str:
    """Return the form in which Organic Search, organic-search and organic_search are equal."""
    return value.strip().lower().replace("-", "_").replace(" ", "_")
