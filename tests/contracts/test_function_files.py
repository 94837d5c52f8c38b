"""A function's folder holds one short handler that says what the route does; the layer says how."""

import ast
from pathlib import Path

from tests.contracts.for_each import for_each
from tests.contracts.source_files import FUNCTIONS, docstring, imports, tree
from tests.template import document
from tools.openapi.routes import is_described

_HANDLER_LINES_MAX = 45
_BY_FOLDER = {
    str(function["Properties"]["CodeUri"]).strip("/").rpartition("/")[2]: function["Properties"]
    for function in document.functions_of_programs().values()
}


@for_each("folder", FUNCTIONS)
def test_a_folder_holds_one_file(folder: Path) -> None:
    assert [path.name for path in folder.iterdir() if path.name != "__pycache__"] == ["handler.py"]


@for_each("folder", FUNCTIONS)
def test_a_handler_is_short(folder: Path) -> None:
    assert len((folder / "handler.py").read_text().splitlines()) <= _HANDLER_LINES_MAX


@for_each("folder", FUNCTIONS)
def test_a_handler_imports_from_the_layer_alone(folder: Path) -> None:
    assert all(name.startswith("pixel.") for name in imports(folder / "handler.py"))


@for_each("folder", FUNCTIONS)
def test_a_handler_s_docstring_is_the_description_of_its_function(folder: Path) -> None:
    assert docstring(folder / "handler.py").rstrip(".") == _BY_FOLDER[folder.name]["Description"]


@for_each("folder", FUNCTIONS)
def test_a_route_s_description_begins_with_its_method_and_path(folder: Path) -> None:
    sources = _BY_FOLDER[folder.name].get("Events", {}).values()
    routes = [source["Properties"] for source in sources if source["Type"] == "Api"]

    assert all(
        _BY_FOLDER[folder.name]["Description"].startswith(f"{route['Method']} {route['Path']} - ")
        for route in routes
        if is_described(route)  # others are answered as that route of the same function
    )


@for_each("folder", FUNCTIONS)
def test_a_handler_defines_what_lambda_calls_and_keeps_no_state(folder: Path) -> None:
    body = tree(folder / "handler.py").body
    functions = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    assigned = [
        target.id
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]

    assert "handler" in [*functions, *assigned]
    assert all(name == "handler" or name.isupper() for name in assigned)
