"""How much tests try: `make test` a sample of what `make thorough` tries in full.

A test that is marked `thorough` runs only there. A module that asks for its depth here runs in both.
"""

import os
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Final

import pytest

IS_THOROUGH: Final = os.environ.get("THOROUGH") == "1"


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
        is_marked = item.get_closest_marker("thorough") is not None
        runs = is_marked or _has_depth(item) if IS_THOROUGH else not is_marked
        (kept if runs else others).append(item)
    return kept, others


def _has_depth(item: pytest.Item) -> bool:
    module = getattr(item, "module", None)
    return isinstance(module, ModuleType) and any(
        value in (depth, some_of) for value in vars(module).values() if callable(value)
    )
