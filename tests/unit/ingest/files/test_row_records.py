"""Equal rows are numbered in the order of the file, also by a run that resumes, and in bounded memory."""

from hashlib import sha256
from typing import Any

import pytest

from pixel.ingest.files import row_records
from pixel.ingest.files.progress import Progress
from pixel.ingest.files.row_records import LostRecordsError, RowRecords

_FRESH = Progress("claim", "owner", 0, 0, modified_ms=1000)


def _records(progress: Progress = _FRESH, version: str = "1") -> RowRecords:
    return RowRecords("test-files", "incoming/a", version, progress)


def _saved(records: RowRecords) -> Progress:
    records.write()
    records.end_step()
    return _FRESH._replace(records_number=records.number, records_rows=records.rows)


def _numbers(records: RowRecords, rows: str) -> str:
    found = [records.add(sha256(row.encode()).digest(), 1, has_timestamp=row < "x") for row in rows]
    return "".join(occurrence.number for occurrence in found)


@pytest.mark.parametrize("object_bytes", [1, 48, 10_000])
def test_a_run_that_resumes_counts_what_was_saved_and_nothing_else(
    object_bytes: int, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_records, "_OBJECT_BYTES", object_bytes)
    rows = "abaxxabcxaax"
    expected = "112123213454"

    progress, numbers = _FRESH, ""
    for start in range(0, len(rows), 3):
        killed = _records(progress)
        assert _numbers(killed, rows[start : start + 3]) == expected[start : start + 3]
        killed.write()
        records = _records(progress)
        numbers += _numbers(records, rows[start : start + 3])
        progress = _saved(records)

    assert numbers == expected


def test_records_that_are_missing_are_noticed(bucket: Any) -> None:
    records = _records()
    _numbers(records, "abc")
    progress = _saved(records)

    with pytest.raises(LostRecordsError):
        _records(progress._replace(records_rows=4))


def test_records_of_many_earlier_objects_are_read_from_the_newest_on(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_records, "_EARLIER_OBJECTS_MAX", 2)
    for day, row in enumerate("xyz", 1):
        records = _records(_FRESH._replace(modified_ms=day), version=str(day))
        _numbers(records, row)
        _saved(records)

    newest = _records(_FRESH._replace(modified_ms=9), version="9")
    times = [newest.add(sha256(row.encode()).digest(), 1, has_timestamp=False).at_ms for row in "xyz"]

    assert times == [9, 2, 3]
