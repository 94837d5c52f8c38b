"""The progress of sending a file and the events that were rejected, stored beside the file."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from pixelctl.events.files import STDIN, EventFile, Place
from pixelctl.failures import ControlError

STATUSES: Final = ("accepted", "duplicate", "queued", "rejected")
SHOWN_MAX: Final = 5
_VERSION = 1


@dataclass
class Progress:
    """The contents of <file>.progress.json, which is written after each batch.

    After an interruption, a batch that is not in it is sent again, and the rejects file is cut off at `rejects_bytes`.
    """

    url: str
    identity: str
    modified_ns: int
    place: Place = field(default_factory=Place)
    sent: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))
    seconds: float = 0.0
    rejects_bytes: int = 0
    version: int = _VERSION

    @classmethod
    def of(cls, file: EventFile, url: str, *, restart: bool) -> Self:
        """Return the progress of an earlier run, or that of a new one."""
        beginning = cls(url, file.identity, file.modified_ns)
        if restart or file.path == STDIN:
            return beginning
        found: Self | None = None
        try:
            kept = json.loads(progress_path(file.path).read_text())
            found = cls(**{**kept, "place": Place(*kept["place"])})
        except FileNotFoundError:
            return beginning
        except (ValueError, KeyError, TypeError):
            pass
        if found is None or found.version != _VERSION:
            raise ControlError(f"{progress_path(file.path)} cannot be read; send the whole file again with --restart.")
        if found.url != url:
            raise ControlError(
                f"{found.place.line} lines of {file.path} were sent to {found.url}; continue there, "
                "or send the whole file here with --restart."
            )
        if (found.identity, found.modified_ns) != (file.identity, file.modified_ns):
            raise ControlError(
                f"{file.path} has changed since its first {found.place.line} lines were sent. Put the new lines into "
                "another file; --restart sends the whole file and counts events without an event_id again."
            )
        return found

    def count(self, statuses: Iterable[str]) -> None:
        counted = Counter(statuses)
        self.counts = {status: self.counts[status] + counted[status] for status in STATUSES}

    def save(self, file: Path) -> None:
        """Save the progress beside the file; that of standard input is lost with it."""
        if file == STDIN:
            return
        path = progress_path(file)
        draft = path.with_name(f"{path.name}.draft")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(path)


class Rejects:
    """<file>.rejects.ndjson: one line for each rejected event; it exists only if there are any.

    Of events from standard input, the lines are on standard error.
    """

    def __init__(self, file: Path, progress: Progress) -> None:
        self.path = None if file == STDIN else file.with_name(f"{file.name}.rejects.ndjson")
        self.first: list[Mapping[str, Any]] = []
        """Those of this run that are shown, without their events."""
        self._progress = progress
        path = self.path
        if path is None:
            return
        if not progress.rejects_bytes:
            path.unlink(missing_ok=True)
        elif not path.exists():
            raise ControlError(
                f"{path} is missing; put it back to continue, or send the whole file again with --restart."
            )
        else:
            os.truncate(path, progress.rejects_bytes)

    def add(self, rejects: Sequence[Mapping[str, Any]]) -> None:
        self.first += rejects[: SHOWN_MAX - len(self.first)]
        text = "".join(f"{json.dumps(reject, ensure_ascii=False)}\n" for reject in rejects)
        if self.path is None:
            sys.stderr.write(text)
        elif text:
            with open(self.path, "ab", opener=_for_the_owner) as file:
                file.write(text.encode(errors="backslashreplace"))
                self._progress.rejects_bytes = file.tell()


def progress_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.progress.json")


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
