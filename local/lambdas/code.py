"""The code of functions on disk, looked at before each call: every request waits for it, so it is listed only once."""

import os
from pathlib import Path

_READ_SUFFIXES = (".py", ".json", ".yaml", ".txt", ".html", ".css")  # of the files that a function reads when it starts

Times = tuple[tuple[str, ...], tuple[int, ...]]
"""Paths of files, and when each was written."""


class Code:
    """A folder of code, with the folders in it. Their times say when the list of files has to be made again."""

    def __init__(self, folder: Path) -> None:
        self._root = str(folder)
        self._folders: dict[str, int] = {}
        self._files: list[str] = []

    def times(self) -> Times:
        """Return the files that a function may read."""
        if not self._is_listed():
            self._folders, self._files = {}, []
            self._list(self._root)
        return tuple(self._files), tuple(map(_written_at, self._files))

    def _is_listed(self) -> bool:
        return bool(self._folders) and all(_written_at(folder) == at for folder, at in self._folders.items())

    def _list(self, folder: str) -> None:
        self._folders[folder] = _written_at(folder)
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(_READ_SUFFIXES):
                    self._files.append(entry.path)
                elif entry.is_dir() and entry.name != "__pycache__":
                    self._list(entry.path)


def _written_at(path: str) -> int:
    """Return a time, or 0 for what has just been deleted: an editor may put another file in its place."""
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - a Path for each file takes twice as long
    except FileNotFoundError:
        return 0
