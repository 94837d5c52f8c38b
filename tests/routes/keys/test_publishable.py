"""Publishable keys: made by keys that may write, bound to one website, shown again, and of no use on other routes."""

from typing import TYPE_CHECKING, Any

import pytest

from pixel.auth.authorizer import identify
from pixel.auth.keys import digest, find, is_publishable, is_well_formed
from pixel.foundation.errors import ApiError
from pixel.workspaces.api_keys import create_key
from pixel.workspaces.publishable_keys import NewPublishableKey
from pixel.workspaces.store import function_store
from tests.routes.keys.managed import ALL, add_key, add_workspace, ask, code_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep", "frozen")

_NEW: dict[str, Any] = {"kind": "publishable", "name": "pages", "website_id": "admx_1"}


@pytest.fixture
def maker(tables: "DynamoDBServiceResource") -> str:
    add_workspace(tables, "ws_1", "admx_1", "admx_2")
    return add_key("ws_1", scopes=ALL)[0]


def test_a_publishable_key_is_shown_again_and_its_proxy_secret_once(maker: str) -> None:
    asked = {**_NEW, "origins": ["https://Shop.example.com", "*.example.org"], "proxy_secret": True, "proxies": 2}
    reply = ask("create_key", maker, body=asked)

    assert reply.status == 201
    made = reply.body["data"]
    secret = made.pop("proxy_secret")
    assert is_publishable(made["key"])
    assert not is_well_formed(made["key"])
    assert made["key"].startswith("pk_live_")
    assert (made["kind"], made["scopes"], made["website_ids"]) == ("publishable", [], ["admx_1"])
    assert made["origins"] == ["shop.example.com", "*.example.org"]
    assert (made["payments"], made["has_proxy_secret"], made["proxies"]) == (False, True, 2)
    again = ask("get_key", maker, path={"id": made["id"]})
    assert again.body["data"] == made
    assert secret not in str(again.body)
    record = find(made["key"])
    assert record is not None
    assert record.proxy_hash == digest(secret)
    assert record.from_item(record.to_item()) == record


def test_lists_tell_both_kinds_apart(maker: str) -> None:
    made = ask("create_key", maker, body=_NEW).body["data"]

    listed = ask("list_keys", maker, query={"kind": "publishable"}).body["data"]
    secret = ask("list_keys", maker, query={"kind": "secret"}).body["data"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert made["id"] not in [one["id"] for one in secret]
    assert all("key" not in one for one in secret)


def test_the_authorizer_denies_it_everywhere(maker: str) -> None:
    key = ask("create_key", maker, body=_NEW).body["data"]["key"]

    with pytest.raises(ApiError) as denial:
        identify([f"Bearer {key}"])
    assert denial.value.error.code == "invalid_api_key"


@pytest.mark.parametrize(
    ("rights", "asked"),
    [
        ({"scopes": ("pixel:read", "pixel:keys")}, {}),
        ({"scopes": ALL, "website_ids": ("admx_2",)}, {}),
        ({"scopes": ALL}, {"test": True}),
    ],
)
def test_it_takes_the_right_to_write_to_the_website_to_make_one(
    maker: str, rights: dict[str, Any], asked: dict[str, Any]
) -> None:
    raw, _ = add_key("ws_1", **rights)

    assert code_of(ask("create_key", raw, body={**_NEW, **asked})) == (403, "not_grantable")


def test_a_website_must_be_live(maker: str) -> None:
    assert code_of(ask("create_key", maker, body={**_NEW, "website_id": "admx_9"})) == (404, "website_not_found")


def test_rotation_keeps_everything_but_the_key(maker: str) -> None:
    body = {**_NEW, "origins": ["a.example"], "payments": True, "proxy_secret": True}
    made = ask("create_key", maker, body=body).body["data"]
    del made["proxy_secret"]

    rotated = ask("rotate_key", maker, path={"id": made["id"]}, body={}).body["data"]

    assert rotated["key"] != made["key"]
    assert is_publishable(rotated["key"])
    same = ("kind", "name", "scopes", "website_ids", "origins", "payments", "has_proxy_secret", "proxies", "expires_at")
    assert {name: rotated[name] for name in same} == {name: made[name] for name in same}


def test_origins_may_be_changed_by_a_key_that_could_make_it(maker: str) -> None:
    made = ask("create_key", maker, body={**_NEW, "origins": ["a.example"]}).body["data"]
    reader, _ = add_key("ws_1", scopes=("pixel:read", "pixel:keys"))
    path = {"id": made["id"]}

    changed = ask("update_key", maker, path=path, body={"origins": ["https://B.example", "*.c.example"]})
    assert changed.status == 200
    assert changed.body["data"]["origins"] == ["b.example", "*.c.example"]
    record = find(made["key"])
    assert record is not None
    assert record.origins == ("b.example", "*.c.example")
    assert code_of(ask("update_key", reader, path=path, body={"origins": ["d.example"]})) == (403, "not_grantable")
    assert ask("update_key", reader, path=path, body={"name": "pages of the shop"}).status == 200
    assert ask("update_key", maker, path=path, body={"origins": None}).body["data"]["origins"] is None
    assert code_of(ask("update_key", maker, path=path, body={"origins": []})) == (400, "invalid_body")


def test_a_secret_key_has_no_origins(maker: str) -> None:
    _, other = add_key("ws_1", scopes=("pixel:read",))
    reply = ask("update_key", maker, path={"id": other.key_id}, body={"origins": ["a.example"]})

    assert code_of(reply) == (400, "invalid_body")
    [fault] = reply.body["error"]["details"]["fields"]
    assert (fault["path"], fault["code"]) == ("origins", "not_allowed")


def test_it_never_gets_scopes(maker: str) -> None:
    made = ask("create_key", maker, body=_NEW).body["data"]
    for change in ({"scopes": ["pixel:write"]}, {"scopes": ["pixel:read"]}, {"website_ids": None}):
        assert code_of(ask("update_key", maker, path={"id": made["id"]}, body=change)) == (403, "not_grantable")
    assert ask("update_key", maker, path={"id": made["id"]}, body={"name": "shop"}).status == 200


def test_what_is_wrong_with_one_is_told(maker: str) -> None:
    bodies: dict[str, tuple[dict[str, Any], list[str]]] = {
        "no website": ({"kind": "publishable", "name": "x"}, ["website_id"]),
        "scopes": ({**_NEW, "scopes": ["pixel:write"]}, ["scopes"]),
        "limits": ({**_NEW, "limits": {"collect": [1, 1]}}, ["limits"]),
        "an address": ({**_NEW, "origins": ["192.0.2.1"]}, ["origins"]),
        "a path": ({**_NEW, "origins": ["https://a.example/x"]}, ["origins"]),
        "none": ({**_NEW, "origins": []}, ["origins"]),
        "not a list": ({**_NEW, "origins": "a.example"}, ["origins"]),
        "no proxies": ({**_NEW, "proxies": 0}, ["proxies"]),
        "text": ({**_NEW, "proxies": "1", "payments": "yes"}, ["payments", "proxies"]),
    }
    for name, (body, paths) in bodies.items():
        reply = ask("create_key", maker, body=body)
        assert code_of(reply) == (400, "invalid_body"), name
        assert [fault["path"] for fault in reply.body["error"]["details"]["fields"]] == paths, name


def test_the_operator_gives_limits(maker: str) -> None:
    new = NewPublishableKey.model_validate({**_NEW, "limits": {"collect": [12_000, 60]}, "test": True})

    raw, record = create_key(function_store(), "ws_1", new)

    assert raw.startswith("pk_test_")
    assert record.is_test
    assert find(raw) == record
    assert record.limits == {"collect": (12_000, 60)}
