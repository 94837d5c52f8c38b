"""What the README counts and lists is what there is."""

import re

from pixel.tinybird.catalogue import catalogue
from tests.contracts.documents import ROOT
from tests.contracts.source_files import FUNCTIONS
from tests.template import document

_README = (ROOT / "README.md").read_text()
_NUMBERS = {"three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}


def _section(heading: str) -> str:
    (text,) = re.findall(rf"^## {heading}\n(.*?)(?=^## )", _README, re.MULTILINE | re.DOTALL)
    return str(text)


def _routes() -> set[tuple[str, str]]:
    """Return the method with the path, and the function, of each route."""
    return {
        (f"{event['Properties']['Method']} {event['Properties']['Path']}", _folder(name))
        for name, function in document.functions().items()
        for event in function["Properties"].get("Events", {}).values()
        if event["Type"] == "Api"
    }


def _folder(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Function")).lower()


def test_the_routes_are_those_of_the_template() -> None:
    """What scope each asks for, tests/stack/test_readme.py looks at."""
    rows = re.findall(r"^\| ([A-Z]+ /[^|]*?) \| [^|]*? \| `([^|]*?)` \|$", _section("Routes"), re.MULTILINE)

    assert set(rows) == _routes()


def test_functions_without_a_route_are_counted_and_named() -> None:
    folders = {folder.name for folder in FUNCTIONS}
    others = folders - {function for _, function in _routes()} - {"authorizer"}
    ((number, named),) = re.findall(r"(\w+) functions have no route: (.*?)\n\n", _section("Routes"), re.DOTALL)

    assert _NUMBERS[number.lower()] == len(others)
    assert set(re.findall(r"`(\w+)`", named)) == others


def test_datasources_and_pipes_are_counted() -> None:
    ((datasources, pipes),) = re.findall(r"(\w+) datasources and the (\d+) pipes", _section("The warehouse"))

    assert _NUMBERS[datasources] == len(list((ROOT / "tinybird" / "datasources").glob("*.datasource")))
    assert int(pipes) == len(catalogue())


def test_the_sources_are_those_that_the_template_switches() -> None:
    listed = re.findall(r"^\| `(Enable\w+)` \|", _section("Events from other AWS services"), re.MULTILINE)

    assert set(listed) == {name for name in document.written()["Parameters"] if name.startswith("Enable")}


def test_the_tiers_of_tests_are_the_folders() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and not path.name.startswith("__")}
    (listed,) = re.findall(r"^\| `tests/` \| ([^|]+) \|$", _README, re.MULTILINE)

    assert {word.strip() for word in listed.split(",")} == folders
