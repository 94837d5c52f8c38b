"""`make run` as somebody lives with it: where all is, with keys that work, and refused where it cannot start."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.stack.running import PROJECT, RunningStack


def test_state_file_says_where_all_is(stack: RunningStack) -> None:
    state = stack.state

    assert urlsplit(state["api_url"]).hostname == "127.0.0.1"
    assert state.keys() >= {"api_url", "tinybird_url", "aws_endpoint_url", "workspace_id", "website_id", "pids"}
    labels = {"read", "write", "all", "keys", "none", "infinity", "pxl", "smart_links"}
    assert state["keys"].keys() == state["other"]["keys"].keys() == labels
    assert state["workspace_id"] != state["other"]["workspace_id"]
    assert state["resources"].keys() >= {"ApiKeysTable", "WorkspaceTable", "CountersTable", "ClaimsTable"}
    for pid in state["pids"].values():
        os.kill(pid, 0)


@pytest.mark.parametrize("name", ["stack.json", "env.sh", "demo.json", "tinybird-tokens.json", "aws.sqlite"])
def test_a_file_with_keys_can_be_read_by_its_owner_only(stack: RunningStack, name: str) -> None:
    assert (stack.folder / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("label", "scopes"),
    [
        ("read", ["pixel:read"]),
        ("write", ["pixel:write"]),
        ("all", ["pixel:read", "pixel:write", "pixel:manage"]),
        ("keys", ["pixel:read", "pixel:write", "pixel:keys"]),
        ("none", []),
        ("infinity", ["site:read", "site:write"]),
    ],
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


def _start_and_fail(folder: Path, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "local", "--folder", str(folder), *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended.stderr
