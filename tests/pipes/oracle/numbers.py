"""Numbers as the pipes state them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal


def rate(part: int, base: int) -> float:
    return part / base if base else 0.0


def median_seconds(durations: Sequence[timedelta]) -> float:
    """Return the median in seconds, or 0 without durations."""
    if not durations:
        return 0.0
    ordered = sorted(duration // timedelta(milliseconds=1) for duration in durations)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2000


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def grouped[T, K](items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
