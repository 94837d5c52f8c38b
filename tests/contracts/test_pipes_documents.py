"""docs/pipes.md, docs/link-pipes.md and the layer's pipes.json say what the .pipe files say."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pixel.foundation.errors import ApiError
from pixel.tinybird.catalogue import catalogue, find_pipe
from tests.local.tinybird.running import PYTHON, REPOSITORY

DOCUMENT = Path("docs/pipes.md")
LINKS_DOCUMENT = Path("docs/link-pipes.md")
CATALOGUE = Path("layers/common/pixel/tinybird/pipes.json")
OPENAPI = (REPOSITORY / "docs" / "openapi.yaml").read_text()
PIPES = json.loads((REPOSITORY / CATALOGUE).read_text())


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    subprocess.run([PYTHON, "-m", "tools.pipe_catalogue", "--into", str(folder)], cwd=REPOSITORY, check=True)
    return folder


@pytest.mark.parametrize("file", [DOCUMENT, LINKS_DOCUMENT, CATALOGUE], ids=str)
def test_file_is_as_generated(generated: Path, file: Path) -> None:
    assert (REPOSITORY / file).read_text() == (generated / file).read_text(), "run `make docs`"


def test_all_pipes_are_in_order_of_name() -> None:
    files = sorted(file.stem for file in (REPOSITORY / "tinybird" / "endpoints").glob("p_*.pipe"))

    assert [pipe["name"] for pipe in PIPES] == files
    assert len(files) == 23


def test_callers_are_offered_no_pipe_that_only_functions_read() -> None:
    """Queries and tokens take the pipes of the catalogue, and the OpenAPI document has no others."""
    others = {file.stem for file in (REPOSITORY / "tinybird" / "endpoints").glob("*.pipe")} - {*catalogue()}

    assert {name[:2] for name in others} >= {"i_", "l_"}
    for name in others:
        with pytest.raises(ApiError):
            find_pipe(name)
        assert not re.search(rf"\b{name}\b", OPENAPI), name


@pytest.mark.parametrize("pipe", PIPES, ids=lambda pipe: str(pipe["name"]))
def test_every_pipe_needs_a_tenant_and_says_what_it_takes(pipe: dict[str, Any]) -> None:
    required = [parameter["name"] for parameter in pipe["parameters"] if parameter["required"]]

    assert required[-1] == "workspace_id"
    assert pipe["columns"]
    assert all(parameter["description"] for parameter in pipe["parameters"])
