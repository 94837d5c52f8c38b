"""Any file, of any size: what becomes of its lines, in what batches, and under which ids."""

import gzip
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pixelctl.events import files
from pixelctl.events.files import BATCH_BYTES_MAX, LINE_BYTES_MAX, Place, open_events
from tests.pixelctl.events_send.batch_api import BatchApi
from tests.pixelctl.events_send.files import Send, pageviews, progress_of, rejects_of, written


def test_a_file_goes_in_batches_over_one_connection(api: BatchApi, file: Path, send: Send, key: str) -> None:
    outcome = send(path=written(file, *pageviews(2500)))

    assert outcome.status == 0
    assert outcome.json == {
        "sent": 2500,
        "accepted": 2500,
        "duplicate": 0,
        "queued": 0,
        "rejected": 0,
        "seconds": outcome.json["seconds"],
        "rejects_file": None,
    }
    assert [len(sent.events) for sent in api.requests] == [1000, 1000, 500]
    assert api.paths == [f"/{number}" for number in range(2500)]
    assert api.connections == 1
    assert {sent.path for sent in api.requests} == {"/api/v1/pixel/events/batch"}
    assert api.requests[0].headers["Authorization"] == f"Bearer {key}"
    assert api.requests[0].headers["Content-Type"] == "application/x-ndjson"
    assert outcome.err == ""
    assert [path.name for path in file.parent.iterdir()] == ["events.ndjson"]


def test_batches_are_small_enough_for_the_api(api: BatchApi, file: Path, send: Send) -> None:
    assert send(path=written(file, *pageviews(400, title="x" * 20_000))).status == 0

    assert [sent.size <= BATCH_BYTES_MAX for sent in api.requests] == [True, True, True]
    assert len(api.kept) == 400


def test_the_same_file_counts_once(api: BatchApi, file: Path, send: Send) -> None:
    written(file, *pageviews(30))
    send()

    outcome = send()

    assert (outcome.status, outcome.json["accepted"], outcome.json["duplicate"]) == (0, 0, 30)


def test_ids_are_made_only_where_there_are_none(api: BatchApi, file: Path, send: Send) -> None:
    named, unnamed = pageviews(1, event_id="mine")[0], pageviews(1, event_id=None)[0]

    send(path=written(file, named, unnamed, *pageviews(1)))

    first, second, third = (event["event_id"] for event in api.requests[0].events)
    assert first == "mine"
    assert second.startswith("file-")
    assert (second[21:], third[21:]) == ("-2", "-3")


def test_an_identify_gets_no_id_because_it_takes_none(file: Path) -> None:
    identify = {"website_id": "admx_1", "name": "identify", "visitor_id": "v", "external_id": "e"}

    with open_events(written(file, identify)) as opened:
        [batch] = opened.batches(Place())

    assert [json.loads(event.content) for event in batch.events] == [identify]


def test_a_transaction_is_left_to_the_api(api: BatchApi, file: Path, send: Send) -> None:
    refund = {"name": "payment", "path": "/", "transaction_id": "t1", "refund": True}
    api.next.append(lambda sent: api.take(sent._replace(events=[{**event, "event_id": "t1"} for event in sent.events])))

    send(path=written(file, refund))

    assert api.requests[0].events == [refund]


@pytest.mark.parametrize("change", [lambda file: file.rename(file.with_name("other.ndjson")), lambda file: file])
def test_other_files_have_other_ids(change: Callable[[Path], Path], file: Path) -> None:
    before = _ids(written(file, *pageviews(3)))

    path = change(file)

    assert (_ids(path) == before) == (path == file)


def test_other_contents_have_other_ids(file: Path) -> None:
    before = _ids(written(file, {"path": "/1"}))

    assert _ids(written(file, {"path": "/2"})) != before


def _ids(path: Path) -> list[str]:
    with open_events(path) as events:
        return [json.loads(event.content)["event_id"] for batch in events.batches(Place()) for event in batch.events]


@pytest.mark.parametrize("text", ['{"path": "/", "title": "\\ud800"}', '{"path": "/", "title": "ä€😀"}'])
def test_what_a_text_says_is_kept(text: str, file: Path) -> None:
    with open_events(written(file, text)) as events:
        [batch] = events.batches(Place())

    event = json.loads(batch.events[0].content.decode())
    assert event["title"] == json.loads(text)["title"]


def test_a_packed_file_is_sent_as_well(api: BatchApi, tmp_path: Path, send: Send) -> None:
    path = tmp_path / "events.ndjson.gz"
    path.write_bytes(gzip.compress("".join(f"{json.dumps(event)}\n" for event in pageviews(1200)).encode()))

    assert send(path=path).json["accepted"] == 1200
    assert api.paths[-1] == "/1199"


def test_a_damaged_packed_file_keeps_what_was_sent(api: BatchApi, tmp_path: Path, send: Send) -> None:
    path = tmp_path / "events.ndjson.gz"
    whole = gzip.compress("".join(f"{json.dumps(event)}\n" for event in pageviews(3000)).encode())
    path.write_bytes(whole[: len(whole) * 3 // 4])

    outcome = send(path=path)

    assert outcome.status == 1
    assert "is damaged: gzip cannot decompress it after line 2" in outcome.err
    assert len(api.kept) in (1000, 2000)


def test_what_is_no_event_stays_here(api: BatchApi, file: Path, send: Send) -> None:
    good = pageviews(2)
    bad = ["no JSON", "[]", '{"path": "/", "path": "/"}', '{"value": NaN}', "[" * 200_000, f'"{"x" * LINE_BYTES_MAX}"']
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(good[0]).encode() + b"\r\n\n  \n\xff\n")
    with file.open("a") as more:
        more.write("\n".join([*bad, json.dumps(good[1])]))

    outcome = send()

    assert (outcome.status, outcome.json["sent"], outcome.json["accepted"], outcome.json["rejected"]) == (3, 2, 2, 7)
    assert api.paths == ["/0", "/1"]
    assert [(reject["line"], reject["error"]["message"]) for reject in rejects_of(file)] == [
        (4, "The line is not valid UTF-8; encode it as UTF-8."),
        (5, "The body must be valid JSON."),
        (6, "An event must be a JSON object."),
        (7, "An object must not repeat a name."),
        (8, "NaN and Infinity are not valid JSON; send a number or null."),
        (9, "The JSON is nested too deeply; use fewer levels."),
        (10, "The line is too long for an event."),
    ]
    assert api.requests[0].events[1]["event_id"].endswith("-11")


@pytest.mark.parametrize("content", ["", "\n\n \n"])
def test_nothing_to_send_is_no_failure(content: str, api: BatchApi, file: Path, send: Send) -> None:
    file.write_text(content)

    outcome = send()

    assert (outcome.status, outcome.json["sent"], api.requests) == (0, 0, [])
    assert not progress_of(file).exists()


@pytest.mark.parametrize("opened", [open, gzip.open])
def test_memory_does_not_grow_with_the_file(opened: Callable[..., Any], file: Path) -> None:
    line = json.dumps(pageviews(1, title="x" * 300)[0]).encode() + b"\n"
    with opened(file, "wb") as stream:
        for _ in range(15):
            stream.write(line * 1000)  # 6 MB in all

    tracemalloc.start()
    with open_events(file) as events:
        sizes = [len(batch.events) for batch in events.batches(Place())]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sizes == [1000] * 15
    assert peak < 4_000_000


def test_a_file_of_unusable_lines_is_split_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BATCH_BYTES_MAX", 1000)

    with open_events(written(file, *["x" * 400] * 10)) as events:
        assert [len(batch.unusable) for batch in events.batches(Place())] == [2] * 5


def test_a_file_that_grows_is_not_sent_to_its_end(api: BatchApi, file: Path, send: Send) -> None:
    written(file, *pageviews(1500))

    def append(sent: Any) -> Any:
        with file.open("a") as more:
            more.write("{}\n")
        return api.take(sent)

    api.next.append(append)

    outcome = send()

    assert outcome.status == 1
    assert "changed while it was being sent" in outcome.err
    assert len(api.kept) == 1000


def test_there_must_be_a_file(tmp_path: Path, send: Send) -> None:
    assert send(path=tmp_path).err == f"pixelctl: {tmp_path} is not a file; name one with one event per line.\n"
