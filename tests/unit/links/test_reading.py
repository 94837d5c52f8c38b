"""Links are read by their id or their code, and only by the workspace that has them."""

import pytest

from pixel.links.reading import function_reader
from pixel.links.store import LinkStore
from pixel.workspaces.errors import NotFoundError
from tests.links_given import OTHER_WORKSPACE, WORKSPACE, new_link, store_with_workspaces


@pytest.fixture
def links(tables: object) -> LinkStore:
    return store_with_workspaces()


def test_a_code_is_found_in_any_case_and_by_its_workspace_alone(links: LinkStore) -> None:
    link, reader = new_link(links, short_code="Spring-Sale"), function_reader()

    assert reader.find_by_code(WORKSPACE, "spring-SALE") == link
    assert reader.find_id(WORKSPACE, "Spring-Sale") == link["id"]
    for workspace_id, code in ((OTHER_WORKSPACE, "Spring-Sale"), (WORKSPACE, "never-was"), (WORKSPACE, "a b")):
        with pytest.raises(NotFoundError):
            reader.find_id(workspace_id, code)
    links.delete(WORKSPACE, link["id"])
    with pytest.raises(NotFoundError):
        reader.find_by_code(WORKSPACE, "Spring-Sale")


def test_whole_links_come_in_the_order_of_their_entries_without_those_deleted_meanwhile(links: LinkStore) -> None:
    made = [new_link(links, title=f"T{number}") for number in range(4)]
    reader = function_reader()
    ids = [entry["id"] for entry in reader.list_live(WORKSPACE)]
    links.delete(WORKSPACE, made[2]["id"])

    assert [link["title"] for link in reader.find_all(WORKSPACE, ids)] == ["T3", "T1", "T0"]
    assert reader.find_all(OTHER_WORKSPACE, ids) == reader.find_all(WORKSPACE, []) == []
