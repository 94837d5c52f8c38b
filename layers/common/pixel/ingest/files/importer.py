"""The import of an object in steps: ingest a portion of its rows, write the rejects, save the progress.

A step that was interrupted is repeated from its beginning. It results in the same rows, because each has a permanent
`origin`, and it overwrites the rejects of the first attempt.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from enum import Enum
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from pixel.aws import objects
from pixel.aws.json_service import AwsRefusedError
from pixel.aws.objects import ChangedObjectError, MissingObjectError, OpenObject
from pixel.events.models import read_event_or_identify
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds, iso_of_epoch
from pixel.foundation.errors import ApiError, ErrorCode, LoggableError
from pixel.foundation.observability import logger
from pixel.ingest.event import ACCEPTED, DUPLICATE, QUEUED, REJECTED, IncomingEvent, Result
from pixel.ingest.files import progress as import_progress
from pixel.ingest.files.lines import (
    DamagedFileError,
    Line,
    Position,
    decompress,
    detect_gzip,
    read_lines,
    refuse_utf_16,
    skip,
)
from pixel.ingest.files.progress import LEASE_SECONDS, LeaseHeldError, LeaseLostError, Progress
from pixel.ingest.files.results import Rejects, write_summary
from pixel.ingest.files.row_records import Occurrence, RowRecords
from pixel.ingest.files.rows import HeaderError, Row, csv_rows, is_csv, ndjson_rows, portions, read_header
from pixel.ingest.sources.envelopes import S3Object

_ROWS_MAX = 5000
_BYTES_MAX = 2 * 1024 * 1024
_INGEST_SECONDS = 30.0
_STEP_SECONDS = 45.0  # of a whole step; a step is begun only if so much time is left
_LEASE_SECONDS_MIN = 60  # that the lease must still last when something is written
_DELAY_SECONDS = 60


class Ingest(Protocol):
    """The function that ingests the events of a portion."""

    def __call__(self, incoming: Sequence[IncomingEvent], *, seconds: float) -> list[Result]:
        """Ingest events. Raises if none can be ingested now."""


class ImportState(Enum):
    """How far an import is, from done to furthest from done."""

    DONE = "done"
    CONTINUE = "to be continued"
    RETRY = "to be retried"


class Imported(NamedTuple):
    """The state of an import and, if it is not done, when to continue."""

    state: ImportState
    reason: str = ""
    seconds: int = 0
    is_failed: bool = False  # for a reason that may never pass, so that only a few attempts follow
    is_attempt: bool = True  # False if another run has the object


class _OutOfTimeError(Exception):
    pass


def import_object(pointer: S3Object, ingest: Ingest, *, deadline: float) -> Imported:
    """Import an object, or as much of it as possible before `deadline`, in epoch seconds."""
    try:
        progress = import_progress.take(pointer.bucket, pointer.key, pointer.version)
    except LeaseHeldError as failure:
        return Imported(ImportState.RETRY, str(failure), failure.seconds, is_attempt=False)
    except LoggableError as failure:
        return Imported(ImportState.RETRY, str(failure), _DELAY_SECONDS)
    if progress.is_finished:
        return Imported(ImportState.DONE, "the object was already imported")
    return _Import(pointer, progress, ingest, deadline).run()


class _Import:
    def __init__(self, pointer: S3Object, progress: Progress, ingest: Ingest, deadline: float) -> None:
        self._pointer = pointer
        self._progress = progress
        self._ingest = ingest
        self._deadline = deadline
        self._records: RowRecords | None = None

    def run(self) -> Imported:
        try:
            self._rejects = Rejects(self._pointer.bucket, self._pointer.key, self._pointer.version, self._progress)
            self._read_to_the_end()
            self._finish()
        except _OutOfTimeError:
            imported = Imported(ImportState.CONTINUE)
        except LeaseLostError as failure:
            imported = Imported(ImportState.RETRY, str(failure), LEASE_SECONDS)
        except AwsRefusedError as failure:
            imported = Imported(ImportState.RETRY, str(failure), _DELAY_SECONDS, is_failed=True)
        except LoggableError as failure:
            imported = Imported(ImportState.RETRY, str(failure), _DELAY_SECONDS)
        except ApiError as failure:
            is_defect = failure.error is ErrorCode.INTERNAL_ERROR  # of this API, met again by the same row
            imported = Imported(ImportState.RETRY, failure.error.code, _DELAY_SECONDS, is_failed=is_defect)
        else:
            imported = Imported(ImportState.DONE, self._progress.reason or "")
        if imported.state is not ImportState.DONE:
            self._release()
        logger.info(
            "import step finished", state=imported.state.value, reason=imported.reason, lines=self._progress.line
        )
        return imported

    def _read_to_the_end(self) -> None:
        progress = self._progress
        if progress.reason is not None or (not progress.is_packed and progress.offset == progress.size):
            return
        try:
            self._read()
        except HeaderError as failure:
            self._rejects.add(failure.row.line, failure.error, failure.row.text)
            self._step(
                failure.row.end, Counter({REJECTED: 1}), "The header is invalid; the rejects contain the reason."
            )
        except DamagedFileError as failure:
            self._step(self._progress.position, Counter(), str(failure))
        except ChangedObjectError:
            reason = "The object was replaced before all of it was read."
            self._step(self._progress.position, Counter(), reason)
        except MissingObjectError:
            self._step(self._progress.position, Counter(), "The object was deleted before all of it was read.")

    def _read(self) -> None:
        bucket, key, etag, _ = self._pointer
        start = 0 if self._progress.is_packed else self._progress.offset
        with closing(objects.open_object(bucket, key, start=start, etag=etag or None)) as stored:
            lines = read_lines(self._decompressed(stored), self._progress.position)
            rows = self._rows(lines, key)
            self._records = RowRecords(bucket, key, self._pointer.version, self._progress)
            for portion in portions(rows, self._progress.position, rows_max=self._step_rows, bytes_max=_BYTES_MAX):
                if epoch_seconds() + _STEP_SECONDS > self._deadline:
                    raise _OutOfTimeError
                self._step(portion.end, self._ingest_rows(portion.rows, self._records))

    def _decompressed(self, stored: OpenObject) -> Iterator[bytes]:
        """Return the uncompressed content from the current position on."""
        chunks: Iterator[bytes] = stored.chunks()
        if self._progress.offset == 0:
            is_packed, chunks = detect_gzip(chunks)
            bucket, key, etag, _ = self._pointer
            first_ms = import_progress.first_modified_ms(bucket, key, etag, stored.modified_ms)
            self._progress = self._progress._replace(is_packed=is_packed, size=stored.size, modified_ms=first_ms)
        content = self._until_deadline(decompress(chunks) if self._progress.is_packed else chunks)
        if self._progress.offset == 0:
            return refuse_utf_16(content)
        return skip(content, self._progress.offset) if self._progress.is_packed else content

    def _until_deadline(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield chunks until the deadline, even within a row."""
        for chunk in chunks:
            if epoch_seconds() >= self._deadline:
                raise _OutOfTimeError
            self._keep_lease()
            yield chunk

    def _rows(self, lines: Iterator[Line], key: str) -> Iterator[Row]:
        if not is_csv(key):
            return ndjson_rows(lines)
        if self._progress.header is None:
            header = read_header(lines)
            if header is None:
                return iter(())
            line, offset = header.end
            self._progress = self._progress._replace(header=header.names, line=line, offset=offset)
        return csv_rows(lines, self._progress.header or ())

    def _ingest_rows(self, rows: Sequence[Row], records: RowRecords) -> Counter[str]:
        sendable = [self._incoming(row, records) for row in rows if row.error is None]
        self._keep_lease()
        records.write()
        results = iter(self._ingest_step(sendable))
        counts: Counter[str] = Counter()
        for row in rows:
            result = next(results) if row.error is None else Result(REJECTED, error=row.error)
            counts[result.status] += 1
            if result.error is not None:
                if result.error.error.status >= 500:
                    raise result.error  # the import must be retried
                self._rejects.add(row.line, result.error, row.text)
        return counts

    def _step_rows(self) -> int:
        return min(self._progress.step_rows or _ROWS_MAX, _ROWS_MAX)

    def _ingest_step(self, sendable: Sequence[IncomingEvent]) -> list[Result]:
        """Ingest events. If that fails, the next step has half as many rows, and later ones more again.

        A step that Tinybird or the store cannot finish in time would otherwise be repeated in vain.
        """
        if not sendable:
            return []
        try:
            results = self._ingest(sendable, seconds=_INGEST_SECONDS)
        except LoggableError:
            self._progress = self._progress._replace(step_rows=max(len(sendable) // 2, 1))
            raise
        if self._progress.step_rows is not None:
            grown = self._progress.step_rows + self._progress.step_rows // 8 + 1
            self._progress = self._progress._replace(step_rows=grown if grown < _ROWS_MAX else None)
        return results

    def _incoming(self, row: Row, records: RowRecords) -> IncomingEvent:
        """Return the event of a row, with an origin that stays the same in a corrected object of the same name.

        The order of names or columns, empty cells and spaces between values do not matter.
        """
        contents = sha256(json.dumps(row.event, sort_keys=True).encode()).digest()
        occurrence = self._occurrence(row, contents, records)
        bucket, key, *_ = self._pointer
        identity = f"{bucket}/{key}\n{occurrence.number}\n{contents.hex()}"
        origin = sha256(identity.encode()).hexdigest()
        return IncomingEvent(row.event, None, read_event_or_identify, origin, occurrence.at_ms)

    def _occurrence(self, row: Row, contents: bytes, records: RowRecords) -> Occurrence:
        """Record a row, unless all of its identity is in the row itself."""
        named = row.event if isinstance(row.event, dict) else {}
        has_timestamp = named.get("timestamp") is not None
        if has_timestamp and named.get("event_id") is not None:
            return Occurrence("", self._progress.modified_ms)
        return records.add(contents, row.line, has_timestamp=has_timestamp)

    def _step(self, end: Position, counts: Counter[str], reason: str | None = None) -> None:
        self._write_rejects()
        if self._records is not None:
            self._records.end_step()
        counted: dict[str, Any] = {fate: getattr(self._progress, fate) + number for fate, number in counts.items()}
        self._save(line=end.line, offset=end.offset, reason=reason, **counted)

    def _finish(self) -> None:
        """Write the summary before the progress, so that every finished import has a summary."""
        self._write_rejects()
        write_summary(self._pointer.bucket, self._pointer.key, self._pointer.version, self._summary())
        self._save(is_finished=True)

    def _summary(self) -> JsonObject:
        progress = self._progress
        counted = {fate: getattr(progress, fate) for fate in (ACCEPTED, DUPLICATE, QUEUED, REJECTED)}
        return {
            "object": self._pointer._asdict(),
            "started_at": iso_of_epoch(progress.started_at),
            "finished_at": iso_of_epoch(int(epoch_seconds())),
            "lines": progress.line,
            **counted,
            "rejects": self._rejects.keys,
            "complete": progress.reason is None,
            **({} if progress.reason is None else {"reason": progress.reason}),
        }

    def _write_rejects(self) -> None:
        self._keep_lease()
        self._rejects.write()

    def _keep_lease(self) -> None:
        """Renew the lease if it might expire during a write."""
        if self._progress.lease_until - epoch_seconds() < _LEASE_SECONDS_MIN:
            self._progress = import_progress.save(self._progress)

    def _save(self, **changes: Any) -> None:
        """Save the progress of the import together with that of its rejects and records."""
        changes |= {"rejects_number": self._rejects.number, "rejects_lines": self._rejects.lines}
        if self._records is not None:
            changes |= {"records_number": self._records.number, "records_rows": self._records.rows}
        self._progress = import_progress.save(self._progress._replace(**changes))

    def _release(self) -> None:
        try:
            import_progress.release(self._progress)
        except LoggableError as failure:
            logger.warning("lease could not be released", reason=str(failure))
