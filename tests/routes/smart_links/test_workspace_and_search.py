"""The workspace of the key, and the search over what it has named."""

import pytest

from pixel.aws import tables as dynamodb
from pixel.links.store import LinkStore
from pixel.workspaces.store import meta_key
from tests.environment import LINKS_URL, WORKSPACE_TABLE
from tests.routes.smart_links.asking import KEY, OTHER_KEY, ask, create, data, faults, refused

pytestmark = pytest.mark.usefixtures("links", "output", "store_down")


@pytest.fixture
def workspace(links: LinkStore) -> LinkStore:
    """Write the workspaces whole, as `pixelctl` does."""
    for key in (KEY, OTHER_KEY):
        item = {
            **meta_key(key.workspace_id),
            "name": f"Shop of {key.workspace_id}",
            "created_at": "2026-01-01T00:00:00Z",
            "rate_limit": 60,
            **dict.fromkeys(("usage_plan", "usage_plan_key_id", "usage_plan_key"), "x"),
        }
        dynamodb.database().put(WORKSPACE_TABLE, item)
    return links


@pytest.mark.usefixtures("workspace", "frozen")
def test_a_workspace_says_what_it_is_and_what_it_uses() -> None:
    create()
    company = {"name": "Example Ltd", "privacyUrl": "https://example.com/privacy"}

    before = data(ask("get_workspace"))
    changes = {"name": "Shop", "company": company, "timezone": "Europe/Berlin"}
    changed = data(ask("update_workspace", body=changes))
    alone = data(ask("update_workspace", body={"timezone": "Asia/Tokyo"}))

    assert before == {
        "id": KEY.workspace_id,
        "name": f"Shop of {KEY.workspace_id}",
        "company": None,
        "timezone": "UTC",
        "limits": {"requests": 1000, "windowSeconds": 3600}
        | dict.fromkeys(("campaigns", "tags", "folders", "utmTemplates", "pixels"), 1000),
        "usage": {"links": 1, "requestsThisHour": 2},
    }
    assert changed == {**before, **changes, "usage": {"links": 1, "requestsThisHour": 3}}
    assert alone == {**changed, "timezone": "Asia/Tokyo", "usage": {"links": 1, "requestsThisHour": 4}}
    assert data(ask("get_workspace", key=OTHER_KEY))["company"] is None


@pytest.mark.usefixtures("workspace")
def test_faults_of_a_workspace_are_named() -> None:
    wrong = {"timezone": "Mars/Base", "company": 1, "id": "x"}
    for body, expected in (
        ({}, {"body": "missing"}),
        (wrong, {"timezone": "invalid", "company": "wrong_type", "id": "unknown"}),
        ({"company": {"name": "x", "privacyUrl": "http://example.com/"}}, {"company.privacyUrl": "invalid"}),
        ({"company": {"name": "x"}}, {"company.privacyUrl": "missing"}),
    ):
        assert (body, faults(ask("update_workspace", body=body))) == (body, expected)
    reader = KEY._replace(scopes=("links:read",))
    assert refused(ask("get_workspace", key=reader)) == (403, "FORBIDDEN")
    assert refused(ask("update_workspace", key=reader, body={})) == (403, "FORBIDDEN")


def test_a_search_finds_the_few_before_the_many() -> None:
    campaign = data(ask("create_campaign", body={"name": "The needle"}), 201)
    first = create(title="Needle one", tags=["NEEDLES"])
    create(title="Another")
    second = create(shortCode="needle-2")
    third = create(destinationUrl="https://example.com/needle")
    create(OTHER_KEY, title="needle")
    [tag] = [one for one in data(ask("list_tags")) if one["name"] == "NEEDLES"]

    found = data(ask("search_links", query={"q": "nEEdle"}))

    assert found[:2] == [
        {"type": "campaign", "id": campaign["id"], "title": "The needle", "url": None},
        {"type": "tag", "id": tag["id"], "title": "NEEDLES", "url": None},
    ]
    links = {one["id"]: (one["title"], one["url"]) for one in found[2:]}
    assert links == {
        first["id"]: ("Needle one", first["shortUrl"]),
        second["id"]: ("needle-2", f"{LINKS_URL}/needle-2"),
        third["id"]: (third["shortCode"], third["shortUrl"]),
    }
    assert data(ask("search_links", query={"q": "needle", "limit": "1"})) == found[:1]
    [domain] = data(ask("search_links", query={"q": "go.example"}))
    assert domain == {"type": "domain", "id": "go.example.com", "title": "go.example.com", "url": LINKS_URL}
    assert data(ask("search_links", query={"q": "no such"})) == []


def test_what_is_searched_for_has_2_to_100_characters() -> None:
    for query, expected in (
        ({"q": "a"}, {"q": "invalid"}),
        ({"q": ""}, {"q": "invalid"}),
        ({"q": "a" * 101}, {"q": "invalid"}),
        ({"q": "ab", "limit": "51"}, {"limit": "invalid"}),
        ({"x": "1"}, {"x": "unknown"}),
    ):
        assert (query, faults(ask("search_links", query=query))) == (query, expected)
    assert faults(ask("search_links", query={"q": "ab", "limit": "0"})) == {"limit": "invalid"}
