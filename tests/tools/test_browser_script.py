"""The browser script is within its budget and as its sources are; the npm package may be imported on a server."""

import json
import subprocess
from pathlib import Path

import pytest

from tools import browser_script as tool

needs_environment = pytest.mark.skipif(not tool.is_ready(), reason="`make script` sets up what builds the script")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("npm")
    tool.build_package(folder)
    return folder


def _node(program: str, folder: Path) -> str:
    command = ["node", "--input-type=module", "--eval", program]
    environment = {"PATH": tool.node_path()}
    return subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout


def test_the_script_with_everything_is_within_its_budget() -> None:
    assert tool.compressed_bytes(tool.SCRIPT.read_text()) <= tool.FULL_BYTES_MAX


def test_the_script_has_one_placeholder_for_settings() -> None:
    text = tool.SCRIPT.read_text()

    assert text.count(tool.PLACEHOLDER) == 1
    assert "\n" not in text.rstrip("\n")  # minified, and without a comment that a proxy might look into


@needs_environment
def test_the_committed_script_is_as_its_sources_are() -> None:
    assert tool.SCRIPT.read_text() == tool.built(is_full=True), "run `make script`"


@needs_environment
def test_the_core_is_within_its_budget() -> None:
    assert tool.compressed_bytes(tool.built(is_full=False)) <= tool.CORE_BYTES_MAX


@needs_environment
def test_the_script_is_of_es2019() -> None:
    tool.check_es2019(tool.SCRIPT)


@needs_environment
def test_what_is_newer_than_es2019_is_found(tmp_path: Path) -> None:
    newer = tmp_path / "newer.js"
    newer.write_text("a?.b")
    with pytest.raises(SystemExit, match="acorn"):
        tool.check_es2019(newer)


@needs_environment
def test_types_are_sound() -> None:
    tool.check_types()


@needs_environment
def test_the_npm_package_does_nothing_on_a_server(package: Path) -> None:
    program = """
      import { init, pixel } from "./index.js";
      pixel("signup"); pixel.pageview(); pixel.identify("me"); pixel.consent(true);
      const same = init({ key: "pk_test_1", to: "https://stats.example.com/p/e" });
      same("signup");
      console.log(same === pixel, Object.keys(globalThis).includes("pixel"));
    """

    assert _node(program, package) == "true false\n"


@needs_environment
def test_the_npm_package_has_all_that_it_names(package: Path) -> None:
    described = json.loads((package / "package.json").read_text())

    assert all((package / name).exists() for name in (*described["files"], described["main"], described["types"]))
    assert "export" in (package / "index.js").read_text()


def test_documents_say_how_large_it_is() -> None:
    [decision] = (tool.REPOSITORY / "docs" / "decisions").glob("0054-*.md")
    guide = tool.REPOSITORY / "docs" / "guides" / "browser-pixel.md"
    size = f"{tool.compressed_bytes(tool.SCRIPT.read_text()):,}"

    assert f"| **{size}** |" in decision.read_text()
    assert f"| **this pixel** | {size} |" in guide.read_text()
