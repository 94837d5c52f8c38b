"""A key with pixel:keys makes, shows, changes, rotates and revokes keys, and the trail says so."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pixel.auth.keys import find
from pixel.foundation.clock import now, to_iso
from tests.conftest import Frozen
from tests.routes.keys.managed import ALL, add_key, add_workspace, ask, code_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")


@pytest.fixture
def maker(tables: "DynamoDBServiceResource", frozen: Frozen) -> str:
    add_workspace(tables, "ws_1", "admx_1", "admx_2")
    return add_key("ws_1", name="Backend", scopes=ALL)[0]


def test_a_key_is_made_shown_once_and_listed_without_itself(maker: str) -> None:
    body = {"name": "Shop", "scopes": ["pixel:write"], "website_ids": ["admx_1"], "expires_in_days": 2}

    made = ask("create_key", maker, body=body)

    assert made.status == 201
    raw, shown = made.body["data"]["key"], {**made.body["data"]}
    del shown["key"]
    assert shown == {
        "id": shown["id"],
        "name": "Shop",
        "key_prefix": raw[:15],
        "kind": "secret",
        "test": False,
        "scopes": ["pixel:write"],
        "website_ids": ["admx_1"],
        "created_at": to_iso(now()),
        "updated_at": to_iso(now()),
        "revision": 1,
        "expires_at": to_iso(now() + timedelta(days=2)),
        "revoked_at": None,
        "last_used_at": None,
    }
    assert made.headers["ETag"] == '"1"'
    assert made.headers["Location"].endswith(f"/api/v1/keys/{shown['id']}")
    assert ask("get_key", maker, path={"id": shown["id"]}).body["data"] == shown
    listed = ask("list_keys", maker)
    assert raw not in str(listed.body)
    assert shown in listed.body["data"]
    record = find(raw)
    assert record is not None
    assert record.key_id == shown["id"]


def test_what_is_not_given_is_as_the_maker_has_it(tables: "DynamoDBServiceResource") -> None:
    add_workspace(tables, "ws_1", "admx_1")
    end = now() + timedelta(days=1)
    raw, _ = add_key("ws_1", scopes=ALL, website_ids=("admx_1",), expires_at=end, test=True)

    made = ask("create_key", raw, body={"name": "x", "scopes": ["pixel:read"]}).body["data"]

    assert (made["website_ids"], made["expires_at"], made["test"]) == (["admx_1"], to_iso(end), True)
    assert made["key"].startswith("pixel_test_")


def test_a_key_is_changed_rotated_and_revoked(maker: str) -> None:
    body = {"name": "Shop", "scopes": ["pixel:read", "pixel:write"]}
    first = ask("create_key", maker, body=body).body["data"]
    path = {"id": first["id"]}

    changed = ask("update_key", maker, path=path, body={"scopes": ["pixel:read"], "website_ids": ["admx_2"]})
    assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
    assert (changed.body["data"]["scopes"], changed.body["data"]["website_ids"]) == (["pixel:read"], ["admx_2"])

    rotated = ask("rotate_key", maker, path=path, body={"grace_seconds": 3600})
    second = rotated.body["data"]
    assert (rotated.status, second["scopes"], second["website_ids"]) == (201, ["pixel:read"], ["admx_2"])
    assert rotated.headers["Location"].endswith(f"/api/v1/keys/{second['id']}")
    old = ask("get_key", maker, path=path).body["data"]
    assert (old["expires_at"], old["revoked_at"]) == (to_iso(now() + timedelta(hours=1)), None)

    revoked = ask("revoke_key", maker, path={"id": second["id"]})
    assert revoked.body["data"] == {"id": second["id"], "revoked_at": to_iso(now())}
    assert ask("revoke_key", maker, path={"id": second["id"]}).body["data"] == revoked.body["data"]
    live = ask("list_keys", maker, query={"live": "true"}).body["data"]
    assert second["id"] not in {key["id"] for key in live}
    assert code_of(ask("rotate_key", maker, path={"id": second["id"]}, body={})) == (409, "key_not_active")
    assert code_of(ask("update_key", maker, path={"id": second["id"]}, body={"name": "x"})) == (409, "key_not_active")

    trail = ask("list_audit", maker).body["data"]
    assert [entry["action"] for entry in trail].count("key.created") == 2  # the operator's, and the first
    by_key = [entry for entry in trail if entry["key_id"] != "operator"]
    assert {entry["action"] for entry in by_key} == {"key.created", "key.updated", "key.rotated", "key.revoked"}
    [update] = [entry for entry in by_key if entry["action"] == "key.updated"]
    assert update["record"] == first["id"]
    assert update["fields"] == {"scopes": {"to": ["pixel:read"]}, "website_ids": {"to": ["admx_2"]}}
    assert not any(key in str(trail) for key in (maker, first["key"], second["key"]))


def test_a_key_rotates_itself_and_keeps_its_expiry(tables: "DynamoDBServiceResource", frozen: Frozen) -> None:
    add_workspace(tables, "ws_1")
    end = now() + timedelta(hours=5)
    raw, record = add_key("ws_1", scopes=ALL, expires_at=end)
    frozen.move(3600)

    rotated = ask("rotate_key", raw, path={"id": record.key_id}, body={}).body["data"]

    assert (rotated["expires_at"], rotated["scopes"]) == (to_iso(end), list(ALL))
    assert ask("list_keys", rotated["key"]).status == 200


def test_lists_are_filtered_and_come_in_pages(maker: str, frozen: Frozen) -> None:
    for number in range(4):
        frozen.move(1)
        bound = {"website_ids": ["admx_2"]} if number % 2 else {}
        assert ask("create_key", maker, body={"name": f"key {number}", "scopes": [], **bound}).status == 201

    pages, cursor = [], None
    while True:
        reply = ask("list_keys", maker, query={"limit": "2", **({"cursor": cursor} if cursor else {})})
        pages.append([key["name"] for key in reply.body["data"]])
        cursor = reply.body["meta"].get("next_cursor")
        if cursor is None:
            break

    assert pages == [["Backend", "key 0"], ["key 1", "key 2"], ["key 3"]]
    by_website = ask("list_keys", maker, query={"website_id": "admx_2"}).body["data"]
    assert [key["name"] for key in by_website] == ["key 1", "key 3"]
    since = ask("list_keys", maker, query={"updated_since": to_iso(now())}).body["data"]
    assert [key["name"] for key in since] == ["key 3"]
    assert ask("list_keys", maker, query={"kind": "publishable"}).body["data"] == []
    newest = ask("list_audit", maker, query={"limit": "2"})
    assert [entry["fields"]["name"]["to"] for entry in newest.body["data"]] == ["key 3", "key 2"]
    older = ask("list_audit", maker, query={"limit": "9", "cursor": newest.body["meta"]["next_cursor"]})
    assert [entry["fields"]["name"]["to"] for entry in older.body["data"]] == ["key 1", "key 0", "Backend"]
    frozen.move(400 * 86_400 + 1)
    assert ask("list_audit", maker).body["data"] == []


def test_the_hour_of_its_last_use_is_shown(maker: str) -> None:
    ask("list_keys", maker)

    [key] = ask("list_keys", maker).body["data"]

    assert key["last_used_at"] == to_iso(now())[:14] + "00:00Z"
