"""The layer's modules depend on each other in one direction, and on nothing that is not shipped with them."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import pixel
from tests.contracts.requirement_files import named_in
from tests.contracts.source_files import LAYER, imports, name_of
from tests.template.document import ROOT

_MODULES = sorted(path.stem for path in LAYER.glob("*.py") if path.stem != "__init__")
_LISTED = re.findall(r"^(\w+) {2,}\S", pixel.__doc__ or "", re.MULTILINE)
_DATA = {"certifi", "tzdata"}
"""Read by the standard library: ssl the authorities that the layer is built with, zoneinfo the time zones."""

_MODULE_LINES_MAX = 250
_SOURCES = sorted(path for folder in ("layers", "local", "pixelctl") for path in (ROOT / folder).rglob("*.py"))


def _imported_modules(module: str) -> set[str]:
    """Modules of ours that one imports."""
    names = {name.split(".")[1] for name in imports(LAYER / f"{module}.py") if name.startswith("pixel.")}
    assert names <= {*_MODULES, "__version__"}
    return names & {*_MODULES}


def _foreign_packages() -> set[str]:
    """Top-level names that the layer imports and that are neither Python's nor ours."""
    names = {name.split(".")[0] for path in LAYER.glob("*.py") for name in imports(path)}
    return names - sys.stdlib_module_names - {"pixel"}


def test_the_map_of_the_layer_lists_every_module_once() -> None:
    assert sorted(_LISTED) == _MODULES


@pytest.mark.parametrize("module", _MODULES)
def test_a_module_imports_only_modules_listed_before_it(module: str) -> None:
    assert _imported_modules(module) <= set(_LISTED[: _LISTED.index(module)])


def test_the_layer_exports_nothing_but_its_version() -> None:
    assert list(imports(LAYER / "__init__.py")) == ["gc"]  # for a setting of its own


def test_the_layer_imports_what_its_requirements_name_and_all_of_it() -> None:
    distributions = packages_distributions()
    imported = {
        distribution.replace("_", "-").lower() for name in _foreign_packages() for distribution in distributions[name]
    }

    assert imported | _DATA == named_in(ROOT / "layers" / "common" / "requirements.in")


@pytest.mark.parametrize("path", _SOURCES, ids=name_of)
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= _MODULE_LINES_MAX


@pytest.mark.parametrize("path", sorted((ROOT / "layers").rglob("*.py")), ids=name_of)
def test_a_module_says_why_it_exists(path: Path) -> None:
    assert re.match(r'"""[A-Z]', path.read_text())


def test_no_module_is_named_for_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "base", "core", "tools"}

    assert not vague & {*_MODULES}


def test_the_package_ships_every_data_file_of_the_layer() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns: list[str] = project["tool"]["setuptools"]["package-data"]["pixel"]
    shipped = {path for pattern in patterns for path in LAYER.glob(pattern)}

    assert shipped == {path for path in LAYER.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}}
