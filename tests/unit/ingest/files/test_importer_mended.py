"""A corrected file of the same name adds only the rows that are new in it, and no row changes its time."""

import json
from collections import Counter
from typing import Any

import pytest

from pixel.aws import objects
from pixel.ingest.files import row_records
from pixel.ingest.files.importer import ImportState
from tests.conftest import Frozen
from tests.unit.ingest.files.imports import FakeIngest, put, run_import, summary_of

pytestmark = pytest.mark.usefixtures("small_steps")

_DAY_MS = 86_400_000
_DATED = '{"timestamp": "2026-03-01T00:00:00Z", "title": "accepted"}'
_OTHER = '{"timestamp": "2026-03-02T00:00:00Z", "title": "accepted"}'
_UNDATED = '{"title": "accepted"}'
_WITH_ID = '{"title": "accepted", "event_id": "e-1"}'
_CSV = "website_id,name,timestamp,title,properties.n"


class _Days:
    """Makes each object a day younger than the one before it."""

    def __init__(self, bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self._bucket, self._patch, self.ms = bucket, monkeypatch, 1_700_000_000_000

    def imported(self, *lines: str, key: str = "incoming/a.ndjson") -> dict[str | None, int | None]:
        """Import an object of these lines and return by origin the time that each row was given, None if it has one."""
        opened, ms = objects.open_object, self.ms
        ingest = FakeIngest()
        with self._patch.context() as patch:

            def open_object(*given: Any, **named: Any) -> Any:
                found = opened(*given, **named)
                found.modified_ms = ms
                return found

            patch.setattr(objects, "open_object", open_object)
            pointer = put(self._bucket, "\n".join(lines).encode(), key)
            assert run_import(pointer, ingest).state is ImportState.DONE
        self.ms += _DAY_MS
        found = {row.origin: None if row.body.get("timestamp") else row.at_ms for row in ingest.given}
        assert len(found) == len(ingest.given), "no two rows of a file are one"
        return found


@pytest.fixture
def days(bucket: Any, monkeypatch: pytest.MonkeyPatch, frozen: Frozen) -> _Days:
    return _Days(bucket, monkeypatch)


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ([_DATED, _UNDATED, "{"], [_DATED, _UNDATED, "{}"], 1),
        ([_DATED, _OTHER, _UNDATED], [_UNDATED, _OTHER, _DATED], 0),
        ([_DATED, _UNDATED], ["{}", _DATED, _UNDATED], 1),
        ([_DATED] * 5 + [_UNDATED] * 6, [_UNDATED] * 7 + [_DATED] * 6, 2),
        ([_DATED, _UNDATED, _DATED], [_DATED], 0),
        ([_DATED], ['{"title":"accepted",  "timestamp":"2026-03-01T00:00:00Z"}'], 0),
        ([_DATED], [_OTHER], 1),
    ],
    ids=["mended", "moved", "inserted at the top", "repeated once more", "removed", "written otherwise", "another"],
)
def test_what_was_in_the_file_before_is_the_same_row_at_the_same_time(
    before: list[str], after: list[str], new: int, days: _Days
) -> None:
    first = days.imported(*before)
    second_ms = days.ms
    second = days.imported(*after)

    added = second.keys() - first.keys()
    assert len(added) == new
    assert {second[origin] for origin in added} <= {second_ms, None}
    assert {origin: at_ms for origin, at_ms in second.items() if origin in first}.items() <= first.items()


def test_a_row_that_was_once_removed_keeps_its_time_when_it_returns(days: _Days) -> None:
    first = days.imported(_UNDATED, _UNDATED, _WITH_ID)
    days.imported(_UNDATED)

    third = days.imported("{}", _WITH_ID, *[_UNDATED] * 3)

    assert {origin: third[origin] for origin in first} == first
    assert Counter(third.values()) == {1_700_000_000_000: 3, 1_700_000_000_000 + 2 * _DAY_MS: 2}


def test_a_file_of_another_name_has_rows_of_its_own(days: _Days) -> None:
    first = days.imported(_DATED, _UNDATED)
    second = days.imported(_DATED, _UNDATED, key="incoming/b.ndjson")

    assert first.keys().isdisjoint(second)
    assert (set(first.values()), set(second.values())) == ({None, days.ms - 2 * _DAY_MS}, {None, days.ms - _DAY_MS})


def test_columns_may_move_and_be_added_where_cells_stay_what_they_were(days: _Days) -> None:
    first = days.imported(_CSV, "admx_1,custom,,accepted,1", "admx_1,custom,,accepted,2", key="incoming/a.csv")
    second = days.imported(
        "properties.n,title,path,name,website_id",
        "2,accepted,,custom,admx_1",
        "1,accepted,,custom,admx_1",
        "1,accepted,/new,custom,admx_1",
        key="incoming/a.csv",
    )

    assert {origin: second[origin] for origin in first} == first
    assert len(second) == 3


def test_rows_beyond_the_limit_of_memory_are_told_apart_by_their_lines(
    days: _Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_records, "_ROWS_MAX", 3)

    first = days.imported(*[_DATED] * 6)
    same = days.imported(*[_DATED] * 6, "{}")
    moved = days.imported("", *[_DATED] * 6)

    assert same.keys() > first.keys()
    assert len(moved.keys() - first.keys()) == 1


def test_an_import_whose_records_were_deleted_ends_with_the_reason(bucket: Any, frozen: Frozen) -> None:
    pointer, ingest = put(bucket, "\n".join([_DATED] * 9).encode()), FakeIngest()
    ingest.before = lambda: frozen.move(20)
    assert run_import(pointer, ingest, seconds=50).state is ImportState.CONTINUE
    bucket.objects.filter(Prefix="rows/").delete()

    assert run_import(pointer, ingest).state is ImportState.DONE

    summary = summary_of(bucket, pointer)
    assert (summary["complete"], summary["accepted"]) == (False, 4)
    assert summary["reason"].endswith("upload the file again.")


def test_records_hold_nothing_of_a_row(bucket: Any, ingest: FakeIngest) -> None:
    put_names = json.dumps({"title": "accepted", "properties": {"mail": "jane@example.com"}})
    run_import(put(bucket, put_names.encode(), "incoming/jane@example.com.ndjson"), ingest)

    [record] = bucket.objects.filter(Prefix="rows/")
    assert "jane" not in record.key
    assert len(record.get()["Body"].read()) == 16
