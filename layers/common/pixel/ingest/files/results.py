"""The results of an import, written beside the object: its rejected rows and a summary.

Their names end in what tells the object from others of its name, so a corrected file has results of its own and two
imports never write to one object. Rejects are written at each step before its progress is saved. A run that continues
reads them back and drops those that the saved progress does not count, so each row is rejected once.
"""

import json
from hashlib import sha256

from pixel.aws import objects
from pixel.foundation import JsonObject
from pixel.foundation.errors import ApiError
from pixel.foundation.observability import logger
from pixel.http.response import error_body
from pixel.ingest.files.progress import Progress

INCOMING, REJECTED, SUMMARIES = "incoming/", "rejected/", "summaries/"
_OBJECT_BYTES = 4 * 1024 * 1024  # after which the next step begins another object
_PATH_BYTES_MAX = 900  # S3 allows names of 1,024


def _path(key: str, put: str) -> str:
    path = key.removeprefix(INCOMING)
    if len(path.encode()) > _PATH_BYTES_MAX:
        beginning = path.encode()[: _PATH_BYTES_MAX - 65].decode(errors="ignore")
        path = f"{beginning}-{sha256(path.encode()).hexdigest()}"
    return f"{path}/{put}"


class Rejects:
    """The rejected rows of an object. `number` and `lines` belong to the progress of the import."""

    def __init__(self, bucket: str, key: str, put: str, progress: Progress) -> None:
        self.number = progress.rejects_number
        self._bucket = bucket
        self._folder = f"{REJECTED}{_path(key, put)}"
        self._content, self._is_written = self._left_behind(progress.rejects_lines)

    @property
    def lines(self) -> int:
        return len(self._content)

    @property
    def keys(self) -> list[str]:
        return [self._key(number) for number in range(1, self.number + 1) if number < self.number or self._content]

    def add(self, line: int, error: ApiError, text: str) -> None:
        entry = json.dumps({"line": line, "error": error_body(error), "row": text}, ensure_ascii=False)
        self._content.append(entry.encode(errors="backslashreplace"))
        self._is_written = False

    def write(self) -> None:
        """Write all rows, and begin another object where this one has become large."""
        if not self._is_written:
            content = b"".join(line + b"\n" for line in self._content)
            objects.put_object(self._bucket, self._key(self.number), content, content_type="application/x-ndjson")
            self._is_written = True
        if sum(map(len, self._content)) >= _OBJECT_BYTES:
            self.number += 1
            self._content = []

    def _left_behind(self, known: int) -> tuple[list[bytes], bool]:
        """Return the rejects that the run before wrote and counted, and whether it wrote no others."""
        found = (objects.get_object(self._bucket, self._key(self.number)) or b"").split(b"\n")[:-1]
        if len(found) < known:
            logger.error("rejects are missing", lines=known - len(found))
        return found[:known], len(found) <= known

    def _key(self, number: int) -> str:
        return f"{self._folder}/rejects-{number:04}.ndjson"


def write_summary(bucket: str, key: str, put: str, summary: JsonObject) -> None:
    """Write the summary apart from the rejects, so that `rejected/` has files only where something is wrong."""
    content = json.dumps(summary, indent=2, ensure_ascii=False).encode(errors="backslashreplace")
    objects.put_object(bucket, summary_key(key, put), content, content_type="application/json")


def summary_key(key: str, put: str) -> str:
    return f"{SUMMARIES}{_path(key, put)}.json"
