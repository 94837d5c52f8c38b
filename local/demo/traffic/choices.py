"""Weighted choices, quick enough for millions."""

from bisect import bisect
from collections.abc import Iterable
from itertools import accumulate
from random import Random


class Choices[T]:
    """Values with weights, in the order given."""

    def __init__(self, weighted: Iterable[tuple[float, T]]) -> None:
        pairs = list(weighted)
        self.values = [value for _, value in pairs]
        self.weights = [weight for weight, _ in pairs]
        self._limits = list(accumulate(self.weights))
        self._total = self._limits[-1]
        self._last = len(self.values) - 1

    def pick(self, random: Random) -> T:
        return self.values[min(bisect(self._limits, random.random() * self._total), self._last)]

    def slots(self, count: int) -> list[int]:
        """Return the index of a value for each of `count` equally likely numbers, for choices in SQL."""
        return [bisect(self._limits, (slot + 0.5) / count * self._total) for slot in range(count)]
