"""What is installed is pinned, hashed and the same wherever it is named."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.contracts.requirement_files import named_in, pins_in
from tests.contracts.source_files import name_of
from tests.template.document import ROOT

_LAYER = ROOT / "layers" / "common" / "requirements"
_DEV = ROOT / "requirements" / "dev"
_OTHERS = [ROOT / "requirements" / f"{name}.txt" for name in ("peers", "sam")]
_DESTINATIONS = ROOT / "layers" / "destinations" / "requirements"
_MAIL = ROOT / "layers" / "mail" / "requirements"
_LAYERS = [_LAYER, _DESTINATIONS, _MAIL]
_PINNED = [*(layer.with_suffix(".txt") for layer in _LAYERS), _DEV.with_suffix(".txt"), *_OTHERS]


@pytest.mark.parametrize("path", _PINNED, ids=name_of)
def test_every_requirement_is_pinned_and_hashed(path: Path) -> None:
    pins = pins_in(path)

    assert pins
    assert {name: pin for name, pin in pins.items() if not pin.version or pin.hashes == 0} == {}


@pytest.mark.parametrize("path", _PINNED, ids=name_of)
def test_every_named_requirement_is_pinned(path: Path) -> None:
    assert named_in(path.with_suffix(".in")) <= pins_in(path).keys()


@pytest.mark.parametrize("layer", _LAYERS, ids=name_of)
def test_the_tests_run_on_the_versions_that_are_shipped(layer: Path) -> None:
    shipped, tested = (pins_in(path.with_suffix(".txt")) for path in (layer, _DEV))

    assert {name: pin.version for name, pin in shipped.items()} == {name: tested[name].version for name in shipped}


def test_the_package_depends_on_what_the_layer_names() -> None:
    required = [Requirement(text) for text in _project()["dependencies"]]

    assert {requirement.name for requirement in required} == named_in(_LAYER.with_suffix(".in"))


def test_pixelctl_has_what_saves_links_and_a_redirect_does_not() -> None:
    of_links = named_in(_DESTINATIONS.with_suffix(".in"))
    needed = of_links - {"segno"}  # which draws QR codes for callers of the API alone
    optional = {Requirement(text).name for text in _project()["optional-dependencies"]["pixelctl"]}

    assert needed <= optional
    assert not of_links & pins_in(_LAYER.with_suffix(".txt")).keys()


def test_the_pins_are_within_what_the_package_allows() -> None:
    pins = pins_in(_DEV.with_suffix(".txt"))
    required = [Requirement(text) for text in _project()["dependencies"]]

    assert all(requirement.specifier.contains(pins[requirement.name].version) for requirement in required)


def test_python_is_the_same_for_contributors_and_lambda() -> None:
    version = (ROOT / ".python-version").read_text().strip()

    assert _project()["requires-python"] == f">={version}"


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project
