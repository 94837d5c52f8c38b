"""The progress of the sending of a file, on standard error: a line on a terminal, elsewhere only what is waited for."""

import shutil
import sys
import time
from collections.abc import Mapping

_BAR_WIDTH = 24
_CLEAR = "\r\x1b[K"


class ProgressLine:
    def __init__(self, name: str, size: int, first_line: int) -> None:
        self._name = name
        self._size = max(size, 1)
        self._first_line = first_line
        self._started = time.monotonic()
        self._last = name

    def show(self, *, line: int, bytes_read: int, counts: Mapping[str, int]) -> None:
        """Show what was sent, and what became of it."""
        part = min(bytes_read / self._size, 1)
        done = int(part * _BAR_WIDTH)
        speed = (line - self._first_line) / max(time.monotonic() - self._started, 0.001)
        bar = f"{'#' * done}{'.' * (_BAR_WIDTH - done)}"
        fates = "  ".join(f"{number:,} {fate}" for fate, number in counts.items() if number)
        self._last = f"{self._name} [{bar}] {part:4.0%}  {line:,} lines  {speed:,.0f} events/s  {fates}"
        _draw(self._last)

    def sends(self, number: int) -> None:
        """Say that the API has to answer."""
        _draw(f"{self._last}  {number:,} sent, waiting for the API")

    def waits(self, why: str) -> None:
        """Say what is waited for, in a log too."""
        if _is_terminal():
            _draw(f"{self._last}  {why}")
        else:
            print(f"pixelctl: {why}", file=sys.stderr, flush=True)

    def clear(self) -> None:
        _draw("")


def _draw(text: str) -> None:
    if _is_terminal():
        print(_CLEAR + text[: shutil.get_terminal_size().columns - 1], end="", file=sys.stderr, flush=True)


def _is_terminal() -> bool:
    return sys.stderr.isatty()
