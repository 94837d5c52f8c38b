"""Links over HTTP: what each route takes and answers, and that another workspace's links do not exist."""

from typing import Any

import pytest

from pixel.links.codes import used_clicks_key
from pixel.links.store import LinkStore
from tests.conftest import Frozen
from tests.environment import LINKS_URL
from tests.routes.smart_links.asking import KEY, OTHER_KEY, PAGE, ask, create, data, faults, refused

pytestmark = pytest.mark.usefixtures("links", "output", "store_down")

_WHOLE: dict[str, Any] = {
    "shortCode": "Sale-26",
    "title": "Sale",
    "description": "Of the year",
    "externalId": "order/1",
    "tags": ["a", "b"],
    "enabled": True,
    "startsAt": "2026-01-01T01:00:00+01:00",
    "expiresAt": "2030-01-01T00:00:00Z",
    "expiredUrl": "https://example.com/over",
    "clicksLimit": 2,
    "redirectMode": "auto",
    "redirectStatus": 307,
    "queryMode": "override",
    "utmSource": "flyer",
    "preview": {"title": "A sale"},
    "indexable": True,
    "deepLinkEnabled": True,
    "deepLinkIos": "myapp://page",
    "deepLinkAndroid": "intent://page#Intent;scheme=myapp;end",
    "deepLinkFallbackUrl": "https://example.com/apps",
    "consent": False,
}
_FAULTS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "no destination": ({}, {"destinationUrl": "missing"}),
    "names of the store": ({"destination_url": PAGE}, {"destination_url": "unknown", "destinationUrl": "missing"}),
    "every kind of fault": (
        {"destinationUrl": "ftp://x", "shortCode": "api/x", "tags": 1, "utmSource": "x" * 256, "preview": {}},
        {"destinationUrl": "scheme", "shortCode": "reserved", "tags": "wrong_type", "utmSource": "too_long"}
        | {"preview": "invalid"},
    ),
    "its own domain": ({"destinationUrl": f"{LINKS_URL}/x", "expiredUrl": PAGE}, {"destinationUrl": "loop"}),
    "a permanent redirect that ends": (
        {"destinationUrl": PAGE, "redirectStatus": 301, "clicksLimit": 1},
        {"redirectStatus": "invalid"},
    ),
    "over before it begins": (
        {"destinationUrl": PAGE, "startsAt": "2031-01-01T00:00:00Z", "expiresAt": "2030-01-01T00:00:00Z"},
        {"expiresAt": "invalid"},
    ),
}


def test_a_link_is_answered_as_it_was_sent() -> None:
    pixel = data(ask("create_pixel", body={"name": "Ads", "provider": "meta", "providerId": "123456789012345"}), 201)
    whole = {**_WHOLE, "pixelIds": [pixel["id"]]}
    link = data(ask("create_link", body={"destinationUrl": "https://EXAMPLE.com", **whole, "password": "open"}), 201)

    assert link == {
        **whole,
        **dict.fromkeys(("utmMedium", "utmCampaign", "utmTerm", "utmContent")),
        **dict.fromkeys(("campaignId", "folderId", "utmTemplateId")),
        "id": link["id"],
        "destinationUrl": "https://example.com/",
        "shortUrl": f"{LINKS_URL}/Sale-26",
        "domain": "go.example.com",
        "startsAt": "2026-01-01T00:00:00.000Z",
        "expiresAt": "2030-01-01T00:00:00.000Z",
        "passwordProtected": True,
        "rulesCount": 0,
        "status": "active",
        "createdAt": link["createdAt"],
        "updatedAt": link["createdAt"],
        "clicks": 0,
        "uniqueClicks": 0,
        "lastClickedAt": None,
    }
    by_external_id = data(ask("get_link", path={"linkId": "ext_order%2F1"}))
    # Nobody answers for the warehouse here, so its numbers are not known.
    assert by_external_id == {**link, "clicks": None, "uniqueClicks": None}


def test_all_faults_of_a_body_are_named_as_it_names_fields() -> None:
    for name, (body, expected) in _FAULTS.items():
        reply = ask("create_link", body=body)
        assert (name, faults(reply)) == (name, expected)


def test_a_code_is_given_once_and_a_deleted_link_leaves_it_to_its_workspace() -> None:
    link = create(shortCode="once")
    taken = ask("create_link", body={"destinationUrl": PAGE, "shortCode": "ONCE"}, key=OTHER_KEY)

    assert refused(taken) == (409, "SHORT_CODE_EXISTS")
    assert data(ask("delete_link", path={"linkId": link["id"]})) == {"id": link["id"], "deleted": True}
    assert refused(ask("delete_link", path={"linkId": link["id"]})) == (409, "ALREADY_DELETED")
    assert refused(ask("get_link", path={"linkId": link["id"]})) == (404, "NOT_FOUND")
    assert refused(ask("create_link", body={"destinationUrl": PAGE, "shortCode": "once"}, key=OTHER_KEY))[0] == 409
    assert create(shortCode="once")["shortCode"] == "once"


def test_a_change_sets_what_is_sent_and_null_clears() -> None:
    link = create(title="Sale", tags=["a"], externalId="e1", password="open")
    create(externalId="e2")
    path = {"linkId": link["id"]}

    changed = data(ask("update_link", path=path, body={"title": None, "tags": ["b"], "password": "", "enabled": False}))

    assert (changed["title"], changed["tags"], changed["externalId"]) == (None, ["b"], "e1")
    assert (changed["passwordProtected"], changed["status"]) == (False, "disabled")
    assert refused(ask("update_link", path=path, body={"externalId": "e2"})) == (409, "CONFLICT")
    assert faults(ask("update_link", path=path, body={"shortCode": "other"})) == {"shortCode": "unknown"}
    empty = ask("update_link", path=path, body={})
    assert faults(empty) == {"body": "missing"}
    assert "destinationUrl" in empty.body["error"]["details"]["fields"][0]["message"]


def test_a_status_is_what_a_visitor_finds(links: LinkStore, frozen: Frozen) -> None:
    limited = create(clicksLimit=2)
    frozen.move(0.01)
    later = create(startsAt="2026-03-05T00:00:00Z", expiresAt="2026-03-06T00:00:00Z")
    used = {**used_clicks_key(limited["id"]), "used": 2, "limit": 2}
    links.database.put(links.links_table, used)
    frozen.move(0.01)
    links.set_banned(KEY.workspace_id, create()["id"], banned=True)

    def statuses() -> list[str]:
        return [one["status"] for one in data(ask("list_links", query={"stats": "false"}))]

    assert statuses() == ["banned", "scheduled", "used_up"]
    frozen.move(86_400)
    assert data(ask("get_link", path={"linkId": later["id"]}))["status"] == "active"
    frozen.move(86_400)
    assert data(ask("get_link", path={"linkId": later["id"]}))["status"] == "expired"


def test_what_belongs_to_another_workspace_is_answered_as_what_does_not_exist() -> None:
    link = create(externalId="mine")
    nothing = "link_00000000000000000000"
    for function in ("get_link", "update_link", "delete_link"):
        body = {"title": "x"} if function == "update_link" else None
        answers = [
            ask(function, path={"linkId": named}, body=body, key=OTHER_KEY).body["error"]
            for named in (link["id"], "ext_mine", nothing, "nonsense")
        ]
        assert [answer["code"] for answer in answers] == ["NOT_FOUND"] * 4
        assert answers.count(answers[0]) == 4, function

    assert data(ask("list_links", key=OTHER_KEY)) == []
    assert data(ask("get_link", path={"linkId": link["id"]}))["id"] == link["id"]


def test_a_key_needs_the_scope_of_the_route() -> None:
    reader = KEY._replace(scopes=("links:read",))
    reply = ask("create_link", body={"destinationUrl": PAGE}, key=reader)

    assert refused(reply) == (403, "FORBIDDEN")
    assert reply.body["error"]["details"] == {"required": "links:write", "available": ["links:read"]}


def test_bodies_that_cannot_be_read_are_refused_in_the_words_of_the_face() -> None:
    for body, headers, expected in (
        ("{", {}, (400, "VALIDATION_ERROR")),
        ("[]", {}, (400, "VALIDATION_ERROR")),
        ("{}", {"Content-Type": "text/plain"}, (415, "UNSUPPORTED_MEDIA_TYPE")),
        (f'{{"title":"{"x" * 262_144}"}}', {}, (413, "PAYLOAD_TOO_LARGE")),
    ):
        assert refused(ask("create_link", body=body, headers=headers)) == expected
