"""What README and guides tell a newcomer to type works as it stands there, page by page, on the running stack.

`make test` takes a third of the pages, `make thorough` all of them.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pixel.workspaces.provisioning import WorkspaceLimit, set_limit
from tests.contracts.documents import ROOT, name
from tests.stack import written_commands
from tests.stack.running import RunningStack
from tests.stack.written_commands import PAGES, Block
from tests.thorough import some_of

_DEMO = "ws_demo"
_ADDRESS = "http://127.0.0.1:8787"
_NEEDED = ("bash", "curl", "python3")

pytestmark = pytest.mark.skipif(
    any(shutil.which(program) is None for program in _NEEDED), reason=f"{', '.join(_NEEDED)} are not all on PATH"
)


@pytest.fixture(scope="module", autouse=True)
def many_requests(stack: RunningStack) -> Iterator[None]:
    """Let the demo workspace send as many requests in a minute as all pages together do."""
    _limit(stack, 1_000)
    yield
    _limit(stack, 60)


def _limit(stack: RunningStack, requests: int) -> None:
    set_limit(stack.target.store, stack.target.usage_plans, _DEMO, WorkspaceLimit(rate_limit=requests))


@pytest.fixture
def folder(stack: RunningStack, tmp_path: Path) -> Path:
    """Return what a reader's folder of the repository has: the stack, the samples and the operator's command."""
    (tmp_path / ".local").symlink_to(stack.folder)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    shutil.copytree(ROOT / "docs" / "samples", tmp_path / "docs" / "samples")
    return tmp_path


@pytest.mark.parametrize("page", some_of(PAGES, 6), ids=name)
def test_commands_of_a_page_answer_as_it_says(stack: RunningStack, folder: Path, page: Path) -> None:
    variables = {
        "HOME": str(folder),
        "PATH": f"{sys.prefix}/bin{os.pathsep}{os.environ['PATH']}",  # shims of version managers start slowly
        "PIXEL_LOCAL_DIR": str(stack.folder),
        "PYTHONPATH": f"{ROOT}:{ROOT}/layers/common",
    }
    for program in sorted({b.language for b in written_commands.blocks(page) if not (b.mark or b.is_run)}):
        _say(f"{name(page)}: blocks in {program} are skipped, because {program} is not on PATH")

    ran = written_commands.run(page, folder, variables)

    for block, output in ran:
        _hold_against_page(block, output)
    _say(f"{name(page)}: {sum(len(written_commands.commands(block)) for block, _ in ran)} commands")


def _say(text: str) -> None:
    """Print a line, which `pytest -rP` shows."""
    sys.stdout.write(f"{text}\n")


def _hold_against_page(block: Block, output: str) -> None:
    values = list(written_commands.json_values(output))
    if block.answer_language == "json":
        shown = json.loads(block.answer)
        assert written_commands.shape_differs(shown, values.pop()) == [], f"{block.source}\n{output}"
    elif block.answer_language == "csv":
        lines = output.splitlines()
        header = block.answer.splitlines()[0]
        assert header in lines, f"{block.source}\n{output}"
        assert len(lines) > lines.index(header) + 1, f"there are no rows:\n{block.source}\n{output}"
    assert [value for value in values if "error" in value] == [], block.source
