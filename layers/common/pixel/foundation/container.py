"""What a container of a function keeps from one request to the next, and how to forget it.

Modules declare what they keep, so that nothing else needs to know their names. Tests forget it all, so that each of
them starts in a cold container. What does not depend on the environment, such as reference data, need not be declared.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

_clear_made: list[Callable[[], None]] = []
_clear_kept: list[Callable[[], None]] = []


class _Clearable(Protocol):
    def clear(self) -> None: ...


def made_once[T](make: Callable[[], T]) -> "_lru_cache_wrapper[T]":
    """Keep what a function makes of the environment, as `functools.cache` does: settings or a client."""
    cached = cache(make)
    _clear_made.append(cached.cache_clear)
    return cached


def kept[C: _Clearable](contents: C) -> C:
    """Declare where requests leave something for later ones, such as an empty dictionary, and return it."""
    _clear_kept.append(contents.clear)
    return contents


def forget_environment() -> None:
    """Forget settings and clients, so that the environment is read again."""
    for clear in _clear_made:
        clear()


def forget_all() -> None:
    """Forget settings, clients and what earlier requests left."""
    forget_environment()
    for clear in _clear_kept:
        clear()
