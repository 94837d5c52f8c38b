"""Variables that the template declares are those that the layer reads, and one module reads them."""

from pathlib import Path

from pixel.foundation.settings import Settings
from tests import environment
from tests.contracts.for_each import for_each
from tests.contracts.source_files import FUNCTIONS, LAYER, imports
from tests.template import document

_READ = {f"PIXEL_{name.upper()}" for name in Settings._fields}


def test_the_template_declares_what_settings_read_and_nothing_else() -> None:
    """Those of mail and of queues between functions are declared where they are used."""
    declared = {
        name
        for template in (document.MAIN, document.AUTOMATION)
        for name in document.written(template)["Globals"]["Function"]["Environment"]["Variables"]
    }

    assert {name for name in declared if name.startswith("PIXEL_")} == _READ


@for_each("function", document.functions_of_programs())
def test_a_function_adds_no_variable_of_ours(function: str) -> None:
    """All functions read the same settings, so a variable of one would stop the others."""
    own = document.functions_of_programs()[function]["Properties"]["Environment"]["Variables"]

    assert own.keys() == {"POWERTOOLS_SERVICE_NAME"}


def test_the_tests_set_what_settings_read() -> None:
    given: dict[str, str] = {}

    environment.set_environment(given)

    assert {name for name in given if name.startswith("PIXEL_")} == _READ


@for_each("path", [*LAYER.rglob("*.py"), *(folder / "handler.py" for folder in FUNCTIONS)])
def test_only_config_reads_the_environment(path: Path) -> None:
    reads = any(name == "os" or name.startswith("os.") for name in imports(path))

    assert reads is (path == LAYER / "foundation" / "settings.py")
