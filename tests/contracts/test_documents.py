"""What the documents name is there: files, headings, make targets, commands with their options, parameters."""

import re
from pathlib import Path

import click
import pytest

from pixelctl import cli
from pixelctl.invocation import SHARED
from tests.contracts import documents
from tests.contracts.documents import DOCUMENTS, ROOT, name
from tests.template import document

_LIVING = [path for path in DOCUMENTS if path.parent.name != "decisions"]
_IN_FORCE = [path for path in DOCUMENTS if "\nSuperseded by " not in path.read_text()]
_PLACEHOLDER = re.compile(r"[A-Z_<].*")


def _subcommand(command: click.Command, name: str) -> click.Command | None:
    return command.get_command(click.Context(command), name) if isinstance(command, click.Group) else None


def _is_module(dotted: str) -> bool:
    place = ROOT / "layers" / "common" / dotted.replace(".", "/")
    return place.is_dir() or place.with_suffix(".py").exists()


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_links_lead_to_files_and_headings_that_there_are(path: Path) -> None:
    for link in documents.links(path):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        assert not anchor or anchor in documents.anchors(target), link


@pytest.mark.parametrize("path", _IN_FORCE, ids=name)
def test_modules_of_the_layer_that_are_named_are_there(path: Path) -> None:
    named = {span for span in documents.spans(path) if re.fullmatch(r"pixel(\.[a-z_]+)+", span)}

    missing = {one for one in named if not _is_module(one)}
    assert missing == set()


@pytest.mark.parametrize("path", _LIVING, ids=name)
def test_make_targets_that_are_named_are_there(path: Path) -> None:
    named = {
        word for words in documents.commands(path, "make") for word in words[:1] if re.fullmatch("[a-z][a-z-]*", word)
    }

    assert named <= _targets()


@pytest.mark.parametrize("path", _LIVING, ids=name)
def test_commands_of_pixelctl_that_are_named_are_there_with_their_options(path: Path) -> None:
    for words in documents.commands(path, "pixelctl"):
        command: click.Command = cli.root
        left = [word.rstrip(",.") for word in words]
        while left and isinstance(command, click.Group):
            word = left.pop(0)
            if not word.startswith("-"):
                child = _subcommand(command, word)
                assert child or _PLACEHOLDER.fullmatch(word), words
                command = child or command
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        known = {flag for one in (*command.params, *cli.root.params, *SHARED) for flag in one.opts} | {"--help"}
        assert options <= known, words


@pytest.mark.parametrize("path", _LIVING, ids=name)
def test_parameters_of_the_template_that_are_set_are_there(path: Path) -> None:
    code = "\n".join([*documents.spans(path), *documents.shell_lines(path)])
    set_to_something = set(re.findall(r"\b([A-Z][a-z]+(?:[A-Z][a-z]+)+)=[a-z0-9.\"]", code))

    assert set_to_something <= document.written()["Parameters"].keys()


@pytest.mark.parametrize("path", _LIVING, ids=name)
def test_names_like_those_of_the_template_are_of_the_template(path: Path) -> None:
    """A parameter, a resource or an output that was renamed must not live on in the documents."""
    ours = re.compile(
        r"(?:Enable[A-Z]|TinybirdW|TinybirdU)\w+|\w+(?:Days|Function|Table|Queue|Alarm|TopicArn|BucketName|UsagePlan)"
    )
    parts = ("Parameters", "Resources", "Outputs")
    there = {
        name for template in document.TEMPLATES for part in parts for name in document.written(template).get(part, {})
    } | {"SpillQueueUrl"}

    assert {span for span in documents.spans(path) if ours.fullmatch(span) and span[0].isupper()} <= there


def test_every_part_of_the_docs_can_be_found_from_the_readme() -> None:
    linked = {link.partition("#")[0] for link in documents.links(ROOT / "README.md")}
    pages = {name(path) for folder in ("docs", "docs/guides") for path in (ROOT / folder).glob("*.md")}

    assert pages <= linked


def test_tests_that_are_named_are_there() -> None:
    defined = {
        name for file in (ROOT / "tests").rglob("*.py") for name in re.findall(r"def (test_\w+)", file.read_text())
    }
    defined |= {folder.name for folder in (ROOT / "functions").glob("*/test_*")}
    named = {span for path in _LIVING for span in documents.spans(path) if re.fullmatch(r"test_\w+", span)}

    assert named
    assert named - defined == set()
