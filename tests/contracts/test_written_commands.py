"""Commands of README and guides paste as printed into bash and zsh, and calls of the AWS CLI are known to AWS."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import Session

from pixel.events.models import EVENT_BYTES_MAX
from tests.contracts.documents import ROOT, name
from tests.stack.written_commands import PAGES, Block, blocks, commands, json_values, shape_differs

_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
_CLI_ALONE = {"cli-binary-format"}
_RUN_BY_BUILDS = {"make run", "make test"}


def _shell(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.language == "bash"]


def _faults(command: str) -> list[str]:
    """Return what an interactive shell would not take as it is meant: zsh knows no comments, and globs what it can."""
    bare = _QUOTED.sub("''", command)
    found = [
        ("a comment", re.search(r"(^|\s)#", bare)),
        ("a glob", re.search(r"[?*\[]|(?<!\$)\{[^ ]", bare)),
        ("a question", re.search(r"\bread\b.* -\w*[ps]", command)),
        ("a placeholder", re.search(r"<[a-z]|\.\.\.|_\.\.|\b(OWNER|ACCOUNT|YOUR_\w+)\b", command)),
        ("history", any("!" in text for text in _QUOTED.findall(command) if text.startswith('"'))),
    ]
    return [what for what, there in found if there]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_paste_into_bash_and_zsh(page: Path) -> None:
    faults = {command: _faults(command) for block in _shell(page) for command in commands(block)}

    assert {command: found for command, found in faults.items() if found} == {}


def test_what_does_not_paste_is_found() -> None:
    commands_with = {
        "a comment": "curl -s $API # the number",
        "a glob": "curl -s $API/query?limit=1",
        "a question": "read -rsp 'key: ' KEY",
        "a placeholder": "pixelctl key list ws_...",
        "history": 'echo "done!"',
    }

    assert {what: _faults(command) for what, command in commands_with.items()} == {
        what: [what] for what in commands_with
    }


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_is_run_but_for_what_its_marks_say(page: Path) -> None:
    marked = [block for block in blocks(page) if block.mark]

    assert blocks(page)
    assert {block.mark for block in marked} <= {"aws", "ci"}
    assert {line for block in marked if block.mark == "ci" for line in block.source.splitlines()} <= _RUN_BY_BUILDS
    for block in marked:
        subprocess.run(["bash", "-n", "-c", block.source], check=True)


def test_calls_of_the_aws_cli_are_known_to_aws() -> None:
    """Each operation with its options, and values as they are given; `s3 cp` is the CLI's own."""
    session = Session()
    called = [
        shlex.split(line)
        for page in PAGES
        for block in _shell(page)
        if block.mark == "aws"
        for line in commands(block)
        if line.startswith("aws ")
    ]

    assert len(called) >= 5
    for _, service, operation, *given in called:
        if (service, operation) == ("s3", "cp"):
            assert len(given) == 2
            continue
        model = session.get_service_model(service)
        (name_of_api,) = [one for one in model.operation_names if xform_name(one, "-") == operation]
        shape = model.operation_model(name_of_api).input_shape
        assert shape is not None
        options = {word.removeprefix("--") for word in given if word.startswith("--")} - _CLI_ALONE
        members, required = (
            {xform_name(one, "-") for one in found} for found in (shape.members, shape.required_members)
        )
        assert required <= options <= members, (service, operation)


def test_samples_are_events_with_ids_of_their_own() -> None:
    lines = (ROOT / "docs" / "samples" / "events.ndjson").read_text().splitlines()
    ids = [event["event_id"] for event in map(json.loads, lines) if event["name"] != "identify"]

    assert len(set(ids)) == len(ids) > 2
    assert all(len(line) < EVENT_BYTES_MAX for line in lines)


@pytest.mark.parametrize(
    ("answered", "fault"),
    [
        ({"data": [{"n": 2.5}, {}], "more": 1}, []),
        ({"data": []}, [".data has 0 elements, and 1 are shown"]),
        ({"data": [{"m": 1}]}, [".data[0].n is missing"]),
        ({"data": [{"n": "1"}]}, [".data[0].n is '1', and 1 is shown"]),
    ],
)
def test_an_answer_of_another_shape_is_found(answered: object, fault: list[str]) -> None:
    assert shape_differs({"data": [{"n": 1}]}, answered) == fault


def test_answers_are_found_between_lines_of_text() -> None:
    assert list(json_values('accepted {x\n{"a": {"b": 1}}\nthen {"c": 2}')) == [{"a": {"b": 1}}, {"c": 2}]
