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


def test_state_file_says_where_all_is(stack: RunningStack) -> None:
    state = stack.state

    assert urlsplit(state["api_url"]).hostname == "127.0.0.1"
    assert state.keys() >= {"api_url", "tinybird_url", "aws_endpoint_url", "workspace_id", "website_id", "pids"}
    assert state["keys"].keys() == state["other"]["keys"].keys() == {"read", "write", "all", "none"}
    assert state["workspace_id"] != state["other"]["workspace_id"]
    assert state["resources"].keys() >= {"ApiKeysTable", "WorkspaceTable", "CountersTable", "ClaimsTable"}
    for pid in state["pids"].values():
        os.kill(pid, 0)


@pytest.mark.parametrize("name", ["stack.json", "demo.json", "tinybird-tokens.json", "aws.sqlite"])
def test_a_file_with_keys_can_be_read_by_its_owner_only(stack: RunningStack, name: str) -> None:
    assert (stack.folder / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("label", "scopes"),
    [("read", ["pixel:read"]), ("write", ["pixel:write"]), ("all", ["pixel:read", "pixel:write"]), ("none", [])],
)
def test_demo_keys_work_and_stay_in_their_workspace(stack: RunningStack, label: str, scopes: list[str]) -> None:
    mine = stack.call("/api/v1/me", key=stack.state["keys"][label]).json["data"]
    other = stack.call("/api/v1/me", key=stack.state["other"]["keys"][label]).json["data"]

    assert (mine["workspace_id"], mine["scopes"]) == (stack.state["workspace_id"], scopes)
    assert (other["workspace_id"], other["scopes"]) == (stack.state["other"]["workspace_id"], scopes)


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
    assert ended == f"cannot start: a stack is already running from {stack.folder}: {url}; stop it first\n"
    assert json.loads((stack.folder / "stack.json").read_text()) == stack.state


@pytest.mark.parametrize("port", ["abc", "99999", "-1"])
def test_a_port_that_is_none_is_said_plainly(tmp_path: Path, port: str) -> None:
    assert "set PORT to a number up to 65535" in _start_and_fail(tmp_path, f"--port={port}")


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


def test_changes_are_taken_up_by_the_next_request_or_told(tmp_path: Path) -> None:
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
        document = project / "layers" / "common" / "openapi.yaml"
        running.call("/api/v1/openapi.yaml")
        document.write_text(document.read_text().replace("openapi:", "# changed\nopenapi:", 1))
        served = running.call("/api/v1/openapi.yaml").body
        template = project / "template.yaml"
        template.write_text(template.read_text().replace("Pixel API - ", "Another API - "))
        told = running.wait_for_line("template.yaml changed: ")

    assert (before["version"], changed["version"]) == (__version__, "changed")
    assert (changed["checks"]["store"], failed["checks"]["store"]) == ("ok", "failed")
    assert b"# changed" in served
    assert told == "template.yaml changed: press Ctrl-C and run `make run` again to apply it; your data is kept"
