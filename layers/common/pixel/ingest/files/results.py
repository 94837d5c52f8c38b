"""The results of an import, written to the same bucket: its rejected rows and a summary.

Their names contain the version of the object, so that a corrected file has separate results and two imports never write
to the same object. Each step writes its rejects before its progress. A run that resumes reads them and drops those that
the saved progress does not include, so that each row is rejected once.
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
_OBJECT_BYTES = 4 * 1024 * 1024  # after which the next step writes to a new object
_PATH_BYTES_MAX = 900  # S3 allows 1,024
_LINE_BREAKS = str.maketrans({mark: f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"})


def _path(key: str, version: str) -> str:
    path = key.removeprefix(INCOMING)
    if len(path.encode()) > _PATH_BYTES_MAX:
        beginning = path.encode()[: _PATH_BYTES_MAX - 65].decode(errors="ignore")
        path = f"{beginning}-{sha256(path.encode()).hexdigest()}"
    return f"{path}/{version}"


class Rejects:
    """The rejected rows of an object. `number` and `lines` are saved with the progress of the import."""

    def __init__(self, bucket: str, key: str, version: str, progress: Progress) -> None:
        self.number = progress.rejects_number
        self._bucket = bucket
        self._folder = f"{REJECTED}{_path(key, version)}"
        self._content, self._is_written = self._read_previous(progress.rejects_lines)

    @property
    def lines(self) -> int:
        return len(self._content)

    @property
    def keys(self) -> list[str]:
        return [self._key(number) for number in range(1, self.number + 1) if number < self.number or self._content]

    def add(self, line: int, error: ApiError, text: str) -> None:
        self._content.append(
            _encoded(json.dumps({"line": line, "error": error_body(error), "row": text}, ensure_ascii=False))
        )
        self._is_written = False

    def write(self) -> None:
        """Write the rejects, and begin a new object if this one has become large."""
        if not self._is_written:
            content = b"".join(line + b"\n" for line in self._content)
            objects.put_object(self._bucket, self._key(self.number), content, content_type="application/x-ndjson")
            self._is_written = True
        if sum(map(len, self._content)) >= _OBJECT_BYTES:
            self.number += 1
            self._content = []

    def _read_previous(self, saved: int) -> tuple[list[bytes], bool]:
        """Return the rejects that the previous run wrote and saved, and whether it wrote no others."""
        found = (objects.get_object(self._bucket, self._key(self.number)) or b"").split(b"\n")[:-1]
        if len(found) < saved:
            logger.error("rejects of a previous run are missing", lines=saved - len(found))
        return found[:saved], len(found) <= saved

    def _key(self, number: int) -> str:
        return f"{self._folder}/rejects-{number:04}.ndjson"


def write_summary(bucket: str, key: str, version: str, summary: JsonObject) -> None:
    """Write the summary, apart from the rejects so that `rejected/` contains only files with errors."""
    content = json.dumps(summary, indent=2, ensure_ascii=False)
    objects.put_object(bucket, summary_key(key, version), _encoded(content), content_type="application/json")


def _encoded(content: str) -> bytes:
    """Encode JSON, with escapes for what is not UTF-8 and for line breaks of Unicode, at which readers may split it."""
    return content.translate(_LINE_BREAKS).encode(errors="backslashreplace")


def summary_key(key: str, version: str) -> str:
    return f"{SUMMARIES}{_path(key, version)}.json"
