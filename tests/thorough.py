"""How much tests try: `make test` a sample of what `make thorough` tries in full.

A test that is marked `thorough` runs only there. A module that asks for its depth here runs in both. `THOROUGH=1` tries
everything in full, `THOROUGH=only` leaves out what `make test` does in full too.
"""

import os
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Final

import pytest

_MODE: Final = os.environ.get("THOROUGH", "")
IS_THOROUGH: Final = _MODE in ("1", "only")


def depth(variable: str, *, usual: int, thorough: int) -> int:
    """Return how many examples to try, unless a variable of the environment says another number."""
    return int(os.environ.get(variable, thorough if IS_THOROUGH else usual))


def some_of[T](everything: Iterable[T], usual: int) -> Sequence[T]:
    """Return everything, or as many of it as are usual, evenly apart and with the first and the last."""
    whole = list(everything)
    if IS_THOROUGH or len(whole) <= usual:
        return whole
    return [whole[round(place * (len(whole) - 1) / max(usual - 1, 1))] for place in range(usual)]


def sorted_out(items: Iterable[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the tests that this run is for, and the others."""
    kept: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        (kept if _runs(item) else others).append(item)
    return kept, others


def _runs(item: pytest.Item) -> bool:
    is_marked = item.get_closest_marker("thorough") is not None
    if _MODE == "only":
        return is_marked or _has_depth(item)
    return IS_THOROUGH or not is_marked


def _has_depth(item: pytest.Item) -> bool:
    module = getattr(item, "module", None)
    return isinstance(module, ModuleType) and any(
        value in (depth, some_of) for value in vars(module).values() if callable(value)
    )
