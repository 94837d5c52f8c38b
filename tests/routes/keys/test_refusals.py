"""What key routes refuse: what is malformed, what is not there, and above all what a key does not have itself."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pixel.auth.caller import Caller
from pixel.auth.keys import KeyRecord
from pixel.foundation.clock import now, to_iso
from pixel.workspaces.api_keys import revoke_key, update_key
from pixel.workspaces.key_models import KeyChanges
from pixel.workspaces.store import function_store
from tests.environment import KEYS_TABLE
from tests.routes.keys.managed import ALL, ALL_BUT_KEYS, add_key, add_workspace, ask, code_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep", "frozen")

_NEW = {"name": "x", "scopes": ["pixel:read"]}
_WRITES: list[tuple[str, object]] = [("update_key", {"name": "x"}), ("rotate_key", {}), ("revoke_key", None)]


class Given(NamedTuple):
    raw: str  # bound to admx_1, may read and make keys, ends in a day
    record: KeyRecord


@pytest.fixture
def bound(tables: "DynamoDBServiceResource") -> Given:
    add_workspace(tables, "ws_1", "admx_1", "admx_2")
    add_workspace(tables, "ws_2", "admx_3")
    end = now() + timedelta(days=1)
    return Given(*add_key("ws_1", scopes=("pixel:read", "pixel:keys"), website_ids=("admx_1",), expires_at=end))


def test_a_key_gives_nothing_that_it_does_not_have(bound: Given) -> None:
    later = to_iso(now() + timedelta(days=2))
    beyond: list[dict[str, Any]] = [
        {"scopes": ["pixel:read", "pixel:write"]},
        {"scopes": ["pixel:keys"]},
        {"website_ids": None},
        {"website_ids": ["admx_1", "admx_2"]},
        {"website_ids": ["admx_3"]},
        {"website_ids": ["admx_nowhere"]},
        {"expires_at": None},
        {"expires_at": later},
        {"expires_in_days": 2},
        {"test": True},
    ]
    for more in beyond:
        reply = ask("create_key", bound.raw, body={**_NEW, **more})
        assert code_of(reply) == (403, "not_grantable"), more
        assert reply.body["error"]["details"]["grantable"] == {
            "scopes": ["pixel:read"],
            "website_ids": ["admx_1"],
            "expires_at": to_iso(now() + timedelta(days=1)),
            "test": False,
        }
    assert [key["id"] for key in ask("list_keys", bound.raw).body["data"]] == [bound.record.key_id]


def test_test_keys_give_only_test_keys(tables: "DynamoDBServiceResource") -> None:
    add_workspace(tables, "ws_1")
    raw, _ = add_key("ws_1", scopes=ALL, test=True)

    assert code_of(ask("create_key", raw, body={**_NEW, "test": False})) == (403, "not_grantable")


def test_a_change_only_takes_away(bound: Given) -> None:
    path = {"id": ask("create_key", bound.raw, body=_NEW).body["data"]["id"]}
    more: list[dict[str, Any]] = [
        {"scopes": ["pixel:read", "pixel:write"]},
        {"website_ids": None},
        {"website_ids": ["admx_1", "admx_2"]},
        {"expires_at": None},
        {"expires_at": to_iso(now() + timedelta(days=2))},
    ]
    for changes in more:
        assert code_of(ask("update_key", bound.raw, path=path, body=changes)) == (403, "not_grantable"), changes


def test_keys_with_pixel_keys_are_only_their_own_masters(tables: "DynamoDBServiceResource") -> None:
    add_workspace(tables, "ws_1")
    raw, _ = add_key("ws_1", scopes=ALL)
    _, other = add_key("ws_1", scopes=("pixel:keys",))
    stronger, weaker = add_key("ws_1", scopes=ALL_BUT_KEYS)[1], add_key("ws_1", scopes=("pixel:keys", "pixel:read"))[0]

    for function, body in _WRITES:
        reply = ask(function, raw, path={"id": other.key_id}, body=body)
        assert code_of(reply) == (403, "not_grantable"), function
    # A weaker key may revoke a stronger one, but a copy of it would be more than it has.
    assert code_of(ask("rotate_key", weaker, path={"id": stronger.key_id}, body={})) == (403, "not_grantable")
    assert ask("revoke_key", weaker, path={"id": stronger.key_id}).status == 200


def test_what_a_key_may_not_see_is_answered_as_what_does_not_exist(bound: Given) -> None:
    free, foreign = add_key("ws_1", scopes=())[1], add_key("ws_2", scopes=())[1]
    elsewhere = add_key("ws_1", scopes=(), website_ids=("admx_1", "admx_2"))[1]
    requests = [("get_key", None), *_WRITES]

    for function, body in requests:
        replies = [
            ask(function, bound.raw, path={"id": key_id}, body=body)
            for key_id in ("key_none", free.key_id, foreign.key_id, elsewhere.key_id, bound.raw, "%2e")
        ]
        assert {code_of(reply) for reply in replies} == {(404, "record_not_found")}, function
        assert len({str(reply.body) for reply in replies}) == 1
    foreign_website = ask("create_key", add_key("ws_1", scopes=ALL)[0], body={**_NEW, "website_ids": ["admx_3"]})
    no_website = ask("create_key", add_key("ws_1", scopes=ALL)[0], body={**_NEW, "website_ids": ["admx_4"]})
    assert code_of(foreign_website) == (404, "website_not_found")
    assert foreign_website.body == no_website.body


def test_a_cached_policy_gives_nothing_that_the_key_has_lost(tables: "DynamoDBServiceResource") -> None:
    add_workspace(tables, "ws_1", "admx_1", "admx_2")
    raw, record = add_key("ws_1", scopes=ALL, website_ids=("admx_1", "admx_2"))
    cached = Caller.of(record)
    update_key(
        function_store(), record.key_id, KeyChanges(website_ids=("admx_1",), scopes=("pixel:read", "pixel:keys"))
    )

    for more in ({"website_ids": ["admx_2"]}, {"scopes": ["pixel:write"]}):
        assert code_of(ask("create_key", raw, body={**_NEW, **more}, caller=cached)) == (403, "not_grantable")
    update_key(function_store(), record.key_id, KeyChanges(scopes=("pixel:read",)))
    assert code_of(ask("create_key", raw, body=_NEW, caller=cached)) == (403, "insufficient_scope")
    revoke_key(function_store(), record.key_id)
    reply = ask("create_key", raw, body=_NEW, caller=cached)
    assert code_of(reply) == (401, "api_key_revoked")


def test_malformed_requests_are_told_what_is_wrong(tables: "DynamoDBServiceResource") -> None:
    add_workspace(tables, "ws_1")
    raw, record = add_key("ws_1", scopes=ALL)
    bodies: dict[str, tuple[dict[str, Any], list[str]]] = {
        "missing": ({}, ["name", "scopes"]),
        "unknown": ({**_NEW, "key": "pixel_live_x", "rate_limit": 1}, ["key", "rate_limit"]),
        "publishable": ({**_NEW, "kind": "publishable"}, ["website_id", "scopes"]),
        "no website": ({**_NEW, "website_ids": []}, ["website_ids"]),
        "a website twice": ({**_NEW, "website_ids": ["admx_1", "admx_1"]}, ["website_ids"]),
        "both ends": ({**_NEW, "expires_at": "2999-01-01T00:00:00Z", "expires_in_days": 1}, ["expires_in_days"]),
        "no such scope": ({"name": "", "scopes": ["pixel:all"]}, ["name", "scopes"]),
    }
    for name, (body, paths) in bodies.items():
        reply = ask("create_key", raw, body=body)
        assert code_of(reply) == (400, "invalid_body"), name
        assert [fault["path"] for fault in reply.body["error"]["details"]["fields"]] == paths, name
    path = {"id": record.key_id}
    assert code_of(ask("update_key", raw, path=path, body={})) == (400, "invalid_body")
    for grace in (-1, 604_801, 1.5, "1", True):
        assert code_of(ask("rotate_key", raw, path=path, body={"grace_seconds": grace})) == (400, "invalid_body")
    assert code_of(ask("create_key", raw, body=_NEW, headers={"If-Match": '"1"'})) == (400, "invalid_body")
    for query in ({"limit": "0"}, {"cursor": "x"}, {"kind": "x"}, {"live": "false"}, {"key": "x"}):
        assert code_of(ask("list_keys", raw, query=query)) == (400, "invalid_query"), query
    for query in ({"limit": "1001"}, {"cursor": "x"}, {"live": "true"}):
        assert code_of(ask("list_audit", raw, query=query)) == (400, "invalid_query"), query


def test_revisions_and_idempotency_keys_hold(tables: "DynamoDBServiceResource") -> None:
    add_workspace(tables, "ws_1")
    raw, _ = add_key("ws_1", scopes=ALL)
    first = ask("create_key", raw, body=_NEW, headers={"Idempotency-Key": "k-1"})
    path = {"id": first.body["data"]["id"]}

    again = ask("create_key", raw, body=_NEW, headers={"Idempotency-Key": "k-1"})
    other = ask("create_key", raw, body={**_NEW, "name": "y"}, headers={"Idempotency-Key": "k-1"})
    assert code_of(again) == (409, "secret_already_shown")
    assert again.body["error"]["details"] == path
    assert code_of(other) == (409, "idempotency_conflict")
    assert ask("update_key", raw, path=path, body={"name": "y"}, headers={"If-Match": '"1"'}).status == 200
    for function, body in (("update_key", {"name": "z"}), ("revoke_key", None)):
        reply = ask(function, raw, path=path, body=body, headers={"If-Match": '"1"'})
        assert code_of(reply) == (412, "precondition_failed")
        assert reply.body["error"]["details"] == {"revision": 2}


def test_a_workspace_has_at_most_100_live_keys(tables: "DynamoDBServiceResource") -> None:
    add_workspace(tables, "ws_1")
    raw, _ = add_key("ws_1", scopes=ALL)
    _, first = add_key("ws_1")
    others = [first._replace(key_hash=f"{number:064}", key_id=f"key_{number}").to_item() for number in range(98)]
    function_store().database.put_all(KEYS_TABLE, others)

    assert code_of(ask("create_key", raw, body=_NEW)) == (409, "limit_reached")
    overlapping = ask("rotate_key", raw, path={"id": first.key_id}, body={"grace_seconds": 60})
    assert code_of(overlapping) == (409, "limit_reached")
    assert ask("rotate_key", raw, path={"id": "key_0"}, body={}).status == 201  # one ends, one begins
    revoke_key(function_store(), first.key_id)
    assert ask("create_key", raw, body=_NEW).status == 201
