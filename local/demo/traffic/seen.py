"""How long visitors see the pages that they open, and how much of them, as the browser pixel says it."""

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

from local.demo.traffic.sites import SCREENS, WORKED_ALONG_WITH

VISIBLE_MS_MIN: Final = 1000  # the pixel says nothing about pages that are seen for less
_UNSAID: Final = 0.05  # of pages: the browser ends, or the network does, before anything is sent
_HIDDEN_MEANWHILE: Final = 0.1  # of pages: another tab is in front for a while
_HIDDEN_BY_WORK: Final = 0.5  # of pages that visitors follow in another window
_ON_A_PHONE: Final = 1.8  # times as many screens
_SCREEN_MS: Final = 11_000  # until a visitor scrolls on, on average
_LOOKS: Final = 2  # at each screen, after which another tab is in front until the page is left


class Seen(NamedTuple):
    """What is sent when a page is hidden or left, so long after it was opened."""

    after_ms: int
    visible_ms: int
    scroll: int


def seen(random: Random, path: str, device: str, open_ms: int) -> Iterator[Seen]:
    """Yield what is sent about a page that is left after `open_ms`: once, twice if it was hidden, rarely nothing."""
    if random.random() < _UNSAID:
        return
    screens = SCREENS[path] * (_ON_A_PHONE if device == "mobile" else 1)
    each_ms = _SCREEN_MS * random.uniform(0.4, 2.2)
    open_ms = min(open_ms, int(_LOOKS * screens * each_ms))
    hidden_ms, back_ms = open_ms, open_ms
    if random.random() < (_HIDDEN_BY_WORK if path in WORKED_ALONG_WITH else _HIDDEN_MEANWHILE):
        hidden_ms, back_ms = sorted((random.randrange(open_ms), random.randrange(open_ms)))
    seen_ms, unsaid_ms = 0, 0
    for since_ms, until_ms in ((0, hidden_ms), (back_ms, open_ms)):
        seen_ms += until_ms - since_ms
        unsaid_ms += until_ms - since_ms
        if unsaid_ms >= VISIBLE_MS_MIN:
            yield Seen(until_ms, unsaid_ms, min(100, int(100 * (1 + seen_ms / each_ms) / screens)))
            unsaid_ms = 0
