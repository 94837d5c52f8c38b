"""What a folder keeps, what a changed schema does to it, and how the process ends."""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.local.tinybird.running import PROJECT, PYTHON, REPOSITORY, StandIn, copy_project, visit
from tests.thorough import some_of

VISITS = "datasources/visits.datasource"


def _visits() -> str:
    return (PROJECT / VISITS).read_text()


class Kept(NamedTuple):
    """What a stand-in left in its folder when it was killed: one row of visits, one in quarantine, no purchases."""

    data: Path
    tokens: Mapping[str, Any]


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("killed")
    with StandIn(folder, "--data", str(folder / "data")) as running:
        running.append(visit("w", event_id="a"), visit("w", event_id=1))
        running.process.send_signal(signal.SIGKILL)
        running.process.wait(timeout=10)
    return Kept(folder / "data", running.tokens)


@pytest.fixture
def kept(left_behind: Kept, tmp_path: Path) -> Kept:
    """Copy the folder for one test."""
    return left_behind._replace(data=Path(shutil.copytree(left_behind.data, tmp_path / "data", symlinks=True)))


def test_rows_quarantine_and_tokens_survive_even_a_kill(tmp_path: Path, kept: Kept) -> None:
    with StandIn(tmp_path, "--data", str(kept.data)) as second:
        assert [row["event_id"] for row in second.rows("w")] == ["a"]
        assert len(second.rows("w", "visits_quarantine")) == 1
        assert second.tokens == kept.tokens
        second.append(visit("w", event_id="b"))
        assert len(second.rows("w")) == 2


def test_without_a_folder_nothing_is_left(tmp_path: Path, stand_in: StandIn) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with StandIn(tmp_path, environment={"TMPDIR": str(temporary)}) as running:
        assert list(temporary.iterdir())
        assert running.admin_token != stand_in.admin_token
    assert list(temporary.iterdir()) == []


def test_a_new_column_is_added_to_the_stored_rows(tmp_path: Path, kept: Kept) -> None:
    new_column = "`is_bot` Bool `json:$.is_bot` DEFAULT false,\n    `plan` String `json:$.plan` DEFAULT 'free'"
    changed = _visits().replace("`is_bot` Bool `json:$.is_bot` DEFAULT false", new_column)
    project = copy_project(tmp_path, {VISITS: changed})

    with StandIn(tmp_path, "--data", str(kept.data), project=project) as after:
        after.append(visit("w", event_id="b", plan="paid"), visit("w", event_id=1, plan="odd"))
        assert [row["plan"] for row in after.rows("w")] == ["free", "paid"]
        assert "odd" in {row["plan"] for row in after.rows("w", "visits_quarantine")}


@pytest.mark.thorough
def test_indexes_come_and_go_with_the_rows_kept(tmp_path: Path, kept: Kept) -> None:
    data = ("--data", str(kept.data))
    indexes = "INDEXES >\n    widths width TYPE minmax GRANULARITY 1\n\n"
    project = copy_project(tmp_path, {VISITS: _visits().replace("ENGINE ", f"{indexes}ENGINE ", 1)})

    with StandIn(tmp_path, *data, project=project) as indexed:
        assert _indexes(indexed) == ["widths"]
        [plan] = indexed.sql("EXPLAIN indexes = 1, json = 1 SELECT * FROM visits WHERE width = 9999")
        assert '"Name": "widths"' in plan["explain"]
        assert [row["event_id"] for row in indexed.rows("w")] == ["a"]
    with StandIn(tmp_path, *data) as again:
        assert _indexes(again) == []
        assert len(again.rows("w")) == 1


def _indexes(stand_in: StandIn) -> list[str]:
    return [row["name"] for row in stand_in.sql("SELECT name FROM system.data_skipping_indices WHERE table = 'visits'")]


_INCOMPATIBLE = [
    ("`width` UInt16", "`width` UInt32", "column width"),
    ("`country` LowCardinality(String) `json:$.country` DEFAULT '',", "", "column country"),
    ('"workspace_id, website_id, timestamp, event_id"', '"workspace_id, timestamp, event_id"', "engine"),
]


def test_another_change_keeps_the_rows_and_says_what_to_do(tmp_path: Path, kept: Kept) -> None:
    data = ("--data", str(kept.data))
    for number, (was, becomes, named) in enumerate(some_of(_INCOMPATIBLE, 2)):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        project = copy_project(folder, {VISITS: _visits().replace(was, becomes)})
        # The sample's pipes read country; this is about the table.
        (project / "endpoints" / "visitors_by.pipe").unlink()

        with pytest.raises(AssertionError) as refusal, StandIn(folder, *data, project=project):
            pass

        assert f"{named} changed" in str(refusal.value)
        assert f"delete {kept.data}" in str(refusal.value)
    with StandIn(tmp_path, *data) as again:
        assert len(again.rows("w")) == 1


@pytest.mark.thorough
def test_an_empty_table_takes_any_change(tmp_path: Path, kept: Kept) -> None:
    name = "datasources/purchases.datasource"
    was, becomes = "`amount` Decimal(18, 4)", "`amount` Decimal(18, 2)"
    changed = (PROJECT / name).read_text().replace(was, becomes)

    with StandIn(tmp_path, "--data", str(kept.data), project=copy_project(tmp_path, {name: changed})) as after:
        assert after.sql("SELECT type FROM system.columns WHERE table = 'purchases' AND name = 'amount'") == [
            {"type": "Decimal(18, 2)"}
        ]
        assert len(after.rows("w")) == 1


def test_a_folder_that_is_in_use_is_refused(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    (tmp_path / "second").mkdir()
    with StandIn(tmp_path, *data):
        second = StandIn(tmp_path / "second", *data)
        with pytest.raises(AssertionError, match="is another process using it"):
            second.__enter__()


@pytest.mark.parametrize("number", some_of([signal.SIGTERM, signal.SIGINT], 1))
def test_signals_end_it_at_once_even_while_a_query_runs(tmp_path: Path, number: signal.Signals) -> None:
    with StandIn(tmp_path) as running:
        slow = "SELECT sum(cityHash64(number, 1)) FROM numbers(100000000000)"
        with pytest.raises(Exception, match="timed out"):
            running.call("GET", "/_sql", {"q": slow}, timeout_seconds=0.3)
        started = time.monotonic()
        running.process.send_signal(number)
        assert running.process.wait(timeout=10) == 0
        assert time.monotonic() - started < 3


@pytest.mark.thorough
def test_it_ends_with_its_standard_input(tmp_path: Path) -> None:
    with StandIn(tmp_path) as running:
        started = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - started < 3


def test_health_tells_what_is_served(stand_in: StandIn) -> None:
    health = stand_in.call("GET", "/_health", token=None).json

    assert health["status"] == "ok"
    assert health["endpoints"] == ["top_paths", "visitors_by"]


def test_times_are_utc_whatever_the_machine_is(stand_in: StandIn) -> None:
    assert stand_in.sql("SELECT timezone() AS zone, toString(toDateTime(0)) AS start") == [
        {"zone": "UTC", "start": "1970-01-01 00:00:00"}
    ]


@pytest.mark.parametrize(
    ("config", "says"),
    some_of(
        [
            ({"workspace_id": "w", "admin_token": "secret"}, "is not a Tinybird token"),
            ({}, "is not a Tinybird token"),
            ({"workspace_id": "w", "admin_token": "p.eyJ1IjogIm90aGVyIn0.x"}, "belongs to workspace other, not to 'w'"),
        ],
        2,
    ),
)
def test_credentials_that_do_not_belong_together_are_refused(tmp_path: Path, config: dict[str, str], says: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))

    with pytest.raises(AssertionError, match=says), StandIn(tmp_path, "--config", str(file)):
        pass


def test_credentials_come_from_the_config_or_the_environment(tmp_path: Path) -> None:
    token = "p.eyJ1IjogInVzIn0.signature"
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"workspace_id": "us", "admin_token": token}))
    environment = {"PIXEL_TINYBIRD_WORKSPACE_ID": "us", "PIXEL_TINYBIRD_ADMIN_TOKEN": token}

    with StandIn(tmp_path, "--config", str(file)) as configured:
        derived = configured.tokens
    with StandIn(tmp_path, environment=environment) as running:
        assert running.tokens == derived
        assert running.admin_token == token
        assert (tmp_path / "tokens.json").stat().st_mode & 0o077 == 0


@pytest.mark.thorough
def test_a_project_folder_called_tinybird_does_not_shadow_the_package(tmp_path: Path) -> None:
    """The product's own is: it stands in the current directory, under the name of Tinybird's package."""
    copy_project(tmp_path).rename(tmp_path / "tinybird")
    process = subprocess.run(
        [PYTHON, "-m", "local.tinybird", "--project", "tinybird"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout)["url"]
