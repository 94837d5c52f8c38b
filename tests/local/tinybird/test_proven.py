"""A project is tried once, and again whenever anything changes on which the outcome depends."""

from pathlib import Path

import pytest

from local.tinybird.proven import prove_once

_FILES = {"pipes/a.pipe": "SELECT 1", "pipes/b.pipe": "SELECT 2"}
_PACKAGES = ("pytest",)


class Trial:
    def __init__(self, *, fails: bool = False) -> None:
        self.times = 0
        self.fails = fails

    def __call__(self) -> None:
        self.times += 1
        if self.fails:
            raise ValueError("broken")


def test_the_same_project_is_tried_once(tmp_path: Path) -> None:
    trial = Trial()

    for _ in range(2):
        prove_once(_FILES, trial, tmp_path / "marks", _PACKAGES)
    prove_once(dict(reversed(_FILES.items())), trial, tmp_path / "marks", _PACKAGES)

    assert trial.times == 1


def test_another_text_name_or_package_is_another_project(tmp_path: Path) -> None:
    trial = Trial()

    for files, packages in [
        (_FILES, _PACKAGES),
        (_FILES | {"pipes/b.pipe": "SELECT 3"}, _PACKAGES),
        (_FILES | {"pipes/c.pipe": "SELECT 2"}, _PACKAGES),
        ({"pipes/a.pipe": "SELECT 2", "pipes/b.pipe": "SELECT 1"}, _PACKAGES),
        (_FILES, ("pytest", "boto3")),
    ]:
        prove_once(files, trial, tmp_path, packages)

    assert trial.times == 5


def test_a_broken_project_is_tried_and_refused_at_each_start(tmp_path: Path) -> None:
    trial = Trial(fails=True)

    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            prove_once(_FILES, trial, tmp_path, _PACKAGES)

    assert trial.times == 2
    trial.fails = False
    prove_once(_FILES, trial, tmp_path, _PACKAGES)
    assert trial.times == 3


def test_where_nothing_can_be_kept_each_start_tries(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    trial = Trial()

    for _ in range(2):
        prove_once(_FILES, trial, tmp_path / "file" / "marks", _PACKAGES)

    assert trial.times == 2


def test_only_the_newest_marks_stay(tmp_path: Path) -> None:
    for number in range(105):
        prove_once({"a.pipe": str(number)}, Trial(), tmp_path, _PACKAGES)

    assert len(list(tmp_path.iterdir())) == 100
