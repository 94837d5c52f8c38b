"""A project that Tinybird would refuse, or that would fail there at the first request, stops the start.

Each case says which line is named. Most of them the parser lets through.
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.local.tinybird.running import PROJECT, PYTHON, REPOSITORY, StandIn, copy_project, visit

VISITS = "datasources/visits.datasource"
TOP_PATHS = "endpoints/top_paths.pipe"
EXTRA = "endpoints/extra.pipe"
TARGET = "datasources/by_day.datasource"


class Case(NamedTuple):
    file: str
    content: str
    at: str | None  # what stands in the line that the refusal names
    says: str


class Refusal(NamedTuple):
    message: str | None
    file: Path


def _changed(file: str, was: str, becomes: str) -> str:
    content = (PROJECT / file).read_text()
    assert was in content
    return content.replace(was, becomes, 1)


def _endpoint(*sql: str) -> str:
    return "\n".join(["NODE result", "SQL >", *(f"    {line}" for line in sql), "", "TYPE endpoint", ""])


SORTING_KEY = 'ENGINE_SORTING_KEY "workspace_id, website_id, timestamp, event_id"'
CASES = {
    "type that is none": Case(VISITS, _changed(VISITS, "UInt16", "UInt17"), "UInt17", "UInt17"),
    "DateTime64 without precision": Case(
        VISITS, _changed(VISITS, "DateTime64(3, 'UTC')", "DateTime64"), "DateTime64", "without precision"
    ),
    "unknown directive": Case(VISITS, _changed(VISITS, "ENGINE_VER", "ENGINE_VERS"), "ENGINE_VERS", "ENGINE_VERS"),
    "permission that is none": Case(VISITS, _changed(VISITS, '"ingest" APPEND', '"ingest" WRITE'), "WRITE", "WRITE"),
    "no engine": Case(
        VISITS, (PROJECT / VISITS).read_text().partition("\nENGINE")[0] + "\n", None, "ENGINE is missing"
    ),
    "sorting key over a missing column": Case(
        VISITS, _changed(VISITS, SORTING_KEY, 'ENGINE_SORTING_KEY "workspace_id, nowhere"'), "nowhere", "nowhere"
    ),
    "sorting key over a nullable column": Case(
        VISITS, _changed(VISITS, SORTING_KEY, 'ENGINE_SORTING_KEY "workspace_id, score"'), "SORTING_KEY", "score"
    ),
    "partition key over a missing column": Case(
        VISITS, _changed(VISITS, "toYYYYMM(timestamp)", "toYYYYMM(nowhere)"), "nowhere", "nowhere"
    ),
    "version column that is missing": Case(
        VISITS, _changed(VISITS, 'ENGINE_VER "received_at"', 'ENGINE_VER "nowhere"'), "nowhere", "nowhere"
    ),
    "JSON path that is not understood": Case(
        VISITS, _changed(VISITS, "`json:$.page.path`", "`json:$.page..path`"), "page..path", "JSON path"
    ),
    "nodes that read each other": Case(
        TOP_PATHS, _changed(TOP_PATHS, "FROM visits_once", "FROM result"), "NODE counted", "result -> counted -> result"
    ),
    "node called like its pipe": Case(
        TOP_PATHS, _changed(TOP_PATHS, "NODE result", "NODE top_paths"), "NODE top_paths", "the name of its pipe"
    ),
    "node called like a datasource": Case(
        EXTRA, _endpoint("SELECT 1").replace("result", "visits"), "NODE visits", "the name of a datasource"
    ),
    "two nodes of one name": Case(
        TOP_PATHS, _changed(TOP_PATHS, "NODE counted", "NODE  result"), "NODE result", "there are two nodes"
    ),
    "two endpoints": Case(
        TOP_PATHS,
        _changed(TOP_PATHS, "GROUP BY path\n", "GROUP BY path\n\nTYPE  endpoint\n"),
        "TYPE endpoint",
        "There can only be one",
    ),
    "semicolon at the end": Case(EXTRA, _endpoint("SELECT count()", "FROM visits;"), "visits;", "semicolon"),
    "SQL that is none": Case(EXTRA, _endpoint("SELECT count( FROM visits"), "SELECT", "Syntax error"),
    "template without its mark": Case(
        EXTRA, _endpoint("SELECT", "{{String(x, 'y')}}"), "{{", "start the query with a %"
    ),
    "parameter called like a keyword": Case(EXTRA, _endpoint("%", "SELECT", "{{Date(from)}}"), "{{", '"from"'),
    "reserved parameter": Case(EXTRA, _endpoint("%", "SELECT", "{{String(q, '')}}"), "{{", '"q"'),
    "if without end": Case(EXTRA, _endpoint("%", "SELECT 1", "{% if defined(x) %} + 1"), "{% if", "Missing {%end%}"),
    "function that is none": Case(EXTRA, _endpoint("SELECT nosuchfunction(1)"), "NODE", "nosuchfunction"),
    "function that Tinybird forbids": Case(EXTRA, _endpoint("SELECT sleep(1)"), "NODE", "sleep"),
    "table function that reads files": Case(EXTRA, _endpoint("SELECT * FROM file('x')"), "NODE", "file"),
    "unknown table": Case(EXTRA, _endpoint("SELECT * FROM nowhere"), "NODE", "Resource 'nowhere' not found"),
    "system table": Case(EXTRA, _endpoint("SELECT * FROM system.tables"), "NODE", "Resource 'system.tables' not found"),
    "unknown column": Case(EXTRA, _endpoint("SELECT nowhere FROM visits"), "NODE", "nowhere"),
    "unknown column of a pipe": Case(
        TOP_PATHS, _changed(TOP_PATHS, "SELECT path, uniqExact", "SELECT nopath, uniqExact"), "NODE counted", "nopath"
    ),
    "unknown column in a branch": Case(
        EXTRA,
        _endpoint("%", "SELECT 1 FROM visits {% if defined(x) %} WHERE nowhere = {{String(x)}} {% end %}"),
        "NODE",
        "nowhere",
    ),
    "types that do not compare": Case(EXTRA, _endpoint("SELECT 1 FROM visits WHERE event_id = 1"), "NODE", "String"),
    "value that always fails": Case(EXTRA, _endpoint("SELECT toUInt8('x') FROM numbers(1)"), "NODE", "parse"),
    "pipe that reads itself": Case(EXTRA, _endpoint("SELECT * FROM extra"), "NODE", "extra -> extra"),
    "materialized into nothing": Case(
        EXTRA,
        "NODE days\nSQL >\n    SELECT 1 AS x FROM visits\n\nTYPE materialized\nDATASOURCE nowhere\n",
        "DATASOURCE",
        "Resource 'nowhere' not found",
    ),
    "name that is taken": Case("endpoints/visits.pipe", _endpoint("SELECT 1"), None, "is already the name of"),
}


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Refusal]:
    """Collect the errors of all cases in one process."""
    projects = [copy_project(tmp_path_factory.mktemp("broken"), {case.file: case.content}) for case in CASES.values()]
    process = subprocess.run(
        [PYTHON, "-m", "tests.local.tinybird.refusals"],
        cwd=REPOSITORY,
        input="\n".join(str(project) for project in projects),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    messages = [json.loads(line) for line in process.stdout.splitlines()]
    return {
        name: Refusal(message, project / case.file)
        for (name, case), project, message in zip(CASES.items(), projects, messages, strict=True)
    }


@pytest.mark.parametrize("name", CASES)
def test_a_project_is_refused_with_file_line_and_reason(refusals: Mapping[str, Refusal], name: str) -> None:
    case, refusal = CASES[name], refusals[name]
    lines = case.content.splitlines()
    line = next(number for number, text in enumerate(lines, 1) if case.at in text) if case.at else None
    place = f"{refusal.file}:{line}: " if line else f"{refusal.file}: "

    assert refusal.message is not None
    assert refusal.message.startswith(place)
    assert case.says in refusal.message


def test_a_refusal_ends_the_start_without_a_traceback(tmp_path: Path) -> None:
    case = CASES["unknown column"]
    project = copy_project(tmp_path, {case.file: case.content})
    process = subprocess.run(
        [PYTHON, "-m", "local.tinybird", "--project", str(project)],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert process.returncode == 1
    assert process.stderr.startswith(f"cannot start: {project / case.file}:")
    assert "Traceback" not in process.stderr


def test_without_lru_there_is_no_start(tmp_path: Path) -> None:
    """Tinybird's parser would go on without it, and find nothing."""
    (tmp_path / "lru.py").write_text("raise ImportError('No module named lru')")
    process = subprocess.run(
        [PYTHON, "-m", "local.tinybird", "--project", str(PROJECT)],
        cwd=REPOSITORY,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert process.returncode == 1
    assert "lru" in process.stderr
    assert "requirements/tinybird.txt" in process.stderr


def test_a_folder_without_datasources_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"no \.datasource files"), StandIn(tmp_path, project=tmp_path):
        pass


MATERIALIZED = {
    TARGET: """SCHEMA >
    `day` Date,
    `views` SimpleAggregateFunction(sum, UInt64)

ENGINE "AggregatingMergeTree"
ENGINE_SORTING_KEY "day"
""",
    "endpoints/days.pipe": """NODE counted
SQL >
    SELECT toDate(timestamp) AS day, throwIf(path = '/boom') + count() AS views FROM visits GROUP BY day, path

TYPE materialized
DATASOURCE by_day
""",
}


def test_a_materialized_view_fills_its_target_and_its_failure_is_422(tmp_path: Path) -> None:
    with StandIn(tmp_path, project=copy_project(tmp_path, MATERIALIZED)) as running:
        assert running.append(visit("w"), visit("w")).status == 202
        assert running.sql("SELECT toString(day) AS day, sum(views) AS views FROM by_day GROUP BY day") == [
            {"day": "2024-05-01", "views": 2}
        ]
        broken = running.append(visit("w", page={"path": "/boom"}))
        assert broken.status == 422
        assert len(running.rows("w")) == 3
        assert running.sql("SELECT sum(views) AS views FROM by_day") == [{"views": 2}]
