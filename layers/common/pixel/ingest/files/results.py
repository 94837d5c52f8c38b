"""What becomes of an import, written beside the object: its rejected rows, and a summary.

Names end in what tells the object from others under its name, so that a mended file has reports of its own and two
imports never write to one object. Rejects are written whole at each step, before the step counts: a run that goes on
reads them back and cuts off what its progress does not know, so a row is rejected once whatever dies when.
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
_OBJECT_BYTES = 4 * 1024 * 1024  # from here on the next step begins another object
_PATH_BYTES_MAX = 900  # S3 takes names of 1,024


def _path(key: str, put: str) -> str:
    path = key.removeprefix(INCOMING)
    if len(path.encode()) > _PATH_BYTES_MAX:
        beginning = path.encode()[: _PATH_BYTES_MAX - 65].decode(errors="ignore")
        path = f"{beginning}-{sha256(path.encode()).hexdigest()}"
    return f"{path}/{put}"


class Rejects:
    """Rejected rows of an object. `number` and `lines` are what progress has to know of them."""

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
        """All of them; to another object from then on where this one has become large."""
        if not self._is_written:
            content = b"".join(line + b"\n" for line in self._content)
            objects.put_object(self._bucket, self._key(self.number), content, content_type="application/x-ndjson")
            self._is_written = True
        if sum(map(len, self._content)) >= _OBJECT_BYTES:
            self.number += 1
            self._content = []

    def _left_behind(self, known: int) -> tuple[list[bytes], bool]:
        """By the run before, as far as its progress knows of it, and whether that is all there is."""
        found = (objects.get_object(self._bucket, self._key(self.number)) or b"").split(b"\n")[:-1]
        if len(found) < known:
            logger.error("rejects are gone", lines=known - len(found))
        return found[:known], len(found) <= known

    def _key(self, number: int) -> str:
        return f"{self._folder}/rejects-{number:04}.ndjson"


def write_summary(bucket: str, key: str, put: str, summary: JsonObject) -> None:
    """Apart from the rejects, so that whoever watches `rejected/` hears of a file only when something is wrong."""
    content = json.dumps(summary, indent=2, ensure_ascii=False).encode(errors="backslashreplace")
    objects.put_object(bucket, summary_key(key, put), content, content_type="application/json")


def summary_key(key: str, put: str) -> str:
    return f"{SUMMARIES}{_path(key, put)}.json"
