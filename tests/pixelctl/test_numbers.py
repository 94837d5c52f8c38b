"""pixelctl query and top: rows as people, spreadsheets and scripts read them, asked for with a key."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from pixel.auth.keys import generate
from pixel.tinybird.catalogue import catalogue
from pixelctl.__main__ import main
from pixelctl.commands import numbers
from tests.pixelctl.conftest import Outcome
from tests.pixelctl.played_api import PlayedApi, failing
from tests.pixelctl.scripted_server import Reply
from tests.pixelctl.terminal import run_on_a_terminal

_QUERY = "/api/v1/pixel/query/"
_PAGES = [
    {"path": "/", "visitors": 2497, "bounce_rate": 0.25},
    {"path": "/a,b", "visitors": 312, "bounce_rate": 0.512345678},
    {"path": "", "visitors": 1, "bounce_rate": 1},
]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedApi]:
    api = PlayedApi()
    monkeypatch.setenv("PIXEL_API_KEY", generate())
    monkeypatch.setenv("PIXEL_API_URL", api.url)
    yield api
    api.stop()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda *words: Outcome(main(words), *capsys.readouterr())


def _answers(api: PlayedApi, pipe: str, rows: object) -> None:
    api.always[_QUERY + pipe] = lambda: Reply(200, {"data": {"data": rows, "data_status": "ok"}, "meta": {}})


def test_rows_are_a_table_for_people_and_an_array_for_scripts(api: PlayedApi, run: Any) -> None:
    _answers(api, "p_top_pages", _PAGES)
    asked = ("--website", "admx_1", "--from", "2026-11-01", "--to", "2026-11-30", "--param", "limit=3")

    shown = run("query", "p_top_pages", *asked, "--param", "country=DE")
    short = run("query", "top_pages", *asked, "--json")

    assert (shown.status, shown.err) == (0, "")
    assert [line.split() for line in shown.out.splitlines()] == [
        ["PATH", "VISITORS", "BOUNCE_RATE"],
        ["/", "2497", "0.25"],
        ["/a,b", "312", "0.5123"],
        ["-", "1", "1"],
    ]
    assert short.json == _PAGES
    window = {"website_id": ["admx_1"], "from": ["2026-11-01"], "to": ["2026-11-30"], "limit": ["3"]}
    assert api.queries == [{**window, "country": ["DE"]}, window]
    assert api.keys == {f"Bearer {os.environ['PIXEL_API_KEY']}"}
    assert os.environ["PIXEL_API_KEY"] not in f"{shown}{short}"


def test_csv_is_printed_as_the_api_writes_it(api: PlayedApi, run: Any) -> None:
    api.always[f"{_QUERY}p_geo"] = lambda: Reply(200, b"country,visitors\r\n\xc3\xa4,2\r\n")

    assert run("query", "geo", "--csv") == (0, "country,visitors\r\nä,2\r\n", "")
    assert api.queries == [{"format": ["csv"]}]


def test_no_rows_are_said_and_are_an_empty_array(api: PlayedApi, run: Any) -> None:
    _answers(api, "p_geo", [])

    assert run("query", "geo").out == run("top", "countries").out == "No rows.\n"
    assert run("query", "geo", "--json").json == run("top", "countries", "--json").json == []


def test_a_terminal_too_narrow_for_a_table_gets_rows_one_below_the_other(api: PlayedApi) -> None:
    wide = {f"column_{number}": number for number in range(20)}
    _answers(api, "p_overview", [wide, wide])

    shown = run_on_a_terminal("query", "overview", COLUMNS="80")

    block = [[name, str(value)] for name, value in wide.items()]
    assert shown.status == 0
    assert [line.split() for line in shown.out.splitlines()] == [*block, [], *block]


def test_top_lists_have_bars_in_proportion(api: PlayedApi, run: Any) -> None:
    _answers(api, "p_top_pages", _PAGES)
    _answers(api, "p_traffic_sources", [{"channel": "ai", "visitors": 2}])

    pages = run("top", "pages", "--website", "admx_1", "--limit", "3")
    run("top", "sources")

    assert pages.out.splitlines() == [
        "PATH    VISITORS",
        f"/          2,497  {'█' * 20}",
        f"/a,b         312  {'█' * 2}",
        "(none)         1  █",
    ]
    assert api.queries[0] == {"website_id": ["admx_1"], "sort": ["visitors"], "limit": ["4"]}
    assert api.queries[1] == {"by": ["channel"], "limit": ["11"]}
    assert len(run("top", "pages", "--limit", "1").out.splitlines()) == 2


def test_a_list_of_names_leaves_out_those_without_and_nothing_else(api: PlayedApi, run: Any) -> None:
    """The pipe answers with those without a name as one row among the others."""
    rows = [{"city": name, "visitors": 9} for name in ("Berlin", "", "Bonn")]
    _answers(api, "p_geo", rows)

    assert [row["city"] for row in run("top", "cities", "--limit", "2", "--json").json] == ["Berlin", "Bonn"]


def test_every_list_asks_a_pipe_for_columns_and_parameters_that_it_has() -> None:
    for name, view in numbers._TOP.items():
        pipe = catalogue()[view.pipe]
        assert {view.name, view.measured, *view.columns.values()} <= {column["name"] for column in pipe.columns}, name
        assert {*view.parameters, "limit"} <= pipe.parameters.keys(), name


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["query", "geoo"], 'There is no pipe "p_geoo"; did you mean p_geo?'),
        (["query", "zzz"], 'There is no pipe "p_zzz"; the pipes are p_attributed_revenue, '),
        (["top", "countris"], 'There is no list "countris"; did you mean countries?'),
        (["query", "geo", "--param", "country"], "--param must be NAME=VALUE"),
        (["query", "geo", "--from", "2026-11-01", "--param", "from=x"], "from is given twice"),
        (["top", "pages", "--param", "limit=5"], "limit is given twice"),
        (["top", "pages", "--limit", "0"], "Invalid value for '--limit'"),
        (["query", "geo", "--csv", "--json"], "--csv and --json exclude each other"),
        (["query"], "Missing argument 'PIPE'"),
        (["--stack", "x", "query", "geo"], "--stack chooses a stack in AWS; name the API with --url instead"),
    ],
)
def test_wrong_usage_is_2_and_asks_nothing(api: PlayedApi, run: Any, words: list[str], said: str) -> None:
    outcome = run(*words)

    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"pixelctl: {said}")
    assert api.requests == []


def test_faults_that_the_api_names_are_named_by_option(api: PlayedApi, run: Any) -> None:
    fields = [
        {"path": "from", "code": "invalid", "message": "`from` must be YYYY-MM-DD."},
        {"path": "limi", "code": "unknown", "message": "`limi` is not a parameter; did you mean `limit`?"},
        {"path": "steps", "code": "missing", "message": "`steps` is required."},
    ]
    error = {"code": "invalid_query", "message": "Some are invalid.", "details": {"fields": fields}}
    api.always[f"{_QUERY}p_geo"] = lambda: Reply(400, {"error": error, "meta": {"request_id": "req_1"}})

    outcome = run("query", "geo", "--from", "yesterday", "--param", "limi=3")

    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.splitlines()[1:4] == [
        "  --from must be YYYY-MM-DD.",
        "  --param limi is not a parameter; did you mean `limit`?",
        "  --param steps is required.",
    ]


def test_what_else_the_api_answers_is_a_failure_in_one_line(
    api: PlayedApi, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "pixelctl: The API refuses the query: HTTP 404 website_not_found (req_1): Do something else.\n"
    api.always[f"{_QUERY}p_geo"] = lambda: failing(404, "website_not_found")
    assert run("query", "geo") == run("top", "countries") == (1, "", said)

    api.always[f"{_QUERY}p_geo"] = lambda: Reply(200, b"<html>")
    assert run("query", "geo").err == "pixelctl: This address does not answer as Pixel API does; check --url.\n"

    api.stop()
    stopped = run("query", "geo")
    assert (stopped.status, stopped.err.count("\n")) == (1, 1)
    assert "does not answer" in stopped.err

    monkeypatch.delenv("PIXEL_API_KEY")
    assert "set PIXEL_API_KEY to a key with the scope pixel:read" in run("query", "geo").err
