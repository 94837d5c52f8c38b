"""The layer's packages depend on each other in one direction, and on nothing that is not shipped with them."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pixel
from tests.contracts.requirement_files import named_in
from tests.contracts.source_files import LAYER, imports, name_of
from tests.template.document import ROOT

_PACKAGES = sorted(path.parent.name for path in LAYER.glob("*/__init__.py"))
_LISTED = re.findall(r"^(\w+) {2,}\S", pixel.__doc__ or "", re.MULTILINE)
_MODULES = sorted(LAYER.rglob("*.py"))
_DATA = {"certifi", "tzdata"}
"""Read by the standard library: ssl the authorities that the layer is built with, zoneinfo the time zones."""

_COMES_WITH = {"pydantic-core": "pydantic"}
_STUBS = "mypy_boto3_"
"""Types of boto3's clients, which only mypy reads."""

_MODULE_LINES_MAX = 400
_SOURCES = sorted(path for folder in ("layers", "local", "pixelctl", "tools") for path in (ROOT / folder).rglob("*.py"))


def _imported_packages(path: Path) -> set[str]:
    """Return the packages of the layer that a module imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("pixel.")} - {"__version__"}


def _foreign_packages() -> set[str]:
    """Return top-level imports of the layer that belong neither to Python nor to the layer."""
    names = {name.split(".")[0] for path in _MODULES for name in imports(path)}
    return {name for name in names if not name.startswith(_STUBS)} - sys.stdlib_module_names - {"pixel"}


def _imports_any(path: Path, *prefixes: str) -> bool:
    return any(name.startswith(prefixes) for name in imports(path))


def test_the_map_of_the_layer_lists_every_package_once() -> None:
    assert sorted(_LISTED) == _PACKAGES


def _packages_below(path: Path) -> set[str]:
    """Return the packages that a module imports although they stand below its own."""
    return _imported_packages(path) - set(_LISTED[: _LISTED.index(path.relative_to(LAYER).parts[0]) + 1])


def test_a_module_imports_only_from_its_package_and_those_above_it() -> None:
    below = {name_of(path): _packages_below(path) for path in _MODULES if path.parent != LAYER}

    assert {name: packages for name, packages in below.items() if packages} == {}


def test_only_the_package_aws_knows_the_sdk() -> None:
    using = {path.relative_to(LAYER).parts[0] for path in _MODULES if _imports_any(path, "boto3", "botocore", _STUBS)}

    assert using == {"aws"}


def test_only_the_connections_are_made_by_urllib3() -> None:
    """Elsewhere only its types occur: the pool that a module keeps, and the error of a stream that boto3 returns."""
    names = {
        path.relative_to(LAYER).as_posix(): {name for name in imports(path) if name.startswith("urllib3")}
        for path in _MODULES
    }
    del names["foundation/connections.py"]

    assert {path: used for path, used in names.items() if used} == {
        "aws/objects.py": {"urllib3.exceptions.HTTPError"},
        "tinybird/client.py": {"urllib3.HTTPConnectionPool"},
    }


def test_the_layer_exports_nothing_but_its_version() -> None:
    assert list(imports(LAYER / "__init__.py")) == ["gc"]  # for a setting of its own


def test_the_layer_imports_what_its_requirements_name_and_all_of_it() -> None:
    distributions = packages_distributions()
    named = {
        distribution.replace("_", "-").lower() for name in _foreign_packages() for distribution in distributions[name]
    }
    imported = {_COMES_WITH.get(distribution, distribution) for distribution in named}

    layers = [named_in(ROOT / "layers" / name / "requirements.in") for name in ("common", "destinations", "mail")]
    assert imported | _DATA == set().union(*layers)


def test_only_the_rules_of_destinations_import_what_is_in_a_layer_of_its_own() -> None:
    """Functions that save no links have no such layer, and would not start."""
    using = [path.relative_to(LAYER).as_posix() for path in _MODULES if _imports_any(path, "ada_url", "confusable_")]

    assert using == ["links/destinations.py"]


def test_only_what_composes_mail_imports_what_is_in_the_layer_of_mail() -> None:
    """The function that composes messages has the layer; those that deliver them and follow links have not."""
    using = [path.relative_to(LAYER).as_posix() for path in _MODULES if _imports_any(path, "jinja2", "resvg_py")]

    assert using == ["mail/chart.py", "mail/templating.py"]


def test_a_module_can_be_read_in_one_sitting() -> None:
    lines = {name_of(path): len(path.read_text().splitlines()) for path in _SOURCES}

    assert {name: count for name, count in lines.items() if count > _MODULE_LINES_MAX} == {}


def test_a_module_says_why_it_exists() -> None:
    assert [name_of(path) for path in _MODULES if not re.match(r'"""[A-Z]', path.read_text())] == []


def test_no_module_is_named_for_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "base", "core"}

    assert not vague & {path.stem for path in _SOURCES}


def test_the_package_ships_every_data_file_of_the_layer() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns: list[str] = project["tool"]["setuptools"]["package-data"]["pixel"]
    shipped = {path for pattern in patterns for path in LAYER.glob(pattern)}

    assert shipped == {path for path in LAYER.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}}
