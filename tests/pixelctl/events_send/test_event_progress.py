"""A run that stops half way goes on where it stopped: nothing is left out, nothing counts twice."""

import gzip
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pixelctl.events import progress
from tests.pixelctl.events_send.batch_api import BatchApi, Sent, refuses
from tests.pixelctl.events_send.files import Send, pageviews, progress_of, rejects_of, written
from tests.pixelctl.scripted_server import Reply


def _lines(count: int) -> list[str]:
    """Return lines of which the first of each thousand is unusable."""
    return ["{" if number % 1000 == 0 else json.dumps(event) for number, event in enumerate(pageviews(count))]


def _ends(_sent: Sent) -> Reply:
    return Reply(401, {"error": {"code": "api_key_expired", "message": "Ask for a new one."}})


@pytest.mark.parametrize("packed", ["events.ndjson", "events.ndjson.gz"])
def test_the_next_run_goes_on(packed: str, api: BatchApi, tmp_path: Path, send: Send) -> None:
    path = tmp_path / packed
    content = "\n".join(_lines(3500)).encode()
    path.write_bytes(gzip.compress(content) if packed.endswith("gz") else content)
    api.next += [api.take, api.take, _ends]
    assert send(path=path).status == 1
    assert json.loads(progress_of(path).read_text())["place"][0] == 2000

    outcome = send(path=path)

    assert [len(sent.events) for sent in api.requests] == [999, 999, 999, 999, 499]
    assert (outcome.status, outcome.json["accepted"], outcome.json["duplicate"]) == (3, 3496, 0)
    assert (outcome.json["sent"], outcome.json["rejected"]) == (3496, 4)
    assert [reject["line"] for reject in rejects_of(path)] == [1, 1001, 2001, 3001]
    assert not progress_of(path).exists()


def test_ctrl_c_keeps_the_place(
    api: BatchApi, file: Path, send: Send, waited: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    written(file, *_lines(2500))
    with monkeypatch.context() as patch:
        patch.setattr("pixelctl.events.sending.sleep", interrupt)
        api.next += [api.take, refuses(429, "rate_limit_exceeded", Retry_After="60")]
        stopped = send()
    assert (stopped.status, stopped.out) == (130, "")
    assert stopped.err.splitlines() == [
        "pixelctl: rate limit: waiting 60 s",
        "pixelctl: interrupted. The progress is saved; run the command again to continue.",
    ]

    outcome = send()

    assert (outcome.json["accepted"], outcome.json["duplicate"]) == (2497, 0)


@pytest.mark.parametrize("lost", ["save", "add"])
def test_a_batch_that_was_not_noted_is_sent_again_and_rejected_once(
    lost: str, api: BatchApi, file: Path, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power fails between the API's answer and the note of it."""
    written(file, *_lines(1500))
    holder: Any = progress.Progress if lost == "save" else progress.Rejects
    original = getattr(holder, lost)
    calls = []

    def fail_the_second_time(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        original(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(holder, lost, fail_the_second_time)
        assert send().status == 130

    outcome = send()

    assert (outcome.json["accepted"], outcome.json["duplicate"], len(api.kept)) == (999, 499, 1498)
    assert [reject["line"] for reject in rejects_of(file)] == [1, 1001]


def _stop_after_one_batch(api: BatchApi, file: Path, send: Send) -> None:
    written(file, *_lines(1500))
    api.next += [api.take, _ends]
    assert send().status == 1


def test_a_file_that_changed_is_refused(api: BatchApi, file: Path, send: Send) -> None:
    _stop_after_one_batch(api, file, send)
    with file.open("a") as more:
        more.write(json.dumps(pageviews(1)[0]))

    outcome = send()

    assert outcome.status == 1
    assert outcome.err.startswith(f"pixelctl: {file} has changed since its first 1000 lines were sent.")
    assert "--restart" in outcome.err
    assert len(api.requests) == 2


def test_a_change_behind_the_beginning_is_noticed(api: BatchApi, file: Path, send: Send) -> None:
    _stop_after_one_batch(api, file, send)
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))

    assert "has changed since" in send().err


def test_restart_sends_all_of_it(api: BatchApi, file: Path, send: Send) -> None:
    _stop_after_one_batch(api, file, send)

    outcome = send("--restart")

    assert (outcome.json["accepted"], outcome.json["duplicate"]) == (499, 999)
    assert [reject["line"] for reject in rejects_of(file)] == [1, 1001]


def test_the_rest_does_not_go_elsewhere(api: BatchApi, file: Path, send: Send) -> None:
    _stop_after_one_batch(api, file, send)

    outcome = send("--url", f"{api.url}/other")

    assert outcome.err.startswith(f"pixelctl: 1000 lines of {file} were sent to {api.url}; continue there")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"place": [1, 2], "new": 1}', '{"place": 5}'])
def test_a_note_that_cannot_be_read_is_not_guessed(content: str, api: BatchApi, file: Path, send: Send) -> None:
    written(file, *pageviews(1))
    progress_of(file).write_text(content)

    outcome = send()

    assert outcome.err == f"pixelctl: {progress_of(file)} cannot be read; send the whole file again with --restart.\n"
    assert send("--restart").status == 0


def test_rejects_that_are_gone_are_missed(api: BatchApi, file: Path, send: Send) -> None:
    _stop_after_one_batch(api, file, send)
    file.with_name("events.ndjson.rejects.ndjson").unlink()

    assert "events.ndjson.rejects.ndjson is missing" in send().err


def test_rejects_of_an_earlier_time_do_not_stay(api: BatchApi, file: Path, send: Send) -> None:
    send(path=written(file, "{"))
    assert rejects_of(file)

    assert send(path=written(file, *pageviews(1))).status == 0
    assert not file.with_name("events.ndjson.rejects.ndjson").exists()


def test_a_folder_that_takes_no_notes_is_named(
    api: BatchApi, file: Path, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _text: str) -> int:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_text", full)
    file.write_bytes(json.dumps(pageviews(1)[0]).encode())

    assert send().err == f"pixelctl: {progress_of(file)}.draft cannot be used: No space left on device.\n"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_far_it_is(api: BatchApi, file: Path, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    api.next += [api.take, refuses(429, "rate_limit_exceeded", Retry_After="9")]
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(sys, "stderr", terminal)

    send(path=written(file, *pageviews(2000)))

    shown = terminal.getvalue().split("\r\x1b[K")
    assert shown[1] == "events.ndjson  1,000 sent, waiting for the API"
    assert "1,000 lines" in shown[2]
    assert shown[2].endswith("  1,000 accepted")
    assert shown[3].endswith("  1,000 accepted  1,000 sent, waiting for the API")
    assert shown[4].endswith("  1,000 accepted  rate limit: waiting 9 s")
    assert shown[5].startswith("events.ndjson [########################] 100%  2,000 lines")
    assert shown[5].endswith("  2,000 accepted")
    assert shown[6] == ""
