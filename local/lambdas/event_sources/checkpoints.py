"""Checkpoints of shards, from which polling continues after a restart of the stack."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


class Checkpoints:
    def __init__(self, file: Path | None = None) -> None:
        """Read the checkpoints of an earlier run; without a file, none survive a restart."""
        self._file = file
        self._numbers: dict[str, str] = {}
        if file is not None and file.exists():
            with suppress(ValueError):  # a damaged file is ignored: records that are processed again count once
                self._numbers = dict(json.loads(file.read_text()))

    def find(self, source: str, shard_id: str) -> str | None:
        """Return the sequence number up to which all records are done, if there is one."""
        return self._numbers.get(f"{source} {shard_id}")

    def write(self, source: str, shard_id: str, number: str) -> None:
        self._numbers[f"{source} {shard_id}"] = number
        if self._file is not None:
            draft = self._file.with_suffix(".draft")
            draft.write_text(json.dumps(self._numbers, indent=2))
            draft.replace(self._file)


class Progress:
    """The records of a shard in flight, which lanes may finish out of order."""

    def __init__(self) -> None:
        self._is_done: dict[str, bool] = {}

    def begin(self, number: str) -> None:
        self._is_done[number] = False

    def finish(self, numbers: Iterable[str]) -> str | None:
        """Mark records as done; return the new last one before which all are done, or None if it is unchanged."""
        for number in numbers:
            self._is_done[number] = True
        last = None
        for number in list(self._is_done):
            if not self._is_done[number]:
                break
            del self._is_done[number]
            last = number
        return last
