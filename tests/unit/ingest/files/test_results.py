"""Rejects are kept once each, whatever a run before has left."""

import json
from typing import Any

import pytest

from pixel.foundation.errors import ApiError, ErrorCode
from pixel.ingest.files import results
from pixel.ingest.files.progress import Progress
from pixel.ingest.files.results import Rejects, summary_key, write_summary

_ERROR = ApiError(ErrorCode.WEBSITE_NOT_FOUND)
_FOLDER = "rejected/2026/a.csv/e1"


def _rejects(bucket: Any, *, number: int = 1, lines: int = 0) -> Rejects:
    progress = Progress("c", "o", 0, 0, rejects_number=number, rejects_lines=lines)
    return Rejects(bucket.name, "incoming/2026/a.csv", "e1", progress)


def _keys(bucket: Any) -> list[str]:
    return [found.key for found in bucket.objects.all()]


def _lines(bucket: Any, number: int = 1) -> list[int]:
    content = bucket.Object(f"{_FOLDER}/rejects-{number:04}.ndjson").get()["Body"].read()
    return [json.loads(line)["line"] for line in content.splitlines()]


def test_a_reject_has_its_line_its_error_and_its_row(bucket: Any) -> None:
    rejects = _rejects(bucket)
    rejects.add(7, ApiError(ErrorCode.PAYLOAD_TOO_LARGE, details={"limit_bytes": 1}), 'ü,"a\nb"\u2028')
    rejects.add(9, _ERROR, "\ud800")
    rejects.write()

    written = bucket.Object(f"{_FOLDER}/rejects-0001.ndjson").get()
    first, second = written["Body"].read().decode().split("\n")[:-1]
    assert json.loads(first) == {
        "line": 7,
        "error": {
            "code": "payload_too_large",
            "message": "The request is too large; send smaller events, or fewer of them in a batch.",
            "details": {"limit_bytes": 1},
        },
        "row": 'ü,"a\nb"\u2028',
    }
    assert json.loads(second)["row"] == "\ud800"
    assert written["ContentType"] == "application/x-ndjson"
    assert rejects.keys == [f"{_FOLDER}/rejects-0001.ndjson"]


def test_without_a_reject_nothing_is_written(bucket: Any) -> None:
    rejects = _rejects(bucket)
    rejects.write()

    assert rejects.keys == _keys(bucket) == []


def test_what_progress_knows_is_kept_and_what_it_does_not_is_cut(bucket: Any) -> None:
    before = _rejects(bucket)
    for line in range(1, 6):
        before.add(line, _ERROR, "x")
    before.write()

    rejects = _rejects(bucket, lines=3)
    rejects.add(9, _ERROR, "x")
    rejects.write()

    assert rejects.lines == 4
    assert _lines(bucket) == [1, 2, 3, 9]


def test_what_is_cut_is_gone_even_where_nothing_is_added(bucket: Any) -> None:
    before = _rejects(bucket)
    before.add(1, _ERROR, "x")
    before.write()

    rejects = _rejects(bucket)
    rejects.write()

    assert _lines(bucket) == []
    assert rejects.keys == []


def test_a_large_object_is_followed_by_another(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "_OBJECT_BYTES", 300)
    rejects = _rejects(bucket)
    for line in range(1, 8):
        rejects.add(line, _ERROR, "x" * 50)
        rejects.write()

    assert [_lines(bucket, number) for number in (1, 2, 3, 4)] == [[1, 2], [3, 4], [5, 6], [7]]
    assert rejects.keys == _keys(bucket) == [f"{_FOLDER}/rejects-{number:04}.ndjson" for number in (1, 2, 3, 4)]


def test_rejects_that_somebody_deleted_are_told(bucket: Any, output: Any) -> None:
    rejects = _rejects(bucket, lines=3)

    assert rejects.lines == 0
    assert output.logged("rejects of a previous run are missing")[0]["lines"] == 3


def test_a_summary_stands_apart_under_the_name_of_its_object(bucket: Any) -> None:
    write_summary(bucket.name, "incoming/2026/a.csv", "e1", {"lines": 1})

    assert _keys(bucket) == ["summaries/2026/a.csv/e1.json"]
    assert json.load(bucket.Object("summaries/2026/a.csv/e1.json").get()["Body"]) == {"lines": 1}


@pytest.mark.parametrize("path", ["a" * 1015, "ü" * 507])
def test_names_are_short_enough_for_s3_and_stay_different(path: str) -> None:
    one, other = (summary_key(f"incoming/{path}{last}", "e" * 35) for last in "12")

    assert one != other
    assert max(map(len, (one.encode(), other.encode()))) <= 1024 - len("/rejects-0001.ndjson")
