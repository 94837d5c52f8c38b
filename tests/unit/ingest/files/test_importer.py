"""Each row of an object has one fate, which a summary and files of rejects tell."""

import gzip
import json
import tracemalloc
from collections.abc import Sequence
from typing import Any

import pytest

from pixel.foundation import container
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.errors import ErrorCode
from pixel.ingest.event import ACCEPTED, DUPLICATE, QUEUED, REJECTED, IncomingEvent, Result
from pixel.ingest.files import importer
from pixel.ingest.files.importer import Imported, ImportState, import_object
from pixel.ingest.sources.envelopes import S3Object
from tests.conftest import Frozen
from tests.unit.foundation.misbehaving_server import Act, answer, running
from tests.unit.ingest.files.imports import (
    KEY,
    FakeIngest,
    event,
    fates_of,
    keys_of,
    ndjson,
    put,
    rejects_of,
    run_import,
    summary_of,
)

pytestmark = pytest.mark.usefixtures("small_steps")


def test_an_object_is_imported_with_a_summary_and_its_rejects(bucket: Any, ingest: FakeIngest, frozen: Frozen) -> None:
    pointer = put(bucket, ndjson(14))

    assert run_import(pointer, ingest) == Imported(ImportState.DONE)

    folder = f"rejected/2026/orders.ndjson/{pointer.version}"
    assert summary_of(bucket, pointer) == {
        "object": pointer._asdict(),
        "started_at": "2026-03-04T05:06:10Z",
        "finished_at": "2026-03-04T05:06:10Z",
        "lines": 16,
        "accepted": 6,
        "duplicate": 3,
        "queued": 2,
        "rejected": 4,
        "rejects": [f"{folder}/rejects-0001.ndjson", f"{folder}/rejects-0002.ndjson"],
        "complete": True,
    }
    assert [reject["line"] for reject in rejects_of(bucket)] == [5, 6, 11, 16]
    broken, refused, *_ = rejects_of(bucket)
    assert broken["row"] == '{"broken'
    assert broken["error"]["code"] == "invalid_body"
    assert refused == {
        "line": 6,
        "error": {"code": "website_not_found", "message": ErrorCode.WEBSITE_NOT_FOUND.message},
        "row": json.dumps(event(3)),
    }


def test_an_object_without_rejects_leaves_a_summary_alone(bucket: Any, ingest: FakeIngest) -> None:
    pointer = put(bucket, b'{"title": "accepted"}')

    run_import(pointer, ingest)

    assert keys_of(bucket) == [f"summaries/2026/orders.ndjson/{pointer.version}.json"]


def test_a_second_delivery_does_nothing(bucket: Any, ingest: FakeIngest) -> None:
    pointer = put(bucket, ndjson(14))
    run_import(pointer, ingest)
    met = len(ingest.given)

    assert run_import(pointer, ingest) == Imported(ImportState.DONE, "the object was already imported")
    assert len(ingest.given) == met


def test_an_object_that_was_replaced_is_not_mixed_with_the_new_one(bucket: Any, ingest: FakeIngest) -> None:
    """The new one has a pointer of its own."""
    old, new = put(bucket, ndjson(14)), put(bucket, ndjson(5))

    assert run_import(old, ingest).state is ImportState.DONE
    assert run_import(new, ingest).state is ImportState.DONE

    assert ingest.given == ingest.given[:5]
    summary = summary_of(bucket, old)
    assert (summary["complete"], summary["lines"]) == (False, 0)
    assert summary["reason"] == "The object was replaced before all of it was read."
    assert summary_of(bucket, new)["complete"] is True


def test_an_object_that_is_replaced_while_an_import_rests_keeps_what_was_counted(
    bucket: Any, ingest: FakeIngest, frozen: Frozen
) -> None:
    pointer = put(bucket, ndjson(14))
    ingest.before = lambda: frozen.move(20)
    run_import(pointer, ingest, seconds=50)
    put(bucket, b"{}")

    run_import(pointer, ingest)

    summary = summary_of(bucket, pointer)
    assert (summary["complete"], summary["lines"]) == (False, 5)
    assert fates_of(summary) == {ACCEPTED: 2, DUPLICATE: 1, QUEUED: 0, REJECTED: 1}


def test_an_object_that_was_deleted_is_told(bucket: Any, ingest: FakeIngest) -> None:
    pointer = put(bucket, ndjson(14))
    bucket.Object(KEY).delete()

    assert run_import(pointer, ingest).state is ImportState.DONE
    assert summary_of(bucket, pointer)["reason"] == "The object was deleted before all of it was read."


def test_what_stands_before_the_damage_is_imported(bucket: Any, ingest: FakeIngest) -> None:
    pointer = put(bucket, gzip.compress(ndjson(14)) + b"damage", "incoming/orders.gz")

    assert run_import(pointer, ingest).state is ImportState.DONE

    summary = summary_of(bucket, pointer)
    assert "damaged" in summary["reason"]
    assert summary["complete"] is False
    assert sum(fates_of(summary).values()) == 15


def test_a_header_that_cannot_be_rejects_the_file(bucket: Any, ingest: FakeIngest) -> None:
    pointer = put(bucket, b"\nwebsite_id,colour\nadmx_1,red\n", "incoming/orders.csv")

    assert run_import(pointer, ingest).state is ImportState.DONE

    summary = summary_of(bucket, pointer)
    assert (summary["complete"], summary["rejected"], summary["lines"]) == (False, 1, 2)
    assert summary["reason"] == "The header is invalid; the rejects contain the reason."
    [reject] = rejects_of(bucket)
    assert (reject["line"], reject["row"]) == (2, "website_id,colour")
    assert [fault["path"] for fault in reject["error"]["details"]["fields"]] == ["column 2", "name"]
    assert ingest.given == []


def test_a_file_in_utf_16_ends_with_the_reason_and_a_line_of_rejects_stays_one(bucket: Any, ingest: FakeIngest) -> None:
    wide = put(bucket, gzip.compress(ndjson(3).decode().encode("utf-16")), "incoming/wide.ndjson.gz")
    broken = ["{" + mark for mark in "\x0b\x0c\x1c\x85\u2028\u2029"]
    marked = put(bucket, "\ufeff{}\n".encode() + "\n".join(broken).encode(), "incoming/marks\u2028.ndjson")

    run_import(wide, ingest)
    run_import(marked, ingest)

    summary = summary_of(bucket, wide)
    assert (summary["complete"], summary["lines"]) == (False, 0)
    assert "UTF-8" in summary["reason"]
    assert fates_of(summary_of(bucket, marked)) == {ACCEPTED: 1, DUPLICATE: 0, QUEUED: 0, REJECTED: 6}
    assert [reject["row"] for reject in rejects_of(bucket)] == broken


@pytest.mark.parametrize(
    ("key", "content", "lines"),
    [
        ("incoming/a.csv", b"", 0),
        ("incoming/a.ndjson", b"", 0),
        ("incoming/a.ndjson.gz", gzip.compress(b"", mtime=0), 0),
        ("incoming/a.csv", b"website_id,name,title\n", 1),
        ("incoming/a.ndjson", b"\n\n\n", 3),
    ],
)
def test_an_object_without_rows_is_complete(
    key: str, content: bytes, lines: int, bucket: Any, ingest: FakeIngest
) -> None:
    pointer = put(bucket, content, key)

    assert run_import(pointer, ingest) == Imported(ImportState.DONE)

    summary = summary_of(bucket, pointer)
    assert (summary["complete"], summary["lines"], sum(fates_of(summary).values())) == (True, lines, 0)


def test_one_row_twice_in_a_file_is_two_rows(bucket: Any, ingest: FakeIngest) -> None:
    run_import(put(bucket, b"{}\n{}\n"), ingest)

    assert len(ingest.origins) == 2


def test_what_a_run_logs_holds_nothing_of_a_row(bucket: Any, ingest: FakeIngest, output: Any) -> None:
    run_import(put(bucket, b'{"secret": "jane@example.com"}\n{"broken secret'), ingest)

    assert output.logged("import step finished")[0]["lines"] == 2
    assert "secret" not in output.text
    assert "jane" not in output.text


def test_memory_holds_a_record_of_each_row_and_not_the_row(tables: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "_ROWS_MAX", 1000)

    _first, few, many = (_peak(rows, monkeypatch) for rows in (1, 4_000, 12_000))  # the first makes the clients too

    assert (many - few) / 8_000 < 120  # bytes; a line has 163


def _peak(rows: int, monkeypatch: pytest.MonkeyPatch) -> int:
    key = "incoming/a.csv.gz"
    content = gzip.compress(b"website_id,name,title\n" + f"admx_1,custom,{'x' * 150}\n".encode() * rows)
    with running() as server, monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        container.forget_environment()
        server.will(answer(b"", status=404, crc=None), _streamed(content), answer(b""))
        tracemalloc.start()
        try:
            counted = 0

            def count(incoming: Sequence[IncomingEvent], *, seconds: float) -> list[Result]:
                nonlocal counted
                counted += len(incoming)
                server.received.clear()  # which are of this process too
                return [Result(ACCEPTED)] * len(incoming)

            imported = import_object(
                S3Object("files", key, str(rows), str(rows)), count, deadline=epoch_seconds() + 850
            )
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert imported == Imported(ImportState.DONE)
    assert counted == rows
    return peak


def _streamed(content: bytes) -> Act:
    """Answer an object's content without copying it."""

    def act(connection: Any) -> bool:
        head = f'Content-Length: {len(content)}\r\nLast-Modified: Sat, 21 Nov 2026 10:00:00 GMT\r\nETag: "e"\r\n\r\n'
        connection.wfile.write(f"HTTP/1.1 200 OK\r\n{head}".encode())
        connection.wfile.write(content)
        return True

    return act
