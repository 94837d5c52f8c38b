"""A progress line for the sending of a file, shown only if standard error is a terminal."""

import shutil
import sys
import time
from pathlib import Path

_BAR_WIDTH = 24
_CLEAR = "\r\x1b[K"


class ProgressBar:
    def __init__(self, path: Path, size: int, first_line: int) -> None:
        self._name = path.name
        self._size = max(size, 1)
        self._first_line = first_line
        self._started = time.monotonic()
        self._last = ""

    def show(self, *, line: int, bytes_read: int) -> None:
        part = min(bytes_read / self._size, 1)
        done = int(part * _BAR_WIDTH)
        speed = (line - self._first_line) / max(time.monotonic() - self._started, 0.001)
        bar = f"{'#' * done}{'.' * (_BAR_WIDTH - done)}"
        self._last = f"{self._name} [{bar}] {part:4.0%}  {line:,} lines  {speed:,.0f} events/s"
        _draw(self._last)

    def waits(self, why: str) -> None:
        _draw(f"{self._last}  {why}".strip())

    def clear(self) -> None:
        _draw("")


def _draw(text: str) -> None:
    if sys.stderr.isatty():
        print(_CLEAR + text[: shutil.get_terminal_size().columns - 1], end="", file=sys.stderr, flush=True)
