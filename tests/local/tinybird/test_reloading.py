"""Files that change while the project is served: the next request gets the new ones, or the last good ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.tinybird.running import StandIn, copy_project, visit
from tests.local.tinybird.test_broken_files import MATERIALIZED

_ONE = "NODE endpoint\nSQL >\n    SELECT 1 AS answer\n\nTYPE ENDPOINT\n"
_PIPE = "endpoints/answer.pipe"
_VISITS = "datasources/visits.datasource"


class Watching:
    def __init__(self, stand_in: StandIn, project: Path) -> None:
        self.stand_in = stand_in
        self.project = project

    def line(self) -> str:
        """Return the next line that the stand-in prints for the terminal of the stack."""
        assert self.stand_in.process.stdout is not None
        return self.stand_in.process.stdout.readline()

    def answer(self) -> int:
        return int(self.stand_in.pipe("answer").json["data"][0]["answer"])

    def change(self, file: str, was: str, becomes: str) -> None:
        text = (self.project / file).read_text()
        assert was in text
        (self.project / file).write_text(text.replace(was, becomes))


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    project = copy_project(tmp_path, {**MATERIALIZED, _PIPE: _ONE})
    with StandIn(tmp_path, "--watch", "--data", str(tmp_path / "data"), project=project) as running:
        yield Watching(running, project)


def test_the_next_request_gets_what_has_changed(watching: Watching) -> None:
    assert watching.answer() == 1

    watching.change(_PIPE, "SELECT 1", "SELECT 22")

    assert watching.answer() == 22
    assert watching.line() == "Tinybird project reloaded: answer.pipe changed\n"
    (watching.project / "endpoints" / "added.pipe").write_text(_ONE)
    assert watching.stand_in.pipe("added").status == 200
    (watching.project / "endpoints" / "added.pipe").unlink()
    assert watching.stand_in.pipe("added").status == 404


def test_a_mistake_is_told_with_file_and_line_and_stops_nothing(watching: Watching) -> None:
    assert watching.stand_in.append(visit("w")).status == 202

    watching.change(_PIPE, "SELECT 1 AS answer", "SELECT missing AS answer FROM visits")

    told = watching.line()  # without a request
    assert told.startswith("Tinybird project not reloaded, the last working version still serves: ")
    assert f"{watching.project / _PIPE}:1: node 'endpoint': " in told
    assert "missing" in told
    assert watching.answer() == 1
    assert watching.stand_in.append(visit("w")).status == 202
    assert watching.stand_in.sql("SELECT sum(views) AS views FROM by_day") == [{"views": 2}]

    watching.change(_PIPE, "SELECT missing AS answer FROM visits", "SELECT 3 AS answer")

    assert watching.answer() == 3
    assert watching.line() == "Tinybird project reloaded: answer.pipe changed\n"


def test_a_new_column_takes_values_at_once(watching: Watching) -> None:
    watching.stand_in.append(visit("w", event_id="a"))

    new_column = "`is_bot` Bool `json:$.is_bot` DEFAULT false,\n    `plan` String `json:$.plan` DEFAULT 'free'"
    watching.change(_VISITS, "`is_bot` Bool `json:$.is_bot` DEFAULT false", new_column)

    assert watching.stand_in.append(visit("w", event_id="b", plan="paid")).status == 202
    assert [row["plan"] for row in watching.stand_in.rows("w")] == ["free", "paid"]


def test_a_schema_that_the_stored_rows_do_not_fit_is_not_taken(watching: Watching) -> None:
    watching.stand_in.append(visit("w", event_id="a"))

    watching.change(_VISITS, "`width` UInt16", "`width` UInt32")

    assert "column width changed, and the stored rows of visits do not fit" in watching.line()
    assert watching.stand_in.append(visit("w", event_id="b")).status == 202
    assert len(watching.stand_in.rows("w")) == 2
