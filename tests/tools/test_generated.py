"""What `make docs` writes into the repository is up to date; `make docs` mends whatever fails here."""

import pytest

from tests.contracts.for_each import for_each
from tests.template.document import ROOT
from tools import example_events, marked_blocks, permissions, route_table
from tools.openapi.routes import all_routes


def test_a_template_s_table_of_routes_is_up_to_date() -> None:
    for template in route_table.TEMPLATES:
        assert route_table.of_template(template) == (ROOT / template).read_text(), "run `make docs`"


def test_the_page_s_table_of_routes_is_up_to_date() -> None:
    text = (ROOT / "docs" / "routes.md").read_text()

    assert route_table.of_page(text) == text, "run `make docs`"


def test_the_table_of_roles_is_up_to_date() -> None:
    text = (ROOT / "docs" / "security.md").read_text()

    assert permissions.of_document(text) == text, "run `make docs`"


@for_each("function", example_events.examples())
def test_the_event_of_a_route_is_up_to_date(function: str) -> None:
    file = ROOT / "events" / f"{function}.json"

    assert file.exists(), "run `make docs`"
    assert file.read_text() == example_events.examples()[function], "run `make docs`"


def test_every_sample_belongs_to_a_route() -> None:
    assert example_events.SAMPLES.keys() <= {route.function for route in all_routes()}


def test_a_block_that_is_missing_or_there_twice_is_refused() -> None:
    block = "# begin\nold\n# end\n"

    assert marked_blocks.replace_block(block, "# begin", "# end", ["new", "lines"]) == "# begin\nnew\nlines\n# end\n"
    for text in ("nothing", block * 2):
        with pytest.raises(ValueError, match="must have one block"):
            marked_blocks.replace_block(text, "# begin", "# end", ["new"])
