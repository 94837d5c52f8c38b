"""time_window.pipe takes the time zones that the API takes: those of tzdata."""

import pytest

from tests.template.document import ROOT
from tools import time_zones

_PIPE = ROOT / time_zones.PIPE


def test_the_pipe_has_the_names_of_tzdata() -> None:
    assert time_zones.with_names(_PIPE.read_text()) == _PIPE.read_text(), "run `make docs`"


def test_only_the_names_are_written() -> None:
    pipe = "A,B\n{% if String(timezone, 'UTC') not in 'Mars/Olympus'.split(',') %}\nC,D"
    before, names, after = time_zones.with_names(pipe).split("'")[0:2], time_zones.with_names(pipe), "C,D"

    assert "Mars/Olympus" not in names
    assert ",Europe/Berlin," in names
    assert names.startswith("".join(before[:1]))
    assert names.endswith(after)


def test_a_pipe_without_one_list_is_left_alone() -> None:
    with pytest.raises(ValueError, match="0 lists"):
        time_zones.with_names("SELECT 1")
