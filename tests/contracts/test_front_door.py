"""What the documents tell a reader to run exists."""

import re
from pathlib import Path

import pytest

import pixel
from tests.contracts.source_files import name_of
from tests.template.document import ROOT

_DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("command", ["make run", "make test"])
def test_the_readme_shows(command: str) -> None:
    assert command in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("path", _DOCUMENTS, ids=name_of)
def test_a_document_names_only_targets_that_exist(path: Path) -> None:
    named = set(re.findall(r"`make ([a-z-]+)|^\$? ?make ([a-z-]+)", path.read_text(), re.MULTILINE))

    assert {first or second for first, second in named} <= _targets()


@pytest.mark.parametrize("path", _DOCUMENTS, ids=name_of)
def test_a_link_to_a_file_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text())

    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_build_runs_every_test() -> None:
    script = ROOT / ".ci" / "run"

    assert "make test" in script.read_text().splitlines()
    assert script.stat().st_mode & 0o111


def test_the_changelog_s_newest_version_is_the_one_that_answers() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)

    assert headings[0] == "Unreleased"
    assert next((heading for heading in headings if heading != "Unreleased"), pixel.__version__) == pixel.__version__
