"""samconfig.toml says how each stage is deployed, and holds nothing secret."""

import re
import subprocess
import tomllib
from typing import Any

import pytest

from tests.template import document
from tests.template.document import ROOT

_STAGES = ["default", "staging", "prod"]


def _text() -> str:
    return (ROOT / "samconfig.toml").read_text()


def _stage(name: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(_text())[name]
    return found


def _overrides(stage: str) -> dict[str, str]:
    given = _stage(stage)["deploy"]["parameters"].get("parameter_overrides", [])
    pairs = given.split() if isinstance(given, str) else given
    return dict(pair.split("=", 1) for pair in pairs if not pair.startswith("file://"))


def test_the_three_stages_are_there() -> None:
    assert [name for name in tomllib.loads(_text()) if name != "version"] == _STAGES


@pytest.mark.parametrize("stage", _STAGES)
def test_a_stage_sets_only_parameters_that_the_template_has(stage: str) -> None:
    assert _overrides(stage).keys() <= document.written()["Parameters"].keys()


@pytest.mark.parametrize("stage", _STAGES)
def test_a_stage_gives_values_that_the_template_allows(stage: str) -> None:
    for name, value in _overrides(stage).items():
        allowed = document.written()["Parameters"][name].get("AllowedValues")
        assert allowed is None or value in {str(one) for one in allowed}


@pytest.mark.parametrize(("stage", "name"), [("default", "dev"), ("staging", "staging"), ("prod", "prod")])
def test_a_stage_reads_what_is_one_s_own_last_from_a_file_that_git_ignores(stage: str, name: str) -> None:
    """Later ones win, and a file that is not tracked cannot conflict with an upgrade."""
    file = f"parameters.{name}.yaml"
    asked = subprocess.run(["git", "check-ignore", "--quiet", file], cwd=ROOT, check=False)

    assert _stage(stage)["deploy"]["parameters"]["parameter_overrides"][-1] == f"file://{file}"
    assert asked.returncode == 0


def test_production_protects_its_tables() -> None:
    assert _overrides("prod").get("ProtectTables", "true") == "true"


@pytest.mark.parametrize("stage", _STAGES)
def test_a_stage_may_create_roles_and_nested_stacks_and_nothing_beyond(stage: str) -> None:
    assert _stage(stage)["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"


def test_no_account_no_address_and_no_secret_is_written_down() -> None:
    lines = [line for line in _text().splitlines() if not line.startswith("#")]
    suspicious = re.compile(r"\b\d{12}\b|arn:|token|secret|password|AKIA", re.IGNORECASE)

    assert [line for line in lines if suspicious.search(line)] == []
