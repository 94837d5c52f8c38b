"""Events as CSV and from standard input: the API's own rules for rows, and no row without a fate."""

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pixelctl.__main__ import main
from tests.pixelctl.events_send.batch_api import BatchApi, Sent, refuses
from tests.pixelctl.events_send.files import Send, pageviews, progress_of, rejects_of
from tests.pixelctl.scripted_server import Reply

_HEADER = "website_id,name,path,value,refund,timestamp,properties.plan,properties.seats"
_ROWS = [
    "admx_1,pageview,/a,,,,,",
    'admx_1,pageview,"/b,\nsecond line",9.5,true,1772600000000,pro,3',
    "admx_1,pageview,/short",
    "",
    'admx_1,pageview,"/open,,,,,',
    "admx_1,pageview,/z,,,,,",
]
_CSV = "\n".join([_HEADER, *_ROWS]).encode()


def _without_ids(api: BatchApi) -> list[dict[str, Any]]:
    return [{name: value for name, value in event.items() if name != "event_id"} for event in api.kept.values()]


def _types(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize("name", ["events.csv", "Events.CSV.gz", "-"])
def test_rows_become_events_with_the_types_of_the_api_and_wrong_ones_are_named_by_line(
    name: str, api: BatchApi, tmp_path: Path, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(name) if name == "-" else tmp_path / name
    content = gzip.compress(_CSV) if name.endswith("gz") else _CSV
    _types(monkeypatch, content)
    if name != "-":
        path.write_bytes(content)

    first = send(path=path)
    _types(monkeypatch, content)
    again = send(path=path)

    assert first.status == again.status == 3
    assert (first.json["accepted"], first.json["rejected"]) == (3, 2)
    assert (again.json["duplicate"], again.json["rejected"]) == (3, 2)
    assert _without_ids(api) == [
        {"website_id": "admx_1", "name": "pageview", "path": "/a"},
        {
            "website_id": "admx_1",
            "name": "pageview",
            "path": "/b,\nsecond line",
            "value": 9.5,
            "refund": True,
            "timestamp": 1772600000000,
            "properties": {"plan": "pro", "seats": "3"},
        },
        {"website_id": "admx_1", "name": "pageview", "path": "/z"},
    ]
    rejects = [json.loads(line) for line in again.err.splitlines()] if name == "-" else rejects_of(path)
    assert [(one["line"], one["error"]["code"]) for one in rejects] == [(5, "invalid_body"), (7, "invalid_body")]
    assert "as many cells as the header has columns" in rejects[0]["error"]["message"]
    assert "quote" in rejects[1]["error"]["message"]
    assert [one.name for one in tmp_path.iterdir()] == (
        [] if name == "-" else sorted([path.name, f"{path.name}.rejects.ndjson"])
    )


def test_the_summary_names_the_first_wrong_lines(
    api: BatchApi, tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "events.csv"
    path.write_text("website_id,name,path\n" + "admx_1,pageview\n" * 7 + "admx_1,pageview,\n")

    assert main(["events", "send", "--file", str(path), "--url", api.url]) == 3

    *_, first, _, _, _, fifth, more = capsys.readouterr().out.splitlines()
    assert first == "line 2: The row must have as many cells as the header has columns: 3."
    assert fifth.startswith("line 6: ")
    assert more == "and 3 more"


def test_a_csv_that_was_interrupted_goes_on_at_its_row(api: BatchApi, tmp_path: Path, send: Send) -> None:
    path = tmp_path / "events.csv"
    rows = [f'admx_1,pageview,"/{number}\n"' for number in range(1500)]
    path.write_text("\n".join(["\ufeffwebsite_id,name,path", *rows]))

    def ends(_sent: Sent) -> Reply:
        return Reply(401, {"error": {"code": "api_key_expired", "message": "Ask for a new one."}})

    api.next += [api.take, ends]
    assert send(path=path).status == 1
    assert json.loads(progress_of(path).read_text())["place"][0] == 2001

    outcome = send(path=path)

    assert (outcome.status, outcome.json["accepted"], outcome.json["duplicate"]) == (0, 1500, 0)
    assert api.paths == [f"/{number}\n" for number in range(1500)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"website_id;name;path\n", "The header of {path} cannot be used: Columns must be separated by commas."),
        (b"name,pth\n", "did you mean|A column must be a field of an event"),
        (b"\xff\xfew\0e\0", "{path} cannot be read. The file is UTF-16 or UTF-32; save it as UTF-8"),
        (gzip.compress(_CSV, mtime=0)[:40], "{path} cannot be read. gzip cannot decompress it; replace the file."),
    ],
)
def test_a_csv_that_cannot_be_read_sends_nothing(
    content: bytes, said: str, api: BatchApi, tmp_path: Path, send: Send
) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(content)

    outcome = send(path=path)

    assert (outcome.status, outcome.out, api.requests) == (1, "", [])
    assert any(one.format(path=path) in outcome.err for one in said.split("|"))
    assert outcome.err.count("\n") == 1


def test_standard_input_may_be_json_and_says_what_it_waits_for(
    api: BatchApi, tmp_path: Path, send: Send, monkeypatch: pytest.MonkeyPatch, waited: list[float]
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [json.dumps(event) for event in pageviews(2)]
    _types(monkeypatch, "\n".join(["", *lines, "{"]).encode())
    api.next += [refuses(429, "rate_limit_exceeded", Retry_After="17")]

    outcome = send(path=Path("-"))

    assert (outcome.status, outcome.json["accepted"], outcome.json["rejects_file"]) == (3, 2, None)
    said, reject = outcome.err.splitlines()
    assert said == "pixelctl: rate limit: waiting 17 s"
    assert json.loads(reject)["line"] == 4
    assert [*tmp_path.iterdir()] == []


def test_an_input_that_ends_early_says_how_to_send_the_rest(
    api: BatchApi, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    _types(monkeypatch, b"")
    assert send(path=Path("-")).json["sent"] == 0

    _types(monkeypatch, json.dumps(pageviews(1)[0]).encode())
    api.next += [refuses(503, "ingest_unavailable", "Not set up.")] * 50
    outcome = send(path=Path("-"))

    assert outcome.status == 1
    assert outcome.err.endswith("Not set up. Send the same input again: events that were accepted count once.\n")
