"""A stack that is stopped, or killed, and started again has what was made before; FRESH=1 begins anew.

One folder is started three times, and the tests go through what happens in their order, because a start takes long.
"""

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import urllib3

from pixel import __version__
from tests.stack.commands import pixelctl
from tests.stack.processes import assert_ends_with_one_sentence, is_alive, started_processes, wait_until_gone
from tests.stack.running import PROJECT, Response, RunningStack
from tests.stack.test_warehouse import query

pytestmark = pytest.mark.thorough  # tests/local has the restarts of each part

_START_CPU_SECONDS_MAX = 20  # about eight, in three processes: five seconds where nothing else runs
_ARRIVE_SECONDS = 60.0
_RATE_LIMIT = "2000"
_JSON = {"Content-Type": "application/json"}


class Made(NamedTuple):
    workspace_id: str
    key: str
    website_id: str


class Restarted(NamedTuple):
    first: dict[str, Any]  # what stack.json said
    records: list[set[str]]
    made: Made
    stack: RunningStack


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def restarted(folder: Path) -> Iterator[Restarted]:
    """Start a stack in the folder and on the port of one that was killed."""
    with RunningStack(folder) as first:
        cpu_seconds = sum(started_processes(first.process.pid).values())
        made = _make(first)
        records = _records(first, first.state["keys"]["all"])
        assert _send(first, made, "before", "pageview", path="/").json["data"]["status"] == "accepted"
        urllib3.request("POST", f"{first.state['tinybird_url']}/_faults", json={"path": "/v0/events", "status": 503})
        assert _send(first, made, "kept", "custom", goal_name="signup").json["data"]["status"] == "queued"
        pids = started_processes(first.process.pid).keys()
        time.sleep(1)  # the last second may be lost
        os.kill(first.state["pids"]["aws"], signal.SIGKILL)
        first.process.kill()
        first.process.wait(timeout=10)
        wait_until_gone(pids)
        state = first.state
    assert 0 < cpu_seconds < _START_CPU_SECONDS_MAX
    with RunningStack(folder, "--port", str(urlsplit(state["api_url"]).port)) as second:
        yield Restarted(state, records, made, second)


def _make(running: RunningStack) -> Made:
    workspace_id = pixelctl(running, "workspace", "create", "Acme", "--limit", _RATE_LIMIT)["workspace_id"]
    key = pixelctl(running, "key", "create", workspace_id, "--scopes", "pixel:read,pixel:write")["key"]
    website = pixelctl(running, "website", "create", workspace_id, "--domain", "acme.example", "--name", "Acme")
    return Made(workspace_id, key, website["id"])


def _send(running: RunningStack, made: Made, event_id: str, name: str, **fields: object) -> Response:
    event = {"website_id": made.website_id, "name": name, "event_id": event_id, **fields}
    return running.call(
        "/api/v1/pixel/events", key=made.key, method="POST", headers=_JSON, body=json.dumps(event).encode()
    )


def _records(running: RunningStack, key: str) -> list[set[str]]:
    """Return the ids of what the key's workspace owns."""
    answers = [running.call(f"/api/v1/pixel/{name}", key=key) for name in ("websites", "goals", "reports")]
    return [{row["id"] for row in answer.json["data"]} for answer in answers]


def test_it_is_where_it_was(restarted: Restarted) -> None:
    stays = ("api_url", "workspace_id", "website_id", "keys", "other")

    assert {name: restarted.stack.state[name] for name in stays} == {name: restarted.first[name] for name in stays}


def test_names_and_ids_stay(restarted: Restarted) -> None:
    before, after = (
        {name: value for name, value in state["resources"].items() if not name.endswith("Subscription")}
        for state in (restarted.first, restarted.stack.state)
    )

    assert after == before


def test_the_demo_is_not_made_twice(restarted: Restarted) -> None:
    state = restarted.stack.state
    found = pixelctl(restarted.stack, "key", "list", state["workspace_id"])

    assert len(found) == len([*state["keys"], state["publishable_key"]])
    assert _records(restarted.stack, state["keys"]["all"]) == restarted.records


def test_a_workspace_its_key_its_limit_and_its_website_are_there(restarted: Restarted) -> None:
    answer = restarted.stack.call("/api/v1/me", key=restarted.made.key)

    assert (answer.status, answer.headers["X-RateLimit-Limit"]) == (200, _RATE_LIMIT)
    assert _records(restarted.stack, restarted.made.key)[0] == {restarted.made.website_id}


@pytest.mark.parametrize(
    ("event_id", "name", "fields"),
    [("before", "pageview", {"path": "/"}), ("kept", "custom", {"goal_name": "signup"})],
)
def test_an_event_of_before_is_a_duplicate(
    restarted: Restarted, event_id: str, name: str, fields: dict[str, str]
) -> None:
    assert _send(restarted.stack, restarted.made, event_id, name, **fields).json["data"]["status"] == "duplicate"


def test_a_row_that_was_queued_arrives(restarted: Restarted) -> None:
    deadline = time.monotonic() + _ARRIVE_SECONDS
    while "signup" not in {row["name"] for row in _catalogue(restarted)}:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _catalogue(restarted: Restarted) -> list[dict[str, Any]]:
    return query(restarted.stack, "p_events_catalog", workspace_id=restarted.made.workspace_id)


def test_it_stops_without_a_trace(restarted: Restarted, folder: Path) -> None:
    running = restarted.stack
    late = pixelctl(running, "key", "create", restarted.made.workspace_id)["key_id"]
    pids = started_processes(running.process.pid).keys()

    assert running.stop() == 0

    assert pids >= set(running.state["pids"].values())
    assert not [pid for pid in pids if is_alive(pid)]
    assert not (folder / "stack.json").exists()
    assert not (folder / "env.sh").exists()
    assert late.encode() in b"".join(file.read_bytes() for file in folder.glob("aws.sqlite*"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what the stack reads, so that a test may change it."""
    copied = tmp_path_factory.mktemp("project")
    shutil.copy(PROJECT / "template.yaml", copied)
    for part in ("functions", "layers", "stacks", "tinybird"):
        shutil.copytree(PROJECT / part, copied / part)
    return copied


@pytest.fixture(scope="module")
def anew(restarted: Restarted, folder: Path, project: Path) -> Iterator[RunningStack]:
    """Start from scratch in the folder of the stack that has stopped."""
    restarted.stack.stop()
    with RunningStack(folder, f"--template={project / 'template.yaml'}", environment={"FRESH": "1"}) as running:
        yield running


def test_it_begins_anew_where_that_is_wanted(restarted: Restarted, anew: RunningStack) -> None:
    assert anew.call("/api/v1/me", key=restarted.made.key).code == "invalid_api_key"
    assert anew.call("/api/v1/me", key=restarted.first["keys"]["all"]).status == 200
    assert query(anew, "p_sessions_list", workspace_id=restarted.made.workspace_id) == []


def test_changes_are_taken_up_by_the_next_request_or_told(anew: RunningStack, project: Path) -> None:
    before = anew.call("/api/v1/health").json["data"]
    _replace(project / "functions" / "health" / "get_health" / "handler.py", "__version__,", '"changed",')
    changed = anew.call("/api/v1/health").json["data"]
    _replace(project / "layers" / "common" / "pixel" / "health" / "checks.py", '"store": store', '"store": "failed"')
    failed = anew.call("/api/v1/health").json["data"]
    anew.call("/api/v1/openapi.yaml")
    _replace(project / "layers" / "common" / "openapi.yaml", "openapi:", "# changed\nopenapi:")
    served = anew.call("/api/v1/openapi.yaml").body
    _replace(project / "template.yaml", "Pixel API - ", "Another API - ")
    told = anew.wait_for_line("template.yaml changed: ")

    assert (before["version"], changed["version"]) == (__version__, "changed")
    assert (changed["checks"]["store"], failed["checks"]["store"]) == ("ok", "failed")
    assert b"# changed" in served
    assert told == "template.yaml changed: press Ctrl-C and run `make run` again to apply it; your data is kept"


def _replace(file: Path, old: str, new: str) -> None:
    file.write_text(file.read_text().replace(old, new, 1))


def test_without_its_stand_in_it_ends_with_one_sentence(anew: RunningStack) -> None:
    assert_ends_with_one_sentence(anew, "tinybird", "the Tinybird stand-in")


@pytest.mark.thorough  # tests/local/test_state.py shows each reason, and test_lifecycle.py how a refusal is told
def test_a_state_that_cannot_be_read_is_told_with_the_way_out(tmp_path: Path) -> None:
    file = tmp_path / "aws.sqlite"
    file.write_bytes(b"not a database" * 1000)
    with pytest.raises(AssertionError) as refusal, RunningStack(tmp_path, "--no-demo", "--no-warehouse"):
        pass

    reason = "file is not a database"
    assert f"cannot start: {file} cannot be read ({reason}); start from scratch with `make run FRESH=1`" in str(
        refusal.value
    )
    assert "Traceback" not in str(refusal.value)
