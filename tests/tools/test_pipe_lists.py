"""Pipes take the time zones, countries and currencies that the API takes."""

from pathlib import Path

import pytest

from tests.template.document import ROOT
from tools import pipe_lists


@pytest.mark.parametrize("pipe", pipe_lists.PIPES, ids=lambda pipe: str(pipe.stem))
def test_a_pipe_has_the_values_of_the_api(pipe: Path) -> None:
    text = (ROOT / pipe).read_text()

    assert pipe_lists.with_values(text, pipe_lists.PIPES[pipe]) == text, "run `make docs`"


def test_only_the_values_are_written() -> None:
    pipe = "A,B\n{% if String(timezone, 'UTC') not in 'Mars/Olympus'.split(',') %}\nC,D"

    assert pipe_lists.with_values(pipe, ["UTC", "Etc/GMT+5"]) == pipe.replace("Mars/Olympus", "UTC,Etc/GMT+5")


def test_a_pipe_without_one_list_is_left_alone() -> None:
    with pytest.raises(ValueError, match="0 lists"):
        pipe_lists.with_values("SELECT 1", ["UTC"])
