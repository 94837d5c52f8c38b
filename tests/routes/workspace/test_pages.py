"""Pages of a list lose and repeat no record, also while records are created; a cursor reads nothing else."""

import json
from base64 import urlsafe_b64encode

import pytest

from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.website_kind import WEBSITE
from tests.conftest import Frozen
from tests.routes.gateway import Reply
from tests.routes.workspace.lists import LISTS
from tests.routes.workspace.lists import store as store_rows
from tests.routes.workspace.managed import Client, client_of, data_of, error_of, new_website, rows_of

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


@pytest.fixture
def client(tables: object) -> Client:
    return client_of()


def _ids(reply: Reply) -> list[str]:
    return [row["id"] for row in rows_of(reply)]


def _next(reply: Reply) -> str | None:
    cursor: str | None = reply.body["meta"].get("next_cursor")
    return cursor


def _cursor(content: object) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_pages_equal_one_list_in_order_of_ids_and_have_whole_records(client: Client) -> None:
    for route in LISTS:
        store_rows(route.row(f"x_{number:02}", website_id=f"admx_{number:02}") for number in range(7))
        store_rows([route.row("x_99", website_id="admx_99", deleted_at="2026-02-01T00:00:00Z")])
        store_rows([route.row("x_98", website_id="admx_98", workspace_id="ws_2")])
        for limit in (1, 3, 7, 1000):
            cursor, pages = None, 0
            found: list[str] = []
            while pages == 0 or cursor:
                reply = client.list(route.kind, limit=str(limit), **({"cursor": cursor} if cursor else {}))
                found += _ids(reply)
                cursor, pages = _next(reply), pages + 1
            assert [record_id[-2:] for record_id in found] == [f"{number:02}" for number in range(7)]
            assert pages == max(1, -(-7 // limit))
        [row] = rows_of(client.list(route.kind, limit="1"))
        assert set(row) | {"recipient_states"} == set(route.kind.record_attributes) - {"deleted_at"} | {
            "recipient_states"
        }
        assert "next_cursor" not in client.list(route.kind).body["meta"]


def test_records_created_between_pages_neither_hide_nor_repeat_one_that_was_there(
    client: Client, frozen: Frozen
) -> None:
    website_id = new_website(client)

    def create(number: int) -> str:
        frozen.move(0.01)
        made = client.create(GOAL, {"website_id": website_id, "name": f"g{number}", "selector": "#g"})
        return str(data_of(made, 201)["id"])

    there = [create(number) for number in range(10)]
    found: list[str] = []
    cursor, number, is_first = None, 10, True
    while is_first or cursor:
        is_first = False
        reply = client.list(GOAL, limit="3", **({"cursor": cursor} if cursor else {}))
        found += _ids(reply)
        cursor = _next(reply)
        if number < 13:
            number += 1
            create(number)

    assert len(found) == len(set(found))
    assert [one for one in found if one in there] == there


def test_filters_hold_on_every_page(client: Client, frozen: Frozen) -> None:
    first, second = new_website(client, "a.example.com"), new_website(client, "b.example.com")
    made = {}
    for number in range(6):
        frozen.move(1)
        body = {"website_id": (first, second)[number % 2], "name": f"g{number}", "selector": "#g"}
        made[number] = data_of(client.create(GOAL, body), 201)["id"]
    frozen.move(3600)
    data_of(client.update(GOAL, made[0], {"selector": "#later"}))
    store_rows([LISTS[1].row("x_old", website_id=first)])  # stored before there was updated_at

    page = client.list(GOAL, website_id=first, limit="2")
    rest = client.list(GOAL, website_id=first, limit="2", cursor=page.body["meta"]["next_cursor"])

    assert _ids(page) + _ids(rest) == [made[0], made[2], made[4], "x_old"]
    assert _ids(client.list(GOAL, updated_since="2026-03-04T06:00:00Z")) == [made[0]]
    assert _ids(client.list(GOAL, updated_since="2026-03-04T08:00:00+02:00", limit="5")) == [made[0]]
    assert _ids(client.list(GOAL, updated_since="2025-12-31T00:00:00Z", website_id=first))[0] == "x_old"
    assert _ids(client.list(WEBSITE, domain="B.example.com.")) == [second]
    assert _ids(client.list(WEBSITE, domain="none.example.com", limit="1")) == []


def test_what_is_no_cursor_of_this_list_is_refused(client: Client) -> None:
    website_id = new_website(client)
    for number in range(2):
        body = {"website_id": website_id, "name": f"g{number}", "selector": "#g"}
        data_of(client.create(GOAL, body), 201)
    cursor = client.list(GOAL, limit="1").body["meta"]["next_cursor"]
    refused = [
        *({"cursor": one} for one in ("x", "!", "\u00e9", "W10", _cursor([]), _cursor(["", {}]), _cursor([1, {}]))),
        {"cursor": _cursor(["x" * 129, {}])},
        {"cursor": _cursor(["goal_1", {"workspace_id": "ws_2"}])},
        {"cursor": cursor, "website_id": website_id},
        {"cursor": ""},
        {"limit": "0"},
        {"limit": "1001"},
        {"updated_since": "yesterday"},
        {"updated_since": "2026-01-01T00:00:00"},
        {"updated_since": "0001-01-01T00:00:00+23:00"},
    ]
    for query in refused:
        error = error_of(client.list(GOAL, **query), 400)
        assert [fault["code"] for fault in error["details"]["fields"]] == ["invalid"], query
    assert error_of(client.list(WEBSITE, domain="b\u00fccher.example"), 400)["code"] == "invalid_query"


def test_a_forged_cursor_reads_nothing_of_another_workspace_or_kind(client: Client) -> None:
    store_rows(route.row("x_1", website_id="admx_1", workspace_id="ws_2") for route in LISTS)
    mine = new_website(client)
    for after in ("0", "WEBSITE#admx_0", "../ws_2", "\x00", "admx_"):
        assert _ids(client.list(WEBSITE, cursor=_cursor([after, {}]))) == ([mine] if after < mine else [])
        assert _ids(client.list(ALERT, cursor=_cursor([after, {}]))) == []
