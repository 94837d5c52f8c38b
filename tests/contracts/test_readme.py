"""What the README and the guides count and list is what there is."""

import re

from tests.contracts.documents import ROOT, spans
from tests.contracts.source_files import FUNCTIONS
from tests.template import document
from tools.openapi.routes import is_described

_README = (ROOT / "README.md").read_text()
_ROUTES = (ROOT / "docs" / "routes.md").read_text()
_GUIDES = ROOT / "docs" / "guides"
_NUMBERS = {"three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}


def _routes() -> set[tuple[str, str]]:
    """Return the method with the path, and the function, of each route."""
    return {
        (f"{event['Properties']['Method']} {event['Properties']['Path'].replace('+}', '}')}", _folder(name))
        for name, function in document.functions_of_programs().items()
        for event in function["Properties"].get("Events", {}).values()
        if event["Type"] == "Api" and is_described(event["Properties"])
    }


def _folder(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Function")).lower()


def test_the_routes_are_those_of_the_template() -> None:
    """What scope each asks for, tests/stack/test_scopes.py looks at."""
    rows = re.findall(r"^\| ([A-Z]+ /[^|]*?) \| [^|]*? \| `([^|]*?)` \|$", _ROUTES, re.MULTILINE)

    assert set(rows) == _routes()


def test_functions_without_a_route_are_counted_and_named() -> None:
    folders = {folder.name for folder in FUNCTIONS}
    others = folders - {function for _, function in _routes()} - {"authorizer"}
    ((number, named),) = re.findall(r"(\w+) functions have no route: (.*)", _ROUTES, re.DOTALL)

    assert _NUMBERS[number.lower()] == len(others)
    assert set(re.findall(r"`(\w+)`", named)) == others


def test_datasources_are_counted_and_named() -> None:
    page = (_GUIDES / "data-model.md").read_text()
    ((number, named),) = re.findall(r"rows of (\w+) datasources .*?: (.*?)\.\s", page, re.DOTALL)
    there = {file.stem for file in (ROOT / "tinybird" / "datasources").glob("*.datasource")}

    assert _NUMBERS[number] == len(there)
    assert set(re.findall(r"`(\w+)`", named)) == there


def test_every_pipe_answers_a_question() -> None:
    named = {span for span in spans(_GUIDES / "questions.md") if span.startswith("p_")}

    assert named == {file.stem for file in (ROOT / "tinybird" / "endpoints").glob("p_*.pipe")}


def test_the_sources_are_those_that_the_template_switches() -> None:
    listed = re.findall(r"^\| `(Enable\w+)` \|", (_GUIDES / "aws-events.md").read_text(), re.MULTILINE)

    switches = {name for name in document.written()["Parameters"] if name.startswith("Enable")}
    assert set(listed) == switches - {"EnableLinks", "EnablePixelEdge"}  # which send no events


def test_the_tiers_of_tests_are_the_folders() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and not path.name.startswith("__")}
    listed = re.findall(r"^\| (`tests/[^|]+) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)

    assert {name for row in listed for name in re.findall(r"`tests/(\w+)`", row)} == folders


def test_prices_are_those_of_the_pages_that_work_them_out() -> None:
    cost = (ROOT / "docs" / "cost.md").read_text()
    (of_batches,) = re.findall(r"^\| HTTP, 1,000 events a request \|.*\*\*([\d.]+)\*\* \|$", cost, re.MULTILINE)
    (month,) = re.findall(r"about (\d+) dollars of AWS", " ".join((ROOT / "docs" / "deploying.md").read_text().split()))

    assert "A million events for nine cents" in _README
    assert of_batches == "0.09"
    assert f"about an hour and {month} dollars in the first month" in _README
