"""Files of events, NDJSON or CSV, read in batches and as a stream, so that they may have any size.

CSV is read as the API reads files of a bucket: by the same rules, with the same sentences.
"""

import gzip
import json
import os
import shutil
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

from pixel.events.models import IDENTIFY
from pixel.foundation.errors import ApiError
from pixel.http.request_bodies import InvalidJsonError, parse_json
from pixel.ingest.files.lines import DamagedFileError, Position, read_lines, refuse_utf_16
from pixel.ingest.files.rows import HeaderError, Row, csv_rows, is_csv, read_header
from pixelctl.failures import ControlError

BATCH_EVENTS_MAX = 1000
BATCH_BYTES_MAX = 3_500_000  # the API accepts 4 MiB
# Bounds the memory for one line; the API decides how large an event may be.
LINE_BYTES_MAX = 1024 * 1024
_IDENTIFYING_BYTES = 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GZIP_FAILURES = (EOFError, gzip.BadGzipFile, zlib.error)
_CHUNK_BYTES = 256 * 1024
STDIN = Path("-")


class Place(NamedTuple):
    """The place after a line: its number, and the offset in the decompressed file."""

    line: int = 0
    offset: int = 0


class Event(NamedTuple):
    line: int
    content: bytes


class Unusable(NamedTuple):
    """A line or a row that is not an event, and why; `content` is None if the line is too long."""

    line: int
    code: str
    reason: str
    content: bytes | None


@dataclass
class Batch:
    events: list[Event] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    size: int = 0  # in bytes
    end: Place = field(default_factory=Place)
    bytes_read: int = 0  # of the stored file, for the progress line

    def has_room_for(self, content: bytes) -> bool:
        entries = len(self.events) + len(self.unusable)
        return not entries or (entries < BATCH_EVENTS_MAX and self.size + len(content) + 1 <= BATCH_BYTES_MAX)


class _Line(NamedTuple):
    end: Place
    content: bytes | None  # None: too long


class EventFile:
    """An open file of events, and the hash that identifies it."""

    def __init__(self, path: Path, stored: IO[bytes]) -> None:
        self.path = path
        self._stored = stored
        self._state = self._stat()
        self.size, self.modified_ns = self._state
        beginning = stored.read(_IDENTIFYING_BYTES)
        digest = sha256(json.dumps([path.name, self.size]).encode() + b"\n" + beginning)
        if path == STDIN:  # which has no name of its own, so that all of it tells it from others
            while piece := stored.read(_IDENTIFYING_BYTES):
                digest.update(piece)
        self.identity = digest.hexdigest()
        stored.seek(0)
        is_packed = beginning.startswith(_GZIP_MAGIC)
        self._lines: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=stored) if is_packed else stored
        self._is_csv = self._looks_like_csv() if path == STDIN else is_csv(path.name)

    def batches(self, start: Place) -> Iterator[Batch]:
        batch = Batch(end=start)
        for end, entry in self._csv_entries(start) if self._is_csv else self._json_entries(start):
            content = (entry and entry.content) or b""
            if not batch.has_room_for(content):
                yield self._unchanged(batch)
                batch = Batch()
            match entry:
                case Event():
                    batch.events.append(entry)
                case Unusable():
                    batch.unusable.append(entry)
            batch.size += len(content) + 1
            batch.end, batch.bytes_read = end, self._stored.tell()
        yield self._unchanged(batch)

    def _looks_like_csv(self) -> bool:
        """Return whether the file begins like a header and not like an object."""
        try:
            beginning = next(self._chunks(0), b"{")
        except DamagedFileError:
            return False
        return not beginning.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith((b"{", b"["))

    def _csv_entries(self, start: Place) -> Iterator[tuple[Place, Event | Unusable | None]]:
        try:
            header = read_header(read_lines(refuse_utf_16(self._chunks(0)), Position()))
            if header is None:
                return
            begin = max(Position(*start), header.end)
            for row in csv_rows(read_lines(self._chunks(begin.offset), begin), header.names):
                yield Place(*row.end), self._csv_entry(row)
        except HeaderError as failure:
            raise ControlError(f"The header of {self.path} cannot be used: {_sentences(failure.error)}") from None
        except DamagedFileError as failure:
            raise ControlError(f"{self.path} cannot be read. {failure}") from None

    def _csv_entry(self, row: Row) -> Event | Unusable | None:
        if row.error is not None:
            return Unusable(row.line, row.error.error.code, _sentences(row.error), row.text.encode())
        return Event(row.line, _dumped(self._with_id(row.event, row.line))) if row.text else None

    def _chunks(self, offset: int) -> Iterator[bytes]:
        try:
            self._lines.seek(offset)
            while chunk := self._lines.read(_CHUNK_BYTES):
                yield chunk
        except _GZIP_FAILURES:
            raise DamagedFileError("gzip cannot decompress it; replace the file.") from None

    def _json_entries(self, start: Place) -> Iterator[tuple[Place, Event | Unusable | None]]:
        return ((line.end, self._json_entry(line)) for line in self._read(start))

    def _read(self, start: Place) -> Iterator[_Line]:
        line, offset = start
        try:
            self._lines.seek(offset)
            while piece := self._lines.readline(LINE_BYTES_MAX):
                line, offset = line + 1, offset + len(piece)
                content: bytes | None = piece
                while len(piece) == LINE_BYTES_MAX and not piece.endswith(b"\n"):
                    piece = self._lines.readline(LINE_BYTES_MAX)
                    offset, content = offset + len(piece), None
                yield _Line(Place(line, offset), content)
        except _GZIP_FAILURES:
            raise ControlError(
                f"{self.path} is damaged: gzip cannot decompress it after line {line}. Replace the file."
            ) from None

    def _json_entry(self, line: _Line) -> Event | Unusable | None:
        number = line.end.line
        if line.content is None:
            return Unusable(number, "payload_too_large", "The line is too long for an event.", None)
        content = line.content.removeprefix(_BYTE_ORDER_MARK).strip() if number == 1 else line.content.strip()
        if not content:
            return None
        try:
            event = _object(content)
            named = self._with_id(event, number)
            return Event(number, content if named is event else _dumped(named))
        except UnicodeDecodeError:
            reason = "The line is not valid UTF-8; encode it as UTF-8."
        except InvalidJsonError as failure:
            reason = str(failure)
        return Unusable(number, "invalid_body", reason, content)

    def _with_id(self, event: dict[str, Any], line: int) -> dict[str, Any]:
        """Return the event with an id that is the same for every sending, unless it has one or needs none."""
        if event.get("event_id") is not None or event.get("name") == IDENTIFY or _is_known_by_transaction(event):
            return event
        return {**event, "event_id": f"file-{self.identity[:16]}-{line}"}

    def _unchanged(self, batch: Batch) -> Batch:
        if self._stat() != self._state:
            raise ControlError(f"{self.path} changed while it was being sent; send it again once nothing writes to it.")
        return batch

    def _stat(self) -> tuple[int, int]:
        found = os.fstat(self._stored.fileno())
        return found.st_size, found.st_mtime_ns


@contextmanager
def open_events(path: Path) -> Iterator[EventFile]:
    """Open a file of events. Standard input is kept in a temporary file, so that a batch can be sent again."""
    if path == STDIN:
        with TemporaryFile() as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
            kept.seek(0)
            yield EventFile(path, kept)
    elif not path.is_file():
        raise ControlError(f"{path} is not a file; name one with one event per line.")
    else:
        with path.open("rb") as stored:
            yield EventFile(path, stored)


def _object(content: bytes) -> dict[str, Any]:
    event = parse_json(content.decode())
    if not isinstance(event, dict):
        raise InvalidJsonError("An event must be a JSON object.")
    return event


def _dumped(event: dict[str, Any]) -> bytes:
    try:
        # Lone surrogates cannot be encoded as UTF-8; they stay escapes, as in the file.
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")
    except RecursionError:
        raise InvalidJsonError("The JSON is nested too deeply; use fewer levels.") from None


def _sentences(error: ApiError) -> str:
    """Return what is wrong with a header or with a row."""
    fields = (error.details or {}).get("fields")
    return " ".join(fault["message"] for fault in fields) if isinstance(fields, list) else error.message


def _is_known_by_transaction(event: dict[str, Any]) -> bool:
    """Return whether an event needs no id because it is a payment with a transaction id.

    The API counts each transaction once; an id derived from this file would count one refund twice.
    """
    return event.get("name") == "payment" and event.get("transaction_id") is not None
