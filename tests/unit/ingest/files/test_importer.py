"""Each row of an object has one fate in the end, whatever dies when, and each reject is written once."""

import gzip
import json
import random
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from urllib3 import HTTPConnectionPool

from pixel.aws import objects
from pixel.foundation import connections, settings
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.connections import Request
from pixel.foundation.errors import ApiError, ErrorCode, LoggableError
from pixel.ingest.event import ACCEPTED, DUPLICATE, QUEUED, REJECTED, Given, Result
from pixel.ingest.files import importer, results
from pixel.ingest.files.importer import Imported, Verdict, import_object
from pixel.ingest.files.progress import LEASE_SECONDS
from pixel.ingest.sources.envelopes import S3Object
from tests.conftest import Frozen
from tests.environment import CLAIMS_TABLE, REGION
from tests.unit.foundation.misbehaving_server import Act, answer, running

_KEY = "incoming/2026/orders.ndjson"
_TIME = "2026-03-04T05:00:00Z"
_CYCLE = (ACCEPTED, ACCEPTED, DUPLICATE, REJECTED, QUEUED)
_NOT_FOUND = ApiError(ErrorCode.WEBSITE_NOT_FOUND)


class _KilledError(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches the end of a process."""


class FakeIngest:
    """Gives each event the fate that it asks for, and remembers whom it has met."""

    def __init__(self) -> None:
        self.given: list[Given] = []
        self.before: Callable[[], None] = lambda: None

    def __call__(self, given: Sequence[Given], *, seconds: float) -> list[Result]:
        assert seconds <= 30
        self.before()
        self.given += given
        return [self._result(entry.body) for entry in given]

    @property
    def origins(self) -> set[str | None]:
        return {entry.origin for entry in self.given}

    def _result(self, body: Any) -> Result:
        status = body.get("title", ACCEPTED) if isinstance(body, dict) else REJECTED
        return Result(status, error=_NOT_FOUND if status == REJECTED else None)


@pytest.fixture
def ingest() -> FakeIngest:
    return FakeIngest()


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "_ROWS_MAX", 4)
    monkeypatch.setattr(results, "_OBJECT_BYTES", 600)


def _event(number: int) -> dict[str, Any]:
    status = _CYCLE[number % 5]
    return {"timestamp": _TIME, "title": status, "properties": {"n": str(number)}}


def _ndjson(rows: int) -> bytes:
    """With a blank line and a broken one."""
    lines = [json.dumps(_event(number)) for number in range(rows)]
    return "\n".join([*lines[:3], "", '{"broken', *lines[3:], ""]).encode()


def _csv(rows: int) -> bytes:
    cells = [f'admx_1,custom,{_TIME},{_CYCLE[number % 5]},"{number}"' for number in range(rows)]
    return "\r\n".join(
        ["website_id,name,timestamp,title,properties.n", *cells[:3], "", "ragged", *cells[3:], ""]
    ).encode()


_FILES = {
    "incoming/2026/orders.ndjson": _ndjson(14),
    "incoming/orders.csv": _csv(14),
    "incoming/orders.json.gz": gzip.compress(_ndjson(8)) + gzip.compress(b"\n" + _ndjson(6)),
}
_CUT_SHORT = {
    "incoming/damaged.json.gz": gzip.compress(_ndjson(10)) + b"damage",
    "incoming/header.csv": b"website_id,colour\nadmx_1,red\n",
}


def _put(bucket: Any, content: bytes, key: str = _KEY) -> S3Object:
    etag = bucket.put_object(Key=key, Body=content).e_tag.strip('"')
    return S3Object(bucket.name, key, etag, put=etag)


def _import(pointer: S3Object, ingest: FakeIngest, *, seconds: float = 850.0) -> Imported:
    return import_object(pointer, ingest, ends_at=epoch_seconds() + seconds)


def _content(bucket: Any, key: str) -> Any:
    return bucket.Object(key).get()["Body"].read()


def _keys(bucket: Any) -> list[str]:
    return [found.key for found in bucket.objects.all() if not found.key.startswith("incoming/")]


def _summary(bucket: Any, pointer: S3Object) -> dict[str, Any]:
    path = pointer.key.removeprefix("incoming/")
    return dict(json.loads(_content(bucket, f"summaries/{path}/{pointer.put}.json")))


def _rejects(bucket: Any) -> list[dict[str, Any]]:
    """All there are, listed or not."""
    keys = [key for key in _keys(bucket) if key.startswith("rejected/")]
    return [json.loads(line) for key in keys for line in _content(bucket, key).splitlines()]


def _fates(summary: dict[str, Any]) -> dict[str, int]:
    return {fate: summary[fate] for fate in (ACCEPTED, DUPLICATE, QUEUED, REJECTED)}


def test_an_object_is_imported_with_a_summary_and_its_rejects(bucket: Any, ingest: FakeIngest, frozen: Frozen) -> None:
    pointer = _put(bucket, _ndjson(14))

    assert _import(pointer, ingest) == Imported(Verdict.DONE)

    folder = f"rejected/2026/orders.ndjson/{pointer.put}"
    assert _summary(bucket, pointer) == {
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
    assert [reject["line"] for reject in _rejects(bucket)] == [5, 6, 11, 16]
    broken, refused, *_ = _rejects(bucket)
    assert broken["row"] == '{"broken'
    assert broken["error"]["code"] == "invalid_body"
    assert refused == {
        "line": 6,
        "error": {"code": "website_not_found", "message": ErrorCode.WEBSITE_NOT_FOUND.message},
        "row": json.dumps(_event(3)),
    }


def test_an_object_without_rejects_leaves_a_summary_alone(bucket: Any, ingest: FakeIngest) -> None:
    pointer = _put(bucket, b'{"title": "accepted"}')

    _import(pointer, ingest)

    assert _keys(bucket) == [f"summaries/2026/orders.ndjson/{pointer.put}.json"]


def test_a_second_delivery_does_nothing(bucket: Any, ingest: FakeIngest) -> None:
    pointer = _put(bucket, _ndjson(14))
    _import(pointer, ingest)
    met = len(ingest.given)

    assert _import(pointer, ingest) == Imported(Verdict.DONE, "imported before")
    assert len(ingest.given) == met


def test_two_deliveries_are_never_imported_at_once(bucket: Any, ingest: FakeIngest, frozen: Frozen) -> None:
    pointer = _put(bucket, _ndjson(14))
    others: list[Imported] = []
    ingest.before = lambda: others.append(_import(pointer, FakeIngest()))

    assert _import(pointer, ingest).verdict is Verdict.DONE
    assert set(others) == {Imported(Verdict.LATER, "another run imports this object", LEASE_SECONDS)}


@pytest.mark.parametrize("key", [*_FILES, *_CUT_SHORT])
def test_a_run_that_is_killed_after_any_call_is_taken_up_without_loss_or_double(
    key: str, bucket: Any, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To be killed before a call leaves what being killed after the one before it leaves."""
    content = (_FILES | _CUT_SHORT)[key]
    untroubled, expected = _untroubled(bucket, key, content)
    calls = 0
    while True:
        _forget(bucket)
        pointer, ingest = _put(bucket, content, key), FakeIngest()
        with monkeypatch.context() as patch:
            guillotine = _Guillotine(patch, at=calls, moment="after")
            try:
                _import(pointer, ingest)
            except _KilledError:
                pass
            else:
                break
        calls += 1
        frozen.move(LEASE_SECONDS + 1)

        assert _import(pointer, ingest).verdict is Verdict.DONE, guillotine.fell_at
        assert _outcome(bucket, pointer) == expected, guillotine.fell_at
        assert ingest.origins == untroubled.origins, guillotine.fell_at
    assert calls >= 6


@pytest.mark.parametrize("key", _FILES)
@pytest.mark.parametrize("seed", range(5))
def test_a_run_that_is_killed_again_and_again_comes_to_the_same_end(
    key: str, seed: int, bucket: Any, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    untroubled, expected = _untroubled(bucket, key, _FILES[key])
    _forget(bucket)
    pointer, ingest = _put(bucket, _FILES[key], key), FakeIngest()

    while True:
        with monkeypatch.context() as patch:
            _Guillotine(patch, at=chance.randrange(3, 20), moment=chance.choice(["before", "after"]))
            try:
                _import(pointer, ingest)
            except _KilledError:
                frozen.move(LEASE_SECONDS + 1)
            else:
                break

    assert _outcome(bucket, pointer) == expected
    assert ingest.origins == untroubled.origins


@pytest.mark.parametrize("key", _FILES)
def test_short_runs_come_to_the_same_end(key: str, bucket: Any, frozen: Frozen) -> None:
    untroubled, expected = _untroubled(bucket, key, _FILES[key])
    _forget(bucket)
    pointer, ingest = _put(bucket, _FILES[key], key), FakeIngest()
    ingest.before = lambda: frozen.move(20)

    verdicts = [_import(pointer, ingest, seconds=50).verdict for _ in range(4)]

    assert verdicts == [Verdict.CONTINUE] * 3 + [Verdict.DONE]
    assert _outcome(bucket, pointer) == expected
    assert [entry.origin for entry in ingest.given] == [entry.origin for entry in untroubled.given]


def test_a_reject_that_is_taken_the_second_time_is_no_reject(
    bucket: Any, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its website was created meanwhile, say."""
    pointer = _put(bucket, b'{"title": "rejected"}')
    ingest = FakeIngest()
    with monkeypatch.context() as patch:
        _Guillotine(patch, at=5, moment="after")
        with pytest.raises(_KilledError):
            _import(pointer, ingest)
    assert len(_rejects(bucket)) == 1
    frozen.move(LEASE_SECONDS + 1)
    monkeypatch.setattr(FakeIngest, "_result", lambda _self, _body: Result(ACCEPTED))

    _import(pointer, ingest)

    assert _rejects(bucket) == []
    assert _summary(bucket, pointer)["rejects"] == []
    assert _fates(_summary(bucket, pointer)) == {ACCEPTED: 1, DUPLICATE: 0, QUEUED: 0, REJECTED: 0}


class _NotNowError(LoggableError):
    pass


@pytest.mark.parametrize(
    "failure", [_NotNowError("the warehouse does not answer"), ApiError(ErrorCode.TINYBIRD_ERROR)], ids=["ours", "api"]
)
def test_a_file_waits_while_its_rows_cannot_be_taken(
    failure: Exception, bucket: Any, ingest: FakeIngest, frozen: Frozen
) -> None:
    pointer = _put(bucket, _ndjson(14))
    steps = iter([False, False, True])

    def fail_in_the_third_step() -> None:
        if next(steps, False):
            raise failure

    ingest.before = fail_in_the_third_step
    waits = _import(pointer, ingest)
    done = _import(pointer, ingest)

    assert waits == Imported(
        Verdict.LATER, "tinybird_error" if isinstance(failure, ApiError) else str(failure), seconds=60
    )
    assert done.verdict is Verdict.DONE
    assert len(ingest.given) == len(ingest.origins) == 14
    assert sum(_fates(_summary(bucket, pointer)).values()) == 15


def test_a_row_that_fails_on_our_side_has_no_fate_yet(
    bucket: Any, ingest: FakeIngest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointer = _put(bucket, _ndjson(3))
    failed = Result(REJECTED, error=ApiError(ErrorCode.INTERNAL_ERROR))
    with monkeypatch.context() as patch:
        patch.setattr(FakeIngest, "_result", lambda _self, _body: failed)

        assert _import(pointer, ingest) == Imported(Verdict.LATER, "internal_error", 60)

    assert _keys(bucket) == []
    assert _import(pointer, ingest).verdict is Verdict.DONE


def test_a_file_waits_while_the_store_is_away(
    bucket: Any, ingest: FakeIngest, store_down: Callable[[], None], restart: Callable[[], None]
) -> None:
    pointer = _put(bucket, _ndjson(14))
    store_down()

    away = _import(pointer, ingest)
    restart()

    assert away.verdict is Verdict.LATER
    assert away.reason.startswith("dynamodb PutItem: ")
    assert _import(pointer, ingest).verdict is Verdict.DONE


def test_a_store_that_goes_away_in_the_middle_costs_no_more_than_the_wait(
    bucket: Any, ingest: FakeIngest, store_down: Callable[[], None], restart: Callable[[], None], frozen: Frozen
) -> None:
    pointer = _put(bucket, _ndjson(14))
    ingest.before = store_down

    away = _import(pointer, ingest)
    ingest.before = lambda: None
    restart()
    held = _import(pointer, ingest)
    frozen.move(LEASE_SECONDS + 1)

    assert (away.verdict, held.verdict) == (Verdict.LATER, Verdict.LATER)
    assert _import(pointer, ingest).verdict is Verdict.DONE
    assert [reject["line"] for reject in _rejects(bucket)] == [5, 6, 11, 16]


def test_a_run_that_was_overtaken_stops(bucket: Any, ingest: FakeIngest, frozen: Frozen) -> None:
    pointer = _put(bucket, _ndjson(14))
    overtaking = FakeIngest()
    verdicts: list[Verdict] = []

    def stand_still() -> None:
        ingest.before = lambda: None
        frozen.move(LEASE_SECONDS + 1)
        verdicts.append(_import(pointer, overtaking).verdict)

    ingest.before = stand_still

    slow = _import(pointer, ingest)

    assert verdicts == [Verdict.DONE]
    assert slow.verdict is Verdict.LATER
    assert len(ingest.given) == 3
    assert [reject["line"] for reject in _rejects(bucket)] == [5, 6, 11, 16]
    assert _import(pointer, ingest).verdict is Verdict.DONE


def test_a_long_step_renews_the_lease_before_it_writes(bucket: Any, ingest: FakeIngest, frozen: Frozen) -> None:
    pointer = _put(bucket, _ndjson(14))
    ingest.before = lambda: frozen.move(100)

    assert _import(pointer, ingest).verdict is Verdict.DONE


def test_an_object_that_was_replaced_is_not_mixed_with_the_new_one(bucket: Any, ingest: FakeIngest) -> None:
    """The new one has a pointer of its own."""
    old, new = _put(bucket, _ndjson(14)), _put(bucket, _ndjson(5))

    assert _import(old, ingest).verdict is Verdict.DONE
    assert _import(new, ingest).verdict is Verdict.DONE

    assert ingest.given == ingest.given[:5]
    summary = _summary(bucket, old)
    assert (summary["complete"], summary["lines"]) == (False, 0)
    assert summary["reason"] == "Another object came under this name before all of this one was read."
    assert _summary(bucket, new)["complete"] is True


def test_an_object_that_is_replaced_while_an_import_rests_keeps_what_was_counted(
    bucket: Any, ingest: FakeIngest, frozen: Frozen
) -> None:
    pointer = _put(bucket, _ndjson(14))
    ingest.before = lambda: frozen.move(20)
    _import(pointer, ingest, seconds=50)
    _put(bucket, b"{}")

    _import(pointer, ingest)

    summary = _summary(bucket, pointer)
    assert (summary["complete"], summary["lines"]) == (False, 5)
    assert _fates(summary) == {ACCEPTED: 2, DUPLICATE: 1, QUEUED: 0, REJECTED: 1}


def test_an_object_that_was_deleted_is_told(bucket: Any, ingest: FakeIngest) -> None:
    pointer = _put(bucket, _ndjson(14))
    bucket.Object(_KEY).delete()

    assert _import(pointer, ingest).verdict is Verdict.DONE
    assert _summary(bucket, pointer)["reason"] == "The object was deleted before all of it was read."


def test_what_stands_before_the_damage_is_imported(bucket: Any, ingest: FakeIngest) -> None:
    pointer = _put(bucket, gzip.compress(_ndjson(14)) + b"damage", "incoming/orders.gz")

    assert _import(pointer, ingest).verdict is Verdict.DONE

    summary = _summary(bucket, pointer)
    assert "damaged" in summary["reason"]
    assert summary["complete"] is False
    assert sum(_fates(summary).values()) == 15


def test_a_header_that_cannot_be_rejects_the_file(bucket: Any, ingest: FakeIngest) -> None:
    pointer = _put(bucket, b"\nwebsite_id,colour\nadmx_1,red\n", "incoming/orders.csv")

    assert _import(pointer, ingest).verdict is Verdict.DONE

    summary = _summary(bucket, pointer)
    assert (summary["complete"], summary["rejected"], summary["lines"]) == (False, 1, 2)
    assert summary["reason"] == "The header cannot be used; the rejects say why."
    [reject] = _rejects(bucket)
    assert (reject["line"], reject["row"]) == (2, "website_id,colour")
    assert [fault["path"] for fault in reject["error"]["details"]["fields"]] == ["column 2", "name"]
    assert ingest.given == []


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
    pointer = _put(bucket, content, key)

    assert _import(pointer, ingest) == Imported(Verdict.DONE)

    summary = _summary(bucket, pointer)
    assert (summary["complete"], summary["lines"], sum(_fates(summary).values())) == (True, lines, 0)


def test_a_row_keeps_its_origin_under_a_mended_file(bucket: Any, ingest: FakeIngest, frozen: Frozen) -> None:
    """If it has a time of its own; else it is as new as its object."""
    dated, undated = b'{"timestamp": "2026-03-01T00:00:00Z"}', b'{"timestamp": null}'
    for broken_or_mended in (b"{", b"{}"):
        _import(_put(bucket, b"\n".join([dated, undated, broken_or_mended])), ingest)
        time.sleep(1)  # S3 knows no fractions of a second

    first, second = [entry.origin for entry in ingest.given[:2]], [entry.origin for entry in ingest.given[2:4]]
    assert first[0] == second[0]
    assert first[1] != second[1]
    assert ingest.given[1].at_ms != ingest.given[3].at_ms
    assert {entry.workspace_id for entry in ingest.given} == {None}


def test_one_row_twice_in_a_file_is_two_rows(bucket: Any, ingest: FakeIngest) -> None:
    _import(_put(bucket, b"{}\n{}\n"), ingest)

    assert len(ingest.origins) == 2


def test_what_a_run_logs_holds_nothing_of_a_row(bucket: Any, ingest: FakeIngest, output: Any) -> None:
    _import(_put(bucket, b'{"secret": "jane@example.com"}\n{"broken secret'), ingest)

    assert output.logged("import")[0]["lines"] == 2
    assert "secret" not in output.text
    assert "jane" not in output.text


def test_memory_does_not_grow_with_the_file(tables: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "_ROWS_MAX", 1000)

    few, many = (_peak(rows, monkeypatch) for rows in (2_000, 12_000))

    assert many < 1.25 * few


def _peak(rows: int, monkeypatch: pytest.MonkeyPatch) -> int:
    key = "incoming/a.csv.gz"
    content = gzip.compress(b"website_id,name,title\n" + f"admx_1,custom,{'x' * 150}\n".encode() * rows)
    with running() as server, monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        settings.aws_environment.cache_clear()
        objects.s3_client.cache_clear()
        server.will(answer(b"", status=404, crc=None), _streamed(content), answer(b""))
        tracemalloc.start()
        try:
            counted = 0

            def count(given: Sequence[Given], *, seconds: float) -> list[Result]:
                nonlocal counted
                counted += len(given)
                return [Result(ACCEPTED)] * len(given)

            imported = import_object(S3Object("files", key, str(rows), str(rows)), count, ends_at=epoch_seconds() + 850)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert imported == Imported(Verdict.DONE)
    assert counted == rows
    return peak


def _streamed(content: bytes) -> Act:
    """Without a copy of the content."""

    def act(connection: Any) -> bool:
        head = f'Content-Length: {len(content)}\r\nLast-Modified: Sat, 21 Nov 2026 10:00:00 GMT\r\nETag: "e"\r\n\r\n'
        connection.wfile.write(f"HTTP/1.1 200 OK\r\n{head}".encode())
        connection.wfile.write(content)
        return True

    return act


class _Guillotine:
    """Ends the process at its nth call to anything outside."""

    def __init__(self, patch: pytest.MonkeyPatch, *, at: int, moment: str) -> None:
        self._left = at
        self.fell_at = ""
        send, call, client = connections.send, FakeIngest.__call__, objects.s3_client()

        def guarded_send(pool: HTTPConnectionPool, request: Request, **limits: Any) -> Any:
            return self._guard(request.headers["x-amz-target"], moment, lambda: send(pool, request, **limits))

        def guarded_call(called: FakeIngest, *given: Any, **named: Any) -> Any:
            return self._guard("ingest", moment, lambda: call(called, *given, **named))

        def guarded_client() -> Any:
            return SimpleNamespace(get_object=partial(to_s3, "get_object"), put_object=partial(to_s3, "put_object"))

        def to_s3(operation: str, **given: Any) -> Any:
            return self._guard(operation, moment, lambda: getattr(client, operation)(**given))

        patch.setattr(connections, "send", guarded_send)
        patch.setattr(FakeIngest, "__call__", guarded_call)
        patch.setattr(objects, "s3_client", guarded_client)

    def _guard(self, name: str, moment: str, call: Callable[[], Any]) -> Any:
        self._left -= 1
        if self._left >= 0:
            return call()
        if self._left == -1:
            self.fell_at = f"{moment} {name}"
        if moment == "after" and self._left == -1 and isinstance(done := call(), dict) and "Body" in done:
            done["Body"].close()  # as the end of a process does
        raise _KilledError


def _untroubled(bucket: Any, key: str, content: bytes) -> tuple[FakeIngest, Any]:
    ingest = FakeIngest()
    pointer = _put(bucket, content, key)
    assert _import(pointer, ingest).verdict is Verdict.DONE
    return ingest, _outcome(bucket, pointer)


def _outcome(bucket: Any, pointer: S3Object) -> Any:
    """Rejects that the summary lists, and no others, and the summary but for its times."""
    summary = _summary(bucket, pointer)
    listed = [json.loads(line) for key in summary["rejects"] for line in _content(bucket, key).splitlines()]
    assert listed == _rejects(bucket)
    assert summary["rejected"] == len(listed)
    return listed, {name: value for name, value in summary.items() if not name.endswith("_at")}


def _forget(bucket: Any) -> None:
    """As if no import had ever been."""
    bucket.objects.all().delete()
    database: Any = boto3.resource("dynamodb", region_name=REGION)
    table = database.Table(CLAIMS_TABLE)
    for item in table.scan()["Items"]:
        table.delete_item(Key={"claim": item["claim"]})
