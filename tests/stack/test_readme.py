"""What the README tells a newcomer to type works as it stands there, on the running stack."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.contracts.documents import ROOT
from tests.stack.conftest import Tenant
from tests.stack.running import RunningStack

_README = (ROOT / "README.md").read_text()
_FIRST = "First five minutes"
_SECTIONS = (_FIRST, "Send events", "Read numbers", "Manage over HTTP")
_EXPORT = re.compile(r"^export (\w+)=.*?(?<![\\|])$", re.MULTILINE | re.DOTALL)
_CURL = re.compile(r"^(?:printf .*\|\n  )?curl .*?(?<!\\)$", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")


class Shown(NamedTuple):
    command: str
    status: str | None  # as its comment says
    code: str | None


def _commands(section: str) -> str:
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## )", _README, re.MULTILINE | re.DOTALL)
    return "\n".join(re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def _shown(section: str) -> list[Shown]:
    found = []
    for match in _CURL.finditer(_commands(section)):
        command, _, comment = match[0].partition("  # ")
        status, _, code = comment.partition(" ")
        found.append(Shown(command, status or None, code or None))
    return found


@pytest.fixture
def shell(stack: RunningStack, tmp_path: Path, section: str) -> Callable[[str], str]:
    """Return a shell in the folder of the running stack, with what the section and the first one export."""
    (tmp_path / ".local").symlink_to(stack.folder)
    exports = [found for one in dict.fromkeys((_FIRST, section)) for found in _EXPORT.finditer(_commands(one))]
    names = [found[1] for found in exports]
    commands = "\n".join([*(found[0] for found in exports), f"printenv {' '.join(names)}"])
    values = _run(commands, tmp_path, {}).splitlines()
    return lambda command: _run(command, tmp_path, dict(zip(names, values, strict=True)))


def _run(command: str, folder: Path, variables: dict[str, str]) -> str:
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("section", _SECTIONS)
def test_commands_answer_as_they_stand(shell: Callable[[str], str], section: str) -> None:
    answered: dict[str, Any] = {}
    shown = _shown(section)
    for command, status, code in shown:
        output = shell(_filled(command, answered))
        head, _, body = output.partition("\n\n") if output.startswith("HTTP/") else ("", "", output)
        answered = json.loads(body)
        if status is not None:
            assert head.split()[1] == status, command
            assert answered["error"]["code"] == code, command
        else:
            assert "error" not in answered, (command, answered)
        if "/query/" in command or "<url of" in command:
            assert _report(answered)["rows"] > 0, command

    assert len(shown) >= 3


def _report(answered: dict[str, Any]) -> dict[str, Any]:
    """Return the rows of an answer; Tinybird's own has no envelope."""
    return answered if "rows" in answered else answered["data"]


def _filled(command: str, answered: dict[str, Any]) -> str:
    """Fill each <...> with its value in the previous answer."""
    return re.sub(r"<(url|token) of the answer>", lambda match: str(answered["data"][match[1]]), command)


def test_a_route_asks_for_the_scope_of_the_table(stack: RunningStack, tenant: Tenant) -> None:
    rows = re.findall(r"^\| ([A-Z]+) (/\S+) \| `(pixel:\w+)` \|", _README, re.MULTILINE)
    key = tenant.key()

    asked = {(method, path): stack.call(path, method=method, key=key) for method, path, _ in rows}

    assert len(rows) > 10
    assert {route: reply.code for route, reply in asked.items()} == dict.fromkeys(asked, "insufficient_scope")
    assert {(*route, reply.json["error"]["details"]["required"]) for route, reply in asked.items()} == set(rows)
