"""How far each shard of a stream has been processed: Lambda goes on from there, also after a restart of the stack."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


class Checkpoints:
    def __init__(self, file: Path | None = None) -> None:
        """Read what an earlier run wrote into the file; without one, nothing outlives the stack."""
        self._file = file
        self._numbers: dict[str, str] = {}
        if file is not None and file.exists():
            with suppress(ValueError):  # of a file that is damaged: records that come again count once
                self._numbers = dict(json.loads(file.read_text()))

    def find(self, source: str, shard_id: str) -> str | None:
        """Return the number of the last record that is done, together with all before it."""
        return self._numbers.get(f"{source} {shard_id}")

    def write(self, source: str, shard_id: str, number: str) -> None:
        self._numbers[f"{source} {shard_id}"] = number
        if self._file is not None:
            draft = self._file.with_suffix(".draft")
            draft.write_text(json.dumps(self._numbers, indent=2))
            draft.replace(self._file)


class Progress:
    """The records of a shard that are under way. Lanes finish them in another order than they came in."""

    def __init__(self) -> None:
        self._is_done: dict[str, bool] = {}

    def begin(self, number: str) -> None:
        self._is_done[number] = False

    def finish(self, numbers: Iterable[str]) -> str | None:
        """Return the last record that is done together with all before it, where there is one more than before."""
        for number in numbers:
            self._is_done[number] = True
        last = None
        for number in list(self._is_done):
            if not self._is_done[number]:
                break
            del self._is_done[number]
            last = number
        return last
