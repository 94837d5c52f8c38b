"""An API that is busy, away or unwilling: what is waited for, and what ends the command."""

import json
from pathlib import Path
from typing import Any

import pytest

from pixel.auth.keys import generate
from pixelctl.__main__ import main
from pixelctl.events import sending
from tests.pixelctl.events_send.batch_api import BatchApi, Sent, refuses
from tests.pixelctl.events_send.files import Send, pageviews, progress_of, rejects_of, written
from tests.pixelctl.scripted_server import Reply


def test_a_full_minute_is_waited_for(api: BatchApi, file: Path, send: Send, waited: list[float]) -> None:
    full = refuses(429, "rate_limit_exceeded", Retry_After="17")
    api.next += [full, api.take, full, full]

    outcome = send(path=written(file, *pageviews(1500)))

    assert (outcome.status, outcome.json["accepted"]) == (0, 1500)
    assert waited == [17, 17, 17]


@pytest.mark.parametrize("seconds", ["0", "soon", "Wed, 04 Mar 2026 04:53:20 GMT", "-1"])
def test_no_time_to_wait_means_a_moment(
    seconds: str, api: BatchApi, file: Path, send: Send, waited: list[float]
) -> None:
    api.next.append(refuses(429, "rate_limit_exceeded", Retry_After=seconds))

    assert send(path=written(file, *pageviews(1))).status == 0
    assert len(waited) == 1
    assert 0.5 <= waited[0] <= 1


def _breaks_off(_sent: Sent) -> Reply | None:
    return None


@pytest.mark.parametrize(
    "broken",
    [
        refuses(503, "tinybird_error"),
        refuses(500, "internal_error"),
        lambda _sent: Reply(502, b"<html>"),
        refuses(429, "rate_limit_exceeded"),
        _breaks_off,
    ],
)
def test_an_api_that_is_away_for_a_while_is_tried_again(
    broken: Any, api: BatchApi, file: Path, send: Send, waited: list[float]
) -> None:
    api.next += [api.take, broken, broken, broken]

    outcome = send(path=written(file, *pageviews(2500)))

    assert (outcome.status, outcome.json["accepted"]) == (0, 2500)
    assert len(waited) == 3
    assert all(low <= pause <= 2 * low for low, pause in zip([0.5, 1, 2], waited, strict=True))


def test_an_answer_that_is_lost_counts_nothing_twice(api: BatchApi, file: Path, send: Send) -> None:
    def keeps_but_breaks(sent: Sent) -> None:
        api.take(sent)

    api.next.append(keeps_but_breaks)

    outcome = send(path=written(file, *pageviews(5)))

    assert (outcome.status, outcome.json["duplicate"], len(api.kept)) == (0, 5, 5)


@pytest.mark.parametrize(("before", "patience"), [(0, 15), (1, 300)])
def test_retries_end_after_a_while(
    before: int, patience: int, *, api: BatchApi, file: Path, send: Send, waited: list[float]
) -> None:
    api.next += [api.take] * before + [refuses(503, "ingest_unavailable", "This server is not set up.")] * 100

    outcome = send(path=written(file, *pageviews(1500)))

    assert (outcome.status, outcome.out) == (1, "")
    *waits, last = outcome.err.splitlines()
    assert last == (
        f"pixelctl: {api.url} accepts no events: HTTP 503, This server is not set up. "
        "The progress is saved; run the command again to continue."
    )
    assert len(waits) == len(waited)
    assert waits[0] == "pixelctl: HTTP 503, This server is not set up: trying again in 1 s"
    assert patience <= sum(waited) < patience + 30
    assert progress_of(file).exists() == bool(before)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "invalid_body"),
        (401, "api_key_revoked"),
        (403, "insufficient_scope"),
        (404, "not_found"),
        (413, "payload_too_large"),
        (415, "unsupported_media_type"),
        (429, "quota_exceeded"),
    ],
)
def test_a_refusal_ends_the_command_with_what_the_api_says(
    status: int, code: str, *, api: BatchApi, file: Path, send: Send, waited: list[float]
) -> None:
    api.next.append(refuses(status, code, "Ask the operator."))

    outcome = send(path=written(file, *pageviews(1)))

    assert outcome == (1, "", f"pixelctl: The API refuses the events: Ask the operator. (HTTP {status}, {code})\n")
    assert waited == []
    assert len(api.requests) == 1


def test_a_batch_that_is_too_large_is_halved(api: BatchApi, file: Path, send: Send) -> None:
    too_large = Reply(413, {"message": "Request Too Long"})

    def react(sent: Sent) -> Reply:
        api.next.append(react)
        return too_large if len(sent.events) > 300 else api.take(sent)

    api.next.append(react)

    outcome = send(path=written(file, *pageviews(1000)))

    assert (outcome.status, outcome.json["accepted"]) == (0, 1000)
    assert [len(sent.events) for sent in api.requests] == [1000, 500, 250, 250, 500, 250, 250]


@pytest.mark.parametrize(
    "strange",
    [
        Reply(202, b"<html>"),
        Reply(202, {"data": {"results": []}}),
        Reply(202, []),
        Reply(301, b"", {"Location": "http://127.0.0.1:1/"}),
    ],
)
def test_something_else_at_that_address_is_found_out(strange: Reply, api: BatchApi, file: Path, send: Send) -> None:
    api.next.append(lambda _sent: strange)

    outcome = send(path=written(file, *pageviews(1)))

    assert outcome == (1, "", f"pixelctl: {api.url} does not answer as Pixel API does; check --url.\n")


@pytest.mark.parametrize("times", [1, 2, 3])
def test_events_that_found_no_place_are_sent_again_by_themselves(
    times: int, api: BatchApi, file: Path, send: Send
) -> None:
    def place_all_but_the_second(sent: Sent) -> Reply:
        results: list[Any] = [{"index": index, "status": "accepted"} for index in range(len(sent.events))]
        results[-1] |= {"status": "rejected", "error": {"code": "tinybird_error", "message": "Try again."}}
        return Reply(202, {"data": {"results": results}})

    api.next += [place_all_but_the_second] * times

    outcome = send(path=written(file, *pageviews(2)))

    assert [len(sent.events) for sent in api.requests] == [2, 1, 1][: times + 1]
    assert (outcome.status, outcome.json["accepted"]) == ((0, 2) if times < 3 else (3, 1))


@pytest.mark.parametrize("options", [[], ["--with-events"]])
def test_rejects_are_listed_without_what_they_hold(options: list[str], api: BatchApi, file: Path, send: Send) -> None:
    lines = [pageviews(1)[0], {"title": "Ann Example"}, "ann@example.com", pageviews(1, fate="queued")[0]]

    outcome = send(*options, path=written(file, *lines))

    assert outcome.status == 3
    assert (outcome.json["accepted"], outcome.json["queued"], outcome.json["rejected"]) == (1, 1, 2)
    assert outcome.json["rejects_file"] == f"{file}.rejects.ndjson"
    first, second = rejects_of(file)
    assert (first["line"], first["error"]["details"]["fields"][0]["path"]) == (2, "path")
    assert (second["line"], second["error"]["code"]) == (3, "invalid_body")
    text = json.dumps([first, second])
    assert ("Ann Example" in text, "ann@example.com" in text) == (bool(options), bool(options))
    assert Path(f"{file}.rejects.ndjson").stat().st_mode & 0o077 == 0


def test_the_summary_reads_well(api: BatchApi, file: Path, send: Send, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["events", "send", "--file", str(written(file, *pageviews(3), "{")), "--url", api.url]) == 3

    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:5]] == [
        ["sent", "3"],
        ["accepted", "3"],
        ["duplicate", "0"],
        ["queued", "0"],
        ["rejected", "1"],
    ]
    assert lines[6].split() == ["rejects_file", f"{file}.rejects.ndjson"]


@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        ([], {}, "The address of the API is missing"),
        (["--url", "http://example.com"], {}, "--url must be an https:// address"),
        (["--url", "https://example.com?x=1"], {}, "--url must be an https:// address"),
        (["--url", "https://example.com:port"], {}, "--url must be an https:// address"),
        (["--url", "https://example.com"], {}, "The API key is missing"),
        (
            ["--url", "https://example.com"],
            {"PIXEL_API_KEY": "pixel_live_typo"},
            "PIXEL_API_KEY is not a valid API key",
        ),
        (["--url", "https://example.com", "--local"], {}, "--local and --url choose different stacks"),
        (["--local"], {"PIXEL_LOCAL_DIR": "/nowhere"}, "/nowhere/stack.json does not exist"),
    ],
)
def test_an_address_and_a_usable_key_are_required(
    options: list[str],
    environment: dict[str, str],
    said: str,
    *,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert main(["events", "send", "--file", str(written(file, *pageviews(1))), *options]) == 1

    shown = capsys.readouterr().err
    assert shown.startswith(f"pixelctl: {said}")
    assert "typo" not in shown


@pytest.mark.parametrize("option", ["--stack", "--region", "--profile"])
def test_options_that_choose_a_stack_in_aws_are_refused(
    option: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([option, "x", "events", "send", "--file", str(file), "--url", "https://example.com"]) == 2

    assert f"{option} chooses a stack in AWS; name the API with --url instead" in capsys.readouterr().err


def test_the_local_stack_says_where_and_with_what_key(
    api: BatchApi, file: Path, tmp_path: Path, waited: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = generate()
    (tmp_path / "stack.json").write_text(json.dumps({"api_url": api.url, "keys": {"write": key}}))
    monkeypatch.setenv("PIXEL_LOCAL_DIR", str(tmp_path))

    assert main(["--local", "events", "send", "--file", str(written(file, *pageviews(1)))]) == 0

    assert api.requests[0].headers["Authorization"] == f"Bearer {key}"


def test_the_environment_says_where(api: BatchApi, file: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXEL_API_URL", f"{api.url}/")

    assert main(["events", "send", "--file", str(written(file, *pageviews(1)))]) == 0


def test_the_address_may_stand_before_the_command(api: BatchApi, file: Path, key: str) -> None:
    assert main(["events", "--url", api.url, "send", "--file", str(written(file, *pageviews(1)))]) == 0


def test_nobody_listens(file: Path, send: Send, api: BatchApi, waited: list[float]) -> None:
    api.stop()

    outcome = send(path=written(file, *pageviews(1)))

    assert outcome.status == 1
    assert "accepts no events: no connection (NewConnectionError)" in outcome.err
    assert sum(waited) < sending.RETRY_SECONDS / 2
