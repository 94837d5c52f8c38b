"""The records of the rows of a file: what tells equal rows apart, and when rows without a timestamp were first seen.

Rows are told apart by their contents and their number among the equal rows of the file, so that a corrected file adds
only the rows that are new in it, even if lines moved. Each step writes the records of its rows before it ingests them,
and saves how many there are with its progress. A run that resumes reads them and drops any others.

The records are also read when another object of the same name is imported: a row without a timestamp that was in an
earlier one keeps its time.
"""

from array import array
from collections.abc import Iterator
from hashlib import sha256
from itertools import groupby
from typing import NamedTuple

from pixel.aws import objects
from pixel.ingest.files.lines import DamagedFileError
from pixel.ingest.files.progress import Progress

ROWS = "rows/"
_ROWS_MAX = 4_000_000  # with up to 90 bytes of memory each, for the file and again for earlier ones
_OBJECT_BYTES = 512 * 1024  # after which the next step writes to a new object
_RECORD_BYTES = 16  # 8 of the digest of the contents, 8 of the time, which is 0 for a row with a timestamp
_EARLIER_OBJECTS_MAX = 100
_FUTURE_MS = 10**13  # later than any object


class Occurrence(NamedTuple):
    """The number of a row among the equal rows of its file, and when it was first seen."""

    number: str
    at_ms: int


class LostRecordsError(DamagedFileError):
    """Records of a previous run were deleted, so that equal rows cannot be told apart any more."""


class RowRecords:
    """The records of the rows of an object. `number` and `rows` are saved with the progress of the import."""

    def __init__(self, bucket: str, key: str, version: str, progress: Progress) -> None:
        self.number = progress.records_number
        self._bucket = bucket
        self._modified_ms = progress.modified_ms
        self._names = f"{ROWS}{sha256(key.encode()).hexdigest()[:32]}/"
        # The newest version has the first name, because S3 lists names in order.
        self._folder = (
            f"{self._names}{_FUTURE_MS - progress.modified_ms:014}-{sha256(version.encode()).hexdigest()[:16]}/"
        )
        self._counts: dict[int, int] = {}
        self._total = 0
        self._earlier: dict[int, int] | None = None
        self._content = self._read_previous(progress.records_rows)
        self._is_written = True

    @property
    def rows(self) -> int:
        return len(self._content) // 2

    def add(self, contents: bytes, line: int, *, has_timestamp: bool) -> Occurrence:
        """Record a row, whose contents are given by their digest.

        Rows beyond the limit of memory are told apart by their line, and have the time of the object.
        """
        if self._total >= _ROWS_MAX:
            return Occurrence(f"line {line}", self._modified_ms)
        digest = int.from_bytes(contents[:8])
        number = self._count(digest)
        at_ms = self._modified_ms if has_timestamp else self._first_seen_ms(digest, number)
        self._content.extend((digest, 0 if has_timestamp else at_ms))
        self._is_written = False
        return Occurrence(str(number), at_ms)

    def write(self) -> None:
        """Write the records that are not written yet."""
        if not self._is_written:
            content = self._content.tobytes()
            objects.put_object(self._bucket, self._key(self.number), content, content_type="application/octet-stream")
            self._is_written = True

    def end_step(self) -> None:
        """Begin a new object if this one has become large."""
        if self.rows * _RECORD_BYTES >= _OBJECT_BYTES:
            self.number += 1
            self._content = array("Q")

    def _count(self, digest: int) -> int:
        self._total += 1
        number = self._counts.get(digest, 0) + 1
        self._counts[digest] = number
        return number

    def _read_previous(self, saved: int) -> "array[int]":
        """Count the rows that previous runs recorded and saved, and return the records of the current object."""
        content: array[int] = array("Q")
        for number in range(1, self.number + 1):
            is_current = number == self.number
            if is_current and not saved:
                return array("Q")
            content = _read(self._bucket, self._key(number))
            content = content[: 2 * saved] if is_current else content
            if not content or (is_current and len(content) < 2 * saved):
                raise LostRecordsError(
                    "The records of the rows that were imported are missing under rows/; upload the file again."
                )
            for digest in content[::2]:
                self._count(digest)
        return content

    def _first_seen_ms(self, digest: int, number: int) -> int:
        if self._earlier is None:
            self._earlier = self._read_earlier()
        return min(self._modified_ms, self._earlier.get(digest + number, self._modified_ms))

    def _read_earlier(self) -> dict[int, int]:
        """Return the times of rows without a timestamp of other objects of this name, by digest plus number."""
        earlier: dict[int, int] = {}
        names = [name for name in objects.list_keys(self._bucket, self._names) if not name.startswith(self._folder)]
        for _, keys in groupby(names[:_EARLIER_OBJECTS_MAX], lambda name: name.rpartition("/")[0]):
            counts: dict[int, int] = {}
            for key in keys:
                for digest, at_ms in _records(_read(self._bucket, key)):
                    if len(earlier) >= _ROWS_MAX:
                        return earlier
                    if at_ms:
                        number = counts[digest] = counts.get(digest, 0) + 1
                        earlier[digest + number] = min(at_ms, earlier.get(digest + number, at_ms))
        return earlier

    def _key(self, number: int) -> str:
        return f"{self._folder}{number:04}"


def _read(bucket: str, key: str) -> "array[int]":
    content: array[int] = array("Q")
    found = objects.get_object(bucket, key) or b""
    content.frombytes(found[: len(found) - len(found) % _RECORD_BYTES])
    return content


def _records(content: "array[int]") -> Iterator[tuple[int, int]]:
    return zip(content[::2], content[1::2], strict=True)
