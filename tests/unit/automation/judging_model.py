"""A second account of what an alert becomes and who is told, which reads the whole story each time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class Told(NamedTuple):
    """A message that was delivered."""

    says: str
    at: datetime


class Reader:
    """Somebody who believes what was delivered last, and the message that waits for the end of the quiet hours."""

    def __init__(self, *, cooldown: timedelta, to_fire: int, to_end: int) -> None:
        self.cooldown, self.to_fire, self.to_end = cooldown, to_fire, to_end
        self.delivered: list[Told] = []
        self.waiting: Told | None = None
        self.story = ""
        self.is_firing = False
        self.has_muted = False

    def listen(self, now: datetime) -> None:
        """Deliver what waits until now."""
        if self.waiting is not None and self.waiting.at <= now:
            self.delivered.append(self.waiting)
            self.waiting, self.has_muted = None, False

    def evaluate(self, letters: Sequence[str], now: datetime, send_at: datetime, *, is_snoozed: bool) -> str | None:
        """Take in windows, b breach, c clear, n between, l learning, h held, and return what a new message says."""
        was_firing = self.is_firing
        for letter in letters:
            self.story += "" if letter == "h" else letter
            if not self.is_firing and self.story.endswith("b" * self.to_fire):
                self.is_firing = True
            elif self.is_firing and self.story.endswith("c" * self.to_end):
                self.is_firing = False
        if self.waiting is not None and self.waiting.says != self._says():
            self.waiting = None
        has_changed = self.is_firing != was_firing
        if is_snoozed:
            # Who snoozes an alert that ends does not take it to go on.
            self.has_muted = self.has_muted or (has_changed and not self.is_firing)
            return None
        if not has_changed and not (self.is_firing and letters[-1] == "b"):
            return None  # an alert that goes on is news only where the last window shows it
        if self._belief() == self._says():
            return None
        if self.is_firing and self._told_too_recently(now):
            return None
        self.waiting = Told(self._says(), send_at)
        self.listen(now)
        return self._says()

    def _says(self) -> str:
        return "fired" if self.is_firing else "recovered"

    def _belief(self) -> str:
        if self.waiting is None and self.has_muted:
            return "recovered"
        last = self.waiting or next(reversed(self.delivered), None)
        return "recovered" if last is None else last.says

    def _told_too_recently(self, now: datetime) -> bool:
        fired = [told.at for told in self.delivered if told.says == "fired"]
        return bool(fired) and now - fired[-1] < self.cooldown
