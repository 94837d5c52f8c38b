"""The outcomes of a check: it passed, it was skipped, or it failed."""

from collections.abc import Mapping
from typing import NamedTuple


class Finding(NamedTuple):
    text: str
    steps: dict[str, float] = {}  # noqa: RUF012 - a NamedTuple's default; seconds by step


class CheckSkippedError(Exception):
    """A check cannot be made on this stack; the text says why."""


class CheckFailedError(Exception):
    """A check failed: the text says what was found, `todo` what to do about it."""

    def __init__(self, found: str, todo: str, steps: Mapping[str, float] | None = None) -> None:
        super().__init__(found)
        self.todo = todo
        self.steps = dict(steps or {})
