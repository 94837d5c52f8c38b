"""Tests stand where a reader looks for them: those of a module under its name, none in a file too long to read."""

from pathlib import Path

from tests.contracts.source_files import name_of
from tests.template.document import ROOT

_LINES_MAX = 400
_UNIT = ROOT / "tests" / "unit"
_LAYER = ROOT / "layers" / "common" / "pixel"
# What stands in tests/unit itself is about the tests' own machinery.
_TESTS = [path for path in sorted(_UNIT.rglob("test_*.py")) if path.parent != _UNIT]
# What no module has to itself: several depend on conditional writes.
_SHARED = {"aws/test_atomic_writes.py"}


def _modules(folder: Path) -> set[str]:
    """Return the names of a package's modules and packages, and of the data folders that it reads."""
    found = {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
    return found - {"__init__", "__pycache__"}


def _fault_of(path: Path) -> str | None:
    package = _LAYER / path.relative_to(_UNIT).parent
    name = path.stem.removeprefix("test_")
    if not package.is_dir():
        return f"pixel has no package {package.relative_to(_LAYER)}"
    if path.relative_to(_UNIT).as_posix() in _SHARED:
        return None
    if any(name == module or name.startswith(f"{module}_") for module in _modules(package)):
        return None
    return f"{package.relative_to(_LAYER)} has no module of this name"


def test_a_unit_test_is_named_after_its_module_and_stands_in_its_package() -> None:
    """`test_<module>.py`, or `test_<module>_<what of it>.py` where one file would be too long."""
    faults = {name_of(path): _fault_of(path) for path in _TESTS}

    assert {name: fault for name, fault in faults.items() if fault} == {}


def test_what_is_shared_is_there() -> None:
    assert [name for name in _SHARED if not (_UNIT / name).exists()] == []


def test_no_file_of_tests_is_too_long_to_read() -> None:
    lines = {name_of(path): len(path.read_text().splitlines()) for path in (ROOT / "tests").rglob("*.py")}

    assert {name: count for name, count in lines.items() if count > _LINES_MAX} == {}
