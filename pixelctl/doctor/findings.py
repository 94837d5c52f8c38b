"""What a check of the doctor can find: all is well, it cannot look, or something is wrong."""

from collections.abc import Mapping
from typing import NamedTuple


class Finding(NamedTuple):
    text: str
    steps: dict[str, float] = {}  # noqa: RUF012 - of a tuple; seconds of each


class SkippedError(Exception):
    """A check cannot be made here; the text says why."""


class UnfitError(Exception):
    """A check failed: the text says what was found, `todo` what to do about it."""

    def __init__(self, found: str, todo: str, steps: Mapping[str, float] | None = None) -> None:
        super().__init__(found)
        self.todo = todo
        self.steps = dict(steps or {})
