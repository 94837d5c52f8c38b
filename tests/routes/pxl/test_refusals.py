"""What Pxl refuses: exactly with these statuses, codes and sentences, and nothing is kept."""

from typing import Any

import pytest

from functions.pxl.create_short.handler import handler as create_short
from pixel.auth.caller import Caller
from pixel.faces.pxl import ShortScope
from pixel.foundation.clock import now
from pixel.links.models import BlockedHost
from tests.environment import ERRORS_PAGE_URL
from tests.links_given import link_store
from tests.routes.gateway import Reply, event_of, send
from tests.routes.pxl.shorts_given import DESTINATION, create, delete, get, insight, list_, pxl_key, update
from tests.routes.pxl.wrong_requests import CHANGES, INSIGHT, LISTS, NEW, Wrong

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output", "no_sleep")


def _faults(reply: Reply, code: str) -> list[tuple[str, str, str]]:
    assert reply.status == 400, reply.body
    assert reply.body.keys() == {"error", "meta"}
    error: dict[str, Any] = reply.body["error"]
    assert (error["code"], error["docs_url"]) == (code, f"{ERRORS_PAGE_URL}#{code}")
    return [(fault["path"], fault["code"], fault["message"]) for fault in error["details"]["fields"]]


def test_a_table_of_wrong_requests() -> None:
    key = pxl_key()
    create(key, {"destination": DESTINATION, "route": "spring-sale"})

    def post(wrong: Wrong) -> Reply:
        return create(key, wrong.given, Content_Type=wrong.media_type)

    def put(wrong: Wrong) -> Reply:
        return update(key, "spring-sale", wrong.given, Content_Type=wrong.media_type)

    for ask, code, cases in (
        (post, "invalid_body", NEW),
        (put, "invalid_body", CHANGES),
        (lambda wrong: list_(key, **wrong.given), "invalid_query", LISTS),
        (lambda wrong: insight(key, **wrong.given), "invalid_query", INSIGHT),
    ):
        for wrong in cases:
            found = _faults(ask(wrong), code)
            assert (wrong.given, sorted(found)) == (wrong.given, sorted(wrong.faults))
    assert len(link_store().list_live(key.workspace_id)) == 1
    assert get(key, "spring-sale").body["data"]["destination"] == DESTINATION


def test_a_host_that_the_operator_blocks_is_refused_in_the_words_of_the_face() -> None:
    link_store().set_blocked(BlockedHost(host="bad.example"), blocked=True)

    reply = create(pxl_key(), {"destination": "https://www.bad.example/"})

    sentence = "`destination` must not lead to this host; the operator has blocked it."
    assert _faults(reply, "invalid_body") == [("destination", "blocked", sentence)]


def test_sizes_types_and_keys_that_cannot_be_taken() -> None:
    key = pxl_key()

    large = create(key, {"destination": DESTINATION, "title": "x" * 33_000})
    text = create(key, "destination", Content_Type="text/plain")
    wrong_key = create(key, {"destination": DESTINATION}, Idempotency_Key="a b")
    query = send(create_short, event_of(key, "create_short", {"debug": ["1"]}))

    assert (large.status, large.body["error"]["message"], large.body["error"]["details"]) == (
        413,
        "The body is too large; send shorter fields.",
        {"limit_bytes": 32_768},
    )
    sentence = "The body is declared as text/plain; send application/json or application/x-www-form-urlencoded"
    assert (text.status, text.body["error"]["message"]) == (415, f"{sentence}, optionally compressed with gzip.")
    assert [fault[0] for fault in _faults(wrong_key, "invalid_body")] == ["Idempotency-Key"]
    assert [fault[0] for fault in _faults(query, "invalid_query")] == ["debug"]
    assert link_store().list_live(key.workspace_id) == []


def test_each_route_needs_its_scope() -> None:
    def refused(key: Caller) -> set[str]:
        replies = {
            "create": create(key, {"destination": DESTINATION}),
            "list": list_(key),
            "get": get(key, "spring-sale"),
            "update": update(key, "spring-sale", {"title": "x"}),
            "delete": delete(key, "spring-sale"),
            "insight": insight(key),
        }
        denied = {name: reply.body["error"] for name, reply in replies.items() if reply.status == 403}
        assert {error["code"] for error in denied.values()} <= {"insufficient_scope"}
        return {*replies} - {*denied}

    reading, writing, counting = {"list", "get"}, {"create", "update", "delete"}, {"insight"}
    assert refused(pxl_key(scopes=(ShortScope.READ,))) == reading
    assert refused(pxl_key(scopes=(ShortScope.WRITE,))) == writing
    assert refused(pxl_key(scopes=(ShortScope.INSIGHT,))) == counting
    assert refused(pxl_key(scopes=("pixel:read", "pixel:write", "pixel:manage"))) == set()


def test_a_key_that_expired_since_it_was_admitted() -> None:
    reply = list_(pxl_key(expires_at=now()))

    assert (reply.status, reply.body["error"]["code"]) == (401, "api_key_expired")
