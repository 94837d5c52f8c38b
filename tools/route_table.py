"""Write the tables of routes in template.yaml and docs/routes.md; `make docs` runs it."""

from pathlib import Path

from tools.marked_blocks import markdown_table, replace_block, write_if_changed
from tools.openapi.routes import Route, routes

_PROJECT = Path(__file__).resolve().parents[1]
TEMPLATE = _PROJECT / "template.yaml"
PAGE = _PROJECT / "docs" / "routes.md"

_TEMPLATE_MARKS = ("  # Table of the routes, written by `make docs`:", "  # End of the table.")
_PAGE_MARKS = ("<!-- The table of routes, written by `make docs` -->", "<!-- End of the table -->")


def of_template(text: str) -> str:
    """Return the text of template.yaml with the table of its routes."""
    listed = routes()
    rows = [(route.method.upper(), route.path, _scope(route), route.function) for route in listed]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  #   " + "  ".join([*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]])
        for row in rows
    ]
    return replace_block(text, *_TEMPLATE_MARKS, lines)


def of_page(text: str) -> str:
    """Return the text of docs/routes.md with the table of routes."""
    rows = [
        [f"{route.method.upper()} {route.path}", _scope_in_markdown(route), f"`{route.function}`"] for route in routes()
    ]
    return replace_block(text, *_PAGE_MARKS, markdown_table(["Method and path", "Scope", "Function"], rows))


def _scope(route: Route) -> str:
    if not route.needs_key:
        return "none, no key"
    return "any key" if route.scope is None else str(route.scope)


def _scope_in_markdown(route: Route) -> str:
    return _scope(route) if route.scope is None else f"`{route.scope}`"


if __name__ == "__main__":
    write_if_changed(TEMPLATE, of_template(TEMPLATE.read_text()))
    write_if_changed(PAGE, of_page(PAGE.read_text()))
