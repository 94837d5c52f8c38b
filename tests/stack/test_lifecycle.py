"""`make run` as somebody lives with it: quick to start, clean to stop, awake to changes."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pixel import __version__
from tests.stack.running import PROJECT, RunningStack

_START_CPU_SECONDS_MAX = 25  # about ten, in three processes: six or seven seconds where nothing else runs


def test_state_file_says_where_all_is(stack: RunningStack) -> None:
    state = stack.state

    assert urlsplit(state["api_url"]).hostname == "127.0.0.1"
    assert state.keys() >= {"api_url", "tinybird_url", "aws_endpoint_url", "workspace_id", "website_id", "pids"}
    assert state["keys"].keys() == state["other"]["keys"].keys() == {"read", "write", "all", "none"}
    assert state["workspace_id"] != state["other"]["workspace_id"]
    assert state["resources"].keys() >= {"ApiKeysTable", "WorkspaceTable", "CountersTable", "ClaimsTable"}
    for pid in state["pids"].values():
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("label", "scopes"),
    [("read", ["pixel:read"]), ("write", ["pixel:write"]), ("all", ["pixel:read", "pixel:write"]), ("none", [])],
)
def test_demo_keys_work_and_stay_in_their_workspace(stack: RunningStack, label: str, scopes: list[str]) -> None:
    mine = stack.call("/api/v1/me", key=stack.state["keys"][label]).json["data"]
    other = stack.call("/api/v1/me", key=stack.state["other"]["keys"][label]).json["data"]

    assert (mine["workspace_id"], mine["scopes"]) == (stack.state["workspace_id"], scopes)
    assert (other["workspace_id"], other["scopes"]) == (stack.state["other"]["workspace_id"], scopes)


def test_stops_without_a_trace_and_starts_again_with_the_same_keys_and_records(tmp_path: Path) -> None:
    with RunningStack(tmp_path) as first:
        cpu_seconds = sum(_started_processes(first.process.pid).values())
        port = urlsplit(first.state["api_url"]).port
        key = first.state["keys"]["all"]
        assert first.call("/api/v1/me", key=key).status == 200
        records = _records(first, key)
        pids = _started_processes(first.process.pid).keys()
        assert first.stop() == 0

    assert 0 < cpu_seconds < _START_CPU_SECONDS_MAX
    assert pids >= set(first.state["pids"].values())
    assert not [pid for pid in pids if _is_alive(pid)]
    assert not (tmp_path / "stack.json").exists()

    with RunningStack(tmp_path, "--port", str(port)) as second:
        assert urlsplit(second.state["api_url"]).port == port
        assert second.call("/api/v1/me", key=key).status == 200
        assert _records(second, key) == records


def _records(running: RunningStack, key: str) -> list[set[str]]:
    """Ids of what the demo workspace owns, so that scripts that name them go on working."""
    answers = [running.call(f"/api/v1/pixel/{name}", key=key) for name in ("websites", "goals", "reports")]
    return [{row["id"] for row in answer.json["data"]} for answer in answers]


def test_a_port_in_use_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        ended = _start_and_fail(tmp_path, "--port", port)

    assert ended == f"cannot start: port {port} is in use; choose another one: PORT=8788 make run\n"


def test_a_second_stack_in_one_folder_is_refused_and_harms_nothing(stack: RunningStack) -> None:
    ended = _start_and_fail(stack.folder, "--port", "0")

    url = stack.state["api_url"]
    assert ended == f"cannot start: a stack runs from {stack.folder} already: {url}; stop it first\n"
    assert json.loads((stack.folder / "stack.json").read_text()) == stack.state


@pytest.mark.parametrize("port", ["abc", "99999", "-1"])
def test_a_port_that_is_none_is_said_plainly(tmp_path: Path, port: str) -> None:
    assert "a port is a number up to 65535" in _start_and_fail(tmp_path, f"--port={port}")


def _start_and_fail(folder: Path, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "local", "--folder", str(folder), *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode in (1, 2)
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_a_changed_handler_answers_the_next_request(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    shutil.copy(PROJECT / "template.yaml", project)
    for part in ("functions", "layers", "stacks"):
        shutil.copytree(PROJECT / part, project / part)
    handler = project / "functions" / "health" / "get_health" / "handler.py"

    with RunningStack(
        tmp_path / "state", "--template", str(project / "template.yaml"), "--no-demo", "--no-warehouse"
    ) as running:
        before = running.call("/api/v1/health").json["data"]
        handler.write_text(handler.read_text().replace("__version__,", '"changed",'))
        changed = running.call("/api/v1/health").json["data"]
        layer = project / "layers" / "common" / "pixel" / "health" / "checks.py"
        layer.write_text(layer.read_text().replace('"store": store', '"store": "failed"'))
        failed = running.call("/api/v1/health").json["data"]

    assert (before["version"], changed["version"]) == (__version__, "changed")
    assert (changed["checks"]["store"], failed["checks"]["store"]) == ("ok", "failed")


def _started_processes(leader: int) -> dict[int, float]:
    """CPU seconds of the stack and of what it started: each in a session of its own, all children of the first."""
    listing = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,time="], capture_output=True, text=True, check=True).stdout
    processes = [line.split() for line in listing.splitlines()]
    return {int(pid): _seconds(time) for pid, parent, time in processes if str(leader) in (pid, parent)}


def _seconds(clock: str) -> float:
    """Hours, minutes and seconds, as many of them as ps shows."""
    return sum(float(part) * 60.0**place for place, part in enumerate(reversed(clock.split(":"))))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
