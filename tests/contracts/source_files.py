"""Python files of the project, read as syntax: what they import and what they say."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.template.document import ROOT

LAYER = ROOT / "layers" / "common" / "pixel"
_ALL = sorted((path.parent for path in (ROOT / "functions").rglob("handler.py")), key=lambda folder: folder.name)
REDIRECTS = [folder for folder in _ALL if folder.parent.name == "redirects"]
"""Functions of stacks/redirects.yaml, which are of no route of the API; tests/template/test_redirects.py has them."""

AUTOMATION = [folder for folder in _ALL if folder.parent.name == "automation"]
"""Functions of stacks/automation.yaml, which have no route; tests/template/test_automation.py has them."""

FUNCTIONS = [folder for folder in _ALL if folder not in (*REDIRECTS, *AUTOMATION)]
"""Functions of the main template, and those of stacks/links.yaml."""

MAIN_FUNCTIONS = [folder for folder in FUNCTIONS if folder.parent.name != "smart_links"]


def handler_file(function: str) -> Path:
    """Return the file of a function, whichever noun it belongs to."""
    [found] = [folder for folder in _ALL if folder.name == function]
    return found / "handler.py"


def handler_module(function: str) -> str:
    """Return the dotted name of a function's file."""
    return ".".join(handler_file(function).relative_to(ROOT).with_suffix("").parts)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def docstring(path: Path) -> str:
    return ast.get_docstring(tree(path)) or ""


def imports(path: Path) -> Iterator[str]:
    """Return dotted names: `from pixel import dynamodb` gives pixel.dynamodb, `import os` gives os."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def loaded_by(path: Path) -> frozenset[str]:
    """Return the modules of the layer that a file imports when it is imported, and those that these import."""
    statements = [node for node in tree(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {module for node in statements for module in _modules_of(node)}
    return frozenset(modules).union(*(loaded_by(_file_of(module)) for module in modules))


def _modules_of(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Yield the layer's modules: `from pixel.aws import tables` gives pixel.aws and pixel.aws.tables."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
    yield from (name for name in names if name.split(".")[0] == "pixel" and _file_of(name).exists())


def _file_of(module: str) -> Path:
    path = LAYER.parent.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def attributes_of(path: Path, name: str) -> Iterator[str]:
    """Yield the attributes that are used of a name: `ErrorCode.NOT_FOUND` gives NOT_FOUND."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
            yield node.attr
