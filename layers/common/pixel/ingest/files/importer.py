"""The import of an object in steps: ingest a portion of its rows, write its rejects, save the progress.

A step that dies is repeated from its beginning. It makes the same rows again, because an `origin` names each of them,
and overwrites the rejects of its first run.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from enum import Enum
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from pixel.aws import objects
from pixel.aws.objects import ChangedObjectError, MissingObjectError, OpenObject
from pixel.events.models import read_event_or_identify
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds, iso_of_epoch
from pixel.foundation.errors import ApiError, LoggableError
from pixel.foundation.observability import logger
from pixel.ingest.event import ACCEPTED, DUPLICATE, QUEUED, REJECTED, Given, Result
from pixel.ingest.files import progress as import_progress
from pixel.ingest.files.lines import DamagedFileError, Line, Place, read_lines, recognise, skip, unpack
from pixel.ingest.files.progress import LEASE_SECONDS, LeaseHeldError, LeaseLostError, Progress
from pixel.ingest.files.results import Rejects, write_summary
from pixel.ingest.files.rows import HeaderError, Row, csv_rows, is_csv, ndjson_rows, portions, read_header
from pixel.ingest.sources.envelopes import S3Object

_ROWS_MAX = 5000
_BYTES_MAX = 2 * 1024 * 1024
_INGEST_SECONDS = 30.0
_STEP_SECONDS = 45.0  # that a step may take in all: it is finished, or not begun
_LEASE_SECONDS_MIN = 60  # that the lease must last whenever something is written
_PAUSE_SECONDS = 60


class Ingest(Protocol):
    def __call__(self, given: Sequence[Given], *, seconds: float) -> list[Result]:
        """Take events in. Raises where none can be taken now."""


class Verdict(Enum):
    DONE = "done"
    CONTINUE = "to be continued"
    LATER = "later"


class Imported(NamedTuple):
    """Whether an import is done, and if not, when to continue it."""

    verdict: Verdict
    reason: str = ""
    seconds: int = 0


class _OutOfTimeError(Exception):
    pass


def import_object(pointer: S3Object, ingest: Ingest, *, ends_at: float) -> Imported:
    """Import an object, or as much of it as there is time for before `ends_at`, in epoch seconds."""
    try:
        progress = import_progress.take(pointer.bucket, pointer.key, pointer.put)
    except LeaseHeldError as failure:
        return Imported(Verdict.LATER, str(failure), failure.seconds)
    except LoggableError as failure:
        return Imported(Verdict.LATER, str(failure), _PAUSE_SECONDS)
    if progress.is_finished:
        return Imported(Verdict.DONE, "imported before")
    return _Import(pointer, progress, ingest, ends_at).run()


class _Import:
    def __init__(self, pointer: S3Object, progress: Progress, ingest: Ingest, ends_at: float) -> None:
        self._pointer = pointer
        self._progress = progress
        self._ingest = ingest
        self._ends_at = ends_at

    def run(self) -> Imported:
        try:
            self._rejects = Rejects(self._pointer.bucket, self._pointer.key, self._pointer.put, self._progress)
            self._read_to_the_end()
            self._finish()
        except _OutOfTimeError:
            imported = Imported(Verdict.CONTINUE)
        except LeaseLostError as failure:
            imported = Imported(Verdict.LATER, str(failure), LEASE_SECONDS)
        except LoggableError as failure:
            imported = Imported(Verdict.LATER, str(failure), _PAUSE_SECONDS)
        except ApiError as failure:
            imported = Imported(Verdict.LATER, failure.error.code, _PAUSE_SECONDS)
        else:
            imported = Imported(Verdict.DONE, self._progress.reason or "")
        if imported.verdict is not Verdict.DONE:
            self._release()
        logger.info("import", verdict=imported.verdict.value, reason=imported.reason, lines=self._progress.line)
        return imported

    def _read_to_the_end(self) -> None:
        progress = self._progress
        if progress.reason is not None or (not progress.is_packed and progress.offset == progress.size):
            return
        try:
            self._read()
        except HeaderError as failure:
            self._rejects.add(failure.row.line, failure.error, failure.row.text)
            self._step(failure.row.end, Counter({REJECTED: 1}), "The header cannot be used; the rejects say why.")
        except DamagedFileError as failure:
            self._step(self._progress.place, Counter(), str(failure))
        except ChangedObjectError:
            reason = "The object was replaced before all of it was read."
            self._step(self._progress.place, Counter(), reason)
        except MissingObjectError:
            self._step(self._progress.place, Counter(), "The object was deleted before all of it was read.")

    def _read(self) -> None:
        bucket, key, etag, _ = self._pointer
        start = 0 if self._progress.is_packed else self._progress.offset
        with closing(objects.open_object(bucket, key, start=start, etag=etag or None)) as stored:
            lines = read_lines(self._unpacked(stored), self._progress.place)
            rows = self._rows(lines, key)
            for portion in portions(rows, self._progress.place, rows_max=_ROWS_MAX, bytes_max=_BYTES_MAX):
                if epoch_seconds() + _STEP_SECONDS > self._ends_at:
                    raise _OutOfTimeError
                self._step(portion.end, self._fates(portion.rows))

    def _unpacked(self, stored: OpenObject) -> Iterator[bytes]:
        """Return the uncompressed content from the place on that was reached."""
        chunks: Iterator[bytes] = stored.chunks()
        if self._progress.offset == 0:
            is_packed, chunks = recognise(chunks)
            bucket, key, etag, _ = self._pointer
            first_ms = import_progress.first_modified_ms(bucket, key, etag, stored.modified_ms)
            self._progress = self._progress._replace(is_packed=is_packed, size=stored.size, modified_ms=first_ms)
        if not self._progress.is_packed:
            return self._in_time(chunks)
        return skip(self._in_time(unpack(chunks)), self._progress.offset)

    def _in_time(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks while there is time, however many of them make up a row."""
        for chunk in chunks:
            if epoch_seconds() >= self._ends_at:
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

    def _fates(self, rows: Sequence[Row]) -> Counter[str]:
        sendable = [self._given(row) for row in rows if row.error is None]
        results = iter(self._ingest(sendable, seconds=_INGEST_SECONDS) if sendable else [])
        fates: Counter[str] = Counter()
        for row in rows:
            result = next(results) if row.error is None else Result(REJECTED, error=row.error)
            fates[result.status] += 1
            if result.error is not None:
                if result.error.error.status >= 500:
                    raise result.error  # the import has to be tried again
                self._rejects.add(row.line, result.error, row.text)
        return fates

    def _given(self, row: Row) -> Given:
        """Return the row's event, with the same origin in a corrected object of the same name.

        A row without a timestamp takes that of the object, so it counts as new in another object.
        """
        bucket, key, etag, _ = self._pointer
        has_time = isinstance(row.event, dict) and row.event.get("timestamp") is not None
        named = f"{bucket}/{key}\n{row.line}\n{'' if has_time else etag}\n{row.text}"
        origin = sha256(named.encode(errors="surrogatepass")).hexdigest()
        return Given(row.event, None, read_event_or_identify, origin, self._progress.modified_ms)

    def _step(self, end: Place, fates: Counter[str], reason: str | None = None) -> None:
        self._write_rejects()
        counted: dict[str, Any] = {fate: getattr(self._progress, fate) + number for fate, number in fates.items()}
        self._save(line=end.line, offset=end.offset, reason=reason, **counted)

    def _finish(self) -> None:
        """Write the summary, then the progress, so that an import that is finished has a summary."""
        self._write_rejects()
        write_summary(self._pointer.bucket, self._pointer.key, self._pointer.put, self._summary())
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
        """Renew the lease if it might end while something is written."""
        if self._progress.lease_until - epoch_seconds() < _LEASE_SECONDS_MIN:
            self._progress = import_progress.save(self._progress)

    def _save(self, **changes: Any) -> None:
        """Save the progress of the import together with that of its rejects."""
        changes |= {"rejects_number": self._rejects.number, "rejects_lines": self._rejects.lines}
        self._progress = import_progress.save(self._progress._replace(**changes))

    def _release(self) -> None:
        try:
            import_progress.release(self._progress)
        except LoggableError as failure:
            logger.warning("the lease was not released", reason=str(failure))
