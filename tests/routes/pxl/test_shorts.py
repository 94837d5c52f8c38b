"""Short links by the face Pxl: created, listed, read, changed and deleted, and never those of another workspace."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest

from pixel.foundation.clock import now
from pixel.links.models import NewLink
from pixel.workspaces.models import checked
from tests.links_given import link_store
from tests.local.tinybird.running import StandIn
from tests.routes.gateway import Reply
from tests.routes.pxl.shorts_given import (
    DESTINATION,
    add_clicks,
    click,
    create,
    create_by_form,
    delete,
    get,
    headers_of,
    list_,
    pxl_key,
    update,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("tables", "output", "no_sleep")

_ROUTE = "spring-sale"
_ID = f"go.example.com/{_ROUTE}"


def _code(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["error"]["code"]


@pytest.mark.usefixtures("frozen")
def test_a_short_link_is_a_link_of_the_core() -> None:
    key = pxl_key()
    everything = {
        "destination": "HTTPS://www.Example.com/pricing?a=1",
        "route": _ROUTE,
        "domain": "go.example.com",
        "consent": False,
        "title": "Pricing",
        "description": "What it costs",
        "image": "https://www.example.com/a.png",
        "favicon": "https://www.example.com/a.ico",
    }

    reply = create(key, everything)

    assert (reply.status, reply.body) == (
        201,
        {
            "data": {
                "id": _ID,
                "route": _ROUTE,
                "destination": "https://www.example.com/pricing?a=1",
                "consent": False,
                "title": "Pricing",
                "description": "What it costs",
                "image": "https://www.example.com/a.png",
                "favicon": "https://www.example.com/a.ico",
                "clicks": 0,
                "createdAt": "2026-03-04 05:06:10.000000",
                "updatedAt": "2026-03-04 05:06:10.000000",
            }
        },
    )
    [link] = link_store().list_live(key.workspace_id)
    whole = link_store().find(key.workspace_id, link["id"])
    assert (whole["code"], whole["title"], whole["preview"]["image"]) == (_ROUTE, "Pricing", everything["image"])


def test_a_form_says_the_same_as_json() -> None:
    key = pxl_key()

    by_form = create_by_form(key, destination=DESTINATION, title="Ä & B", consent="false", route="", image="")
    by_json = create(key, {"destination": DESTINATION, "title": "Ä & B", "consent": False})

    assert (by_form.status, by_json.status) == (201, 201)
    same = [{name: one.body["data"][name] for name in ("destination", "title", "image")} for one in (by_form, by_json)]
    assert same[0] == same[1] == {"destination": DESTINATION, "title": "Ä & B", "image": None}
    assert by_form.body["data"]["id"] != by_json.body["data"]["id"]  # the same destination twice is two short links


def test_an_id_may_be_written_in_every_way_that_clients_do() -> None:
    key = pxl_key()
    create(key, {"destination": DESTINATION, "route": "a/Spring"})

    for written in (
        *(
            "go.example.com/a/Spring",
            "go.example.com%2Fa%2FSpring",
            "a/spring",
            "a%2Fspring",
            "GO.example.com/A/SPRING",
        ),
        *(
            "https://go.example.com/a/Spring",
            "https%3A%2F%2Fgo.example.com%2Fa%2FSpring",
            "https:/go.example.com/a/spring",
        ),
    ):
        assert get(key, written).body["data"]["id"] == "go.example.com/a/Spring", written
    for written in (
        "spring",
        "go.example.com",
        "other.example.com/a/spring",
        "a%252Fspring",
        "%00",
        "link_1",
        "a/b/c/d",
    ):
        assert _code(get(key, written)) == (404, "short_not_found"), written


def test_only_what_is_sent_changes_and_null_removes() -> None:
    key = pxl_key()
    create(key, {"destination": DESTINATION, "route": _ROUTE, "title": "Old", "image": "https://a.example.com/i.png"})

    replies = [
        update(key, _ID, {"destination": "https://b.example.com/"}),
        update(key, _ID, {"description": "New", "route": _ROUTE, "domain": "go.example.com"}),
        update(key, _ID, "image=&title=Newer", Content_Type="application/x-www-form-urlencoded"),
        update(key, _ID, {"title": None, "description": None}),
    ]

    names = ("destination", "title", "description", "image")
    assert [tuple(reply.body["data"][name] for name in names) for reply in replies] == [
        ("https://b.example.com/", "Old", None, "https://a.example.com/i.png"),
        ("https://b.example.com/", "Old", "New", "https://a.example.com/i.png"),
        ("https://b.example.com/", "Newer", "New", None),
        ("https://b.example.com/", None, None, None),
    ]
    [link] = link_store().list_live(key.workspace_id)
    assert "preview" not in link_store().find(key.workspace_id, link["id"])


def test_a_list_has_pages_and_is_searched() -> None:
    key = pxl_key()
    for number in range(5):
        create(
            key, {"destination": f"https://{number}.example.com/", "route": f"route-{number}", "title": f"T{number}"}
        )

    first, last = list_(key, take="2"), list_(key, take="2", skip="4")

    assert [one["route"] for one in first.body["data"]] == ["route-4", "route-3"]
    assert first.body["meta"] == {"take": 2, "skip": 0, "total": 5, "hasMore": True}
    assert [one["route"] for one in last.body["data"]] == ["route-0"]
    assert last.body["meta"] == {"take": 2, "skip": 4, "total": 5, "hasMore": False}
    for search, found in (("ROUTE-3", ["route-3"]), ("1.example", ["route-1"]), ("t2", ["route-2"]), ("none", [])):
        assert [one["route"] for one in list_(key, search=search).body["data"]] == found
    assert len(list_(key, domain="go.example.com").body["data"]) == 5
    assert list_(pxl_key()).body == {"data": [], "meta": {"take": 50, "skip": 0, "total": 0, "hasMore": False}}


def test_a_deleted_short_link_is_gone_and_its_route_is_held() -> None:
    key = pxl_key()
    create(key, {"destination": DESTINATION, "route": _ROUTE})

    deleted = delete(key, _ROUTE)

    assert (deleted.status, deleted.body) == (200, {"data": {"id": _ID, "deleted": True}})
    for again in (get(key, _ID), delete(key, _ID), update(key, _ID, {"title": "x"})):
        assert _code(again) == (404, "short_not_found")
    assert list_(key).body["data"] == []
    assert _code(create(pxl_key(), {"destination": DESTINATION, "route": _ROUTE})) == (409, "route_taken")
    assert create(key, {"destination": DESTINATION, "route": _ROUTE}).status == 201


def test_a_short_link_of_another_workspace_is_as_one_that_never_was() -> None:
    key, other = pxl_key(), pxl_key()
    create(key, {"destination": DESTINATION, "route": _ROUTE})

    def answers(short_id: str) -> list[object]:
        replies = [get(other, short_id), delete(other, short_id), update(other, short_id, {"title": "x"})]
        return [(reply.status, reply.body["error"]) for reply in replies]

    assert answers(_ID) == answers("go.example.com/never-was")
    assert list_(other).body["data"] == []
    assert get(key, _ID).body["data"]["title"] is None
    assert _code(create(other, {"destination": DESTINATION, "route": _ROUTE.upper()})) == (409, "route_taken")


def test_an_idempotency_key_creates_once() -> None:
    key = pxl_key()
    body = {"destination": DESTINATION, "route": _ROUTE}

    first, again = (create(key, body, Idempotency_Key="k-1") for _ in range(2))
    other = create(key, {**body, "title": "x"}, Idempotency_Key="k-1")

    assert (first.status, again.status) == (201, 201)
    assert again.body["data"] | {"clicks": 0} == first.body["data"]
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert _code(other) == (409, "idempotency_conflict")
    assert create(pxl_key(), {"destination": DESTINATION}, Idempotency_Key="k-1").status == 201
    assert len(link_store().list_live(key.workspace_id)) == 1


def test_requests_with_one_idempotency_key_at_once_create_one() -> None:
    key, barrier, replies = pxl_key(), Barrier(4), list[Reply]()

    def send() -> None:
        barrier.wait()
        replies.append(create(key, {"destination": DESTINATION}, Idempotency_Key="k-1"))

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [reply.status for reply in replies] == [201] * 4
    assert len({reply.body["data"]["id"] for reply in replies}) == 1
    assert len(link_store().list_live(key.workspace_id)) == 1


def test_clicks_are_those_of_the_warehouse_and_the_last_one_updates(warehouse: StandIn) -> None:
    key = pxl_key()
    create(key, {"destination": DESTINATION, "route": _ROUTE})
    create(key, {"destination": DESTINATION, "route": "never-clicked"})
    mine = {"link_id": next(one["id"] for one in link_store().list_live(key.workspace_id) if one["code"] == _ROUTE)}
    last, later = (f"{now() + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}.500" for minutes in (5, 6))
    add_clicks(
        warehouse,
        click(key.workspace_id, f"{last.replace(' ', 'T')}Z", **mine),
        click(key.workspace_id, "2026-03-04T00:00:00.000Z", **mine),
        click(key.workspace_id, f"{later.replace(' ', 'T')}Z", **mine, is_bot=1, bot_reason="head"),
        click("ws_other", f"{later.replace(' ', 'T')}Z", **mine),
    )

    one, listed = get(key, _ID).body["data"], list_(key).body["data"]

    assert (one["clicks"], one["updatedAt"]) == (2, f"{last}000")
    assert [(short["route"], short["clicks"]) for short in listed] == [("never-clicked", 0), (_ROUTE, 2)]
    assert listed[0]["updatedAt"] == listed[0]["createdAt"]


def test_without_the_warehouse_short_links_work_and_clicks_are_unknown() -> None:
    """Nothing listens at the address that the environment names."""
    key = pxl_key()

    replies = [
        create(key, {"destination": DESTINATION, "route": _ROUTE}),
        get(key, _ID),
        update(key, _ID, {"title": "x"}),
        list_(key),
        delete(key, _ID),
    ]

    assert [reply.status for reply in replies] == [201, 200, 200, 200, 200]
    assert [replies[place].body["data"]["clicks"] for place in (0, 1, 2)] == [0, None, None]
    assert replies[3].body["data"][0]["clicks"] is None


def test_links_of_other_ways_are_short_links_too() -> None:
    key = pxl_key()
    given = {"redirect_mode": "never", "title": "Counted", "short_code": "counted"}
    link_store().create(key.workspace_id, checked(NewLink, given))

    short = get(key, "counted").body["data"]

    assert (short["destination"], short["title"], short["description"]) == (None, "Counted", None)


def test_the_store_s_outage_is_no_answer_of_ours(store_down: "Callable[[], None]") -> None:
    key = pxl_key()
    store_down()

    reply = get(key, _ID)

    assert _code(reply) == (500, "internal_error")
    assert {name for name in headers_of(reply) if name.startswith("x-ratelimit-")} == {
        f"x-ratelimit-{name}" for name in ("limit", "remaining", "reset", "latency")
    }
