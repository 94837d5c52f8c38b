"""The list of links: pages, filters, and the numbers beside them; and up to a hundred links at once."""

from typing import Any

import pytest

from pixel.links.store import LinkStore
from pixel.smart_links import paging
from tests.conftest import Frozen
from tests.routes.smart_links.asking import KEY, OTHER_KEY, PAGE, ask, create, data, faults

pytestmark = pytest.mark.usefixtures("links", "output", "frozen", "store_down")


def _titles(**query: Any) -> list[str]:
    return [one["title"] for one in data(ask("list_links", query={"stats": "false", **query}))]


def test_pages_are_numbered_newest_first(frozen: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        create(title=str(number))
        frozen.move(1)
    create(OTHER_KEY, title="of another workspace")

    replies = [ask("list_links", query={"stats": "false", "limit": "2", "page": str(page)}) for page in (1, 3, 4)]

    assert [[one["title"] for one in reply.body["data"]] for reply in replies] == [["4", "3"], ["0"], []]
    assert [reply.body["pagination"] for reply in replies] == [
        {"total": 5, "page": 1, "limit": 2, "hasMore": True},
        {"total": 5, "page": 3, "limit": 2, "hasMore": False},
        {"total": 5, "page": 4, "limit": 2, "hasMore": False},
    ]
    monkeypatch.setattr(paging, "REACH", 3)
    assert ask("list_links", query={"limit": "1", "stats": "false"}).body["pagination"] == {
        "total": 3,
        "page": 1,
        "limit": 1,
        "hasMore": True,
        "totalIsLowerBound": True,
    }
    assert faults(ask("list_links", query={"limit": "2", "page": "2"})) == {"page": "invalid"}


def test_filters_must_all_be_met(frozen: Frozen) -> None:
    create(title="One", tags=["a", "b"], externalId="e1", shortCode="findme")
    frozen.move(60)
    create(title="Two", tags=["a"], enabled=False, destinationUrl="https://example.com/Needle")
    between = "2026-03-04T05:06:40Z"

    cases: tuple[tuple[dict[str, str | list[str]], list[str]], ...] = (
        ({"tag": "a"}, ["Two", "One"]),
        ({"tag": ["a", "b"]}, ["One"]),
        ({"tag": "a", "excludeTag": "b"}, ["Two"]),
        ({"enabled": "false"}, ["Two"]),
        ({"search": "FINDme"}, ["One"]),
        ({"search": "needle"}, ["Two"]),
        ({"search": "wo"}, ["Two"]),
        ({"externalId": "e1"}, ["One"]),
        ({"domain": "GO.example.com"}, ["Two", "One"]),
        ({"domain": "other.example.com"}, []),
        ({"createdAfter": between}, ["Two"]),
        ({"createdBefore": between}, ["One"]),
        ({"campaignId": "camp_1"}, []),
    )
    for query, expected in cases:
        assert (query, _titles(**query)) == (query, expected)


def test_all_faults_of_a_query_are_named() -> None:
    query: dict[str, str | list[str]] = {
        "page": "0",
        "limit": "101",
        "search": "a",
        "tag": ["", "b"],
        "enabled": "yes",
        "createdAfter": "x",
        "y": "1",
    }

    assert faults(ask("list_links", query=query)) == {
        "page": "invalid",
        "limit": "invalid",
        "search": "invalid",
        "tag": "invalid",
        "enabled": "invalid",
        "createdAfter": "invalid",
        "y": "unknown",
    }


def test_many_links_are_changed_and_deleted_each_by_itself(links: LinkStore) -> None:
    mine = [create(title=str(number))["id"] for number in range(3)]
    other = create(OTHER_KEY)["id"]
    ids = [*mine, other]

    changed = ask("update_links", body={"ids": ids, "data": {"title": "New"}})
    deleted = ask("delete_links", body={"ids": ids})
    again = ask("delete_links", body={"ids": ids[:1]})

    assert [one["status"] for one in data(changed)["results"]] == ["updated"] * 3 + ["failed"]
    assert {one["link"]["title"] for one in data(changed)["results"][:3]} == {"New"}
    assert data(changed)["results"][3]["error"]["code"] == "NOT_FOUND"
    assert (data(deleted)["deleted"], data(deleted)["failed"]) == (3, 1)
    assert data(again)["results"][0]["error"]["code"] == "ALREADY_DELETED"
    assert links.list_live(KEY.workspace_id) == []
    assert len(links.list_live(OTHER_KEY.workspace_id)) == 1


def test_bodies_of_bulks_are_checked_as_a_whole_first() -> None:
    for function, body, expected in (
        ("create_links", {"links": []}, {"links": "invalid"}),
        ("create_links", {"links": [1]}, {"links": "wrong_type"}),
        ("create_links", {"links": [{"destinationUrl": PAGE}] * 101}, {"links": "invalid"}),
        ("create_links", [{"destinationUrl": PAGE}], {"body": "invalid"}),
        ("update_links", {"ids": ["a", "a"], "data": {}}, {"ids": "invalid"}),
        ("update_links", {"ids": ["a"]}, {"data": "missing"}),
        ("update_links", {"ids": ["a"], "data": {"titel": 1}}, {"data.titel": "unknown"}),
        ("delete_links", {"ids": "a", "more": 1}, {"ids": "wrong_type", "more": "unknown"}),
    ):
        assert (body, faults(ask(function, body=body))) == (body, expected)
