"""Write the tables of routes in the templates and in docs/routes.md; `make docs` runs it."""

from pathlib import Path

from tools.marked_blocks import markdown_table, replace_block, write_if_changed
from tools.openapi.routes import LINKS, MAIN, Route, routes

_PROJECT = Path(__file__).resolve().parents[1]
TEMPLATES = (MAIN, LINKS)
PAGE = _PROJECT / "docs" / "routes.md"

_TEMPLATE_MARKS = ("  # Table of the routes, written by `make docs`:", "  # End of the table.")
_END_OF_TABLE = "<!-- End of the table -->"
_PAGE_MARKS = {
    MAIN: ("<!-- The table of routes, written by `make docs` -->", _END_OF_TABLE),
    LINKS: ("<!-- The table of routes of short links, written by `make docs` -->", "<!-- End of that table -->"),
}


def of_template(template: str) -> str:
    """Return the text of a template with the table of its routes."""
    text = (_PROJECT / template).read_text()
    listed = routes(template)
    rows = [(route.method.upper(), route.path, _scope(route), route.function) for route in listed]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  #   " + "  ".join([*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]])
        for row in rows
    ]
    return replace_block(text, *_TEMPLATE_MARKS, lines)


def of_page(text: str) -> str:
    """Return the text of docs/routes.md with the tables of routes."""
    for template, marks in _PAGE_MARKS.items():
        rows = [
            [f"{route.method.upper()} {route.path}", _scope_in_markdown(route), f"`{route.function}`"]
            for route in routes(template)
        ]
        text = replace_block(text, *marks, markdown_table(["Method and path", "Scope", "Function"], rows))
    return text


def _scope(route: Route) -> str:
    if not route.needs_key:
        return "none, no key"
    return "any key" if route.scope is None else str(route.scope)


def _scope_in_markdown(route: Route) -> str:
    return _scope(route) if route.scope is None else f"`{route.scope}`"


if __name__ == "__main__":
    for template in TEMPLATES:
        write_if_changed(_PROJECT / template, of_template(template))
    write_if_changed(PAGE, of_page(PAGE.read_text()))
