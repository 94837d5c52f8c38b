"""The log of deliveries shows what was sent and answered, and a delivery can be sent again."""

import json
from typing import Any

import pytest

from pixel.auth.caller import Caller, Scope
from pixel.foundation import settings as settings_module
from pixel.foundation.clock import now
from pixel.hooks.calling import Answer
from pixel.workspaces.audit import PURGE_AT
from pixel.workspaces.deliveries import new_delivery
from pixel.workspaces.listeners import find_slack, subscribers
from pixel.workspaces.store import Store
from tests.conftest import Frozen
from tests.routes.workspace.managed import Client, client_of, data_of, error_of, rows_of
from tests.unit.hooks.receivers import (
    DATA,
    WORKSPACE,
    Receiver,
    deliver,
    kept,
    new_destination,
    new_workspace,
    queue_delivery,
    stored_deliveries,
)

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    found = Receiver()
    monkeypatch.setattr("pixel.hooks.sending.call", found.call)
    monkeypatch.setattr("pixel.hooks.addresses._looked_up", lambda _place: ["93.184.215.14"])
    return found


@pytest.fixture
def store(receiver: Receiver) -> Store:
    return new_workspace()


@pytest.fixture
def client(store: Store) -> Client:
    return client_of()


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Turn the queue on, and return what is put into it."""
    found: list[dict[str, Any]] = []
    monkeypatch.setenv("PIXEL_HOOK_QUEUE_URL", "https://sqs/hooks")
    settings_module.settings.cache_clear()
    monkeypatch.setattr(
        "pixel.hooks.dispatching.queues.send", lambda _url, bodies, **_options: found.extend(map(json.loads, bodies))
    )
    return found


def test_the_log_shows_each_attempt_newest_delivery_first(
    client: Client, store: Store, receiver: Receiver, frozen: Frozen
) -> None:
    destination, _ = new_destination(store)
    receiver.will(Answer(500, None, "no\ufffd", 7), Answer(None, "timeout", "", 15_000))
    first = queue_delivery(store, destination, "msg_1")
    frozen.move(1)
    second = queue_delivery(store, destination, "msg_2", "key.created")
    deliver(first)
    deliver(second)

    rows = rows_of(client.send("list_deliveries"))

    assert [row["id"] for row in rows] == [second["id"], first["id"]]
    assert rows[0].keys() == {
        *("id", "message_id", "type", "destination_id", "state", "attempts", "next_at", "created_at")
    }
    assert rows[0]["attempts"] == [
        {"at": "2026-03-04T05:06:11Z", "status": None, "ms": 15_000, "error": "timeout", "answer": ""}
    ]
    assert (rows[1]["state"], rows[1]["type"], rows[1]["message_id"]) == ("pending", "alert.fired", "msg_1")
    assert rows[1]["next_at"] > "2026-03-04T05:06:11Z"
    assert rows[1]["attempts"][0]["answer"] == "no\ufffd"


def test_the_log_has_filters_and_pages(client: Client, store: Store) -> None:
    one, _ = new_destination(store, name="One")
    two, _ = new_destination(store, name="Two")
    made = [queue_delivery(store, where, f"msg_{number}") for number, where in enumerate([one, one, two, one, two])]
    deliver(made[0], made[2])

    def ids(**query: str) -> set[str]:
        return {row["id"] for row in rows_of(client.send("list_deliveries", query=query))}

    assert ids(state="delivered") == {made[0]["id"], made[2]["id"]}
    assert ids(destination_id=two["id"]) == {made[2]["id"], made[4]["id"]}
    assert ids(destination_id=two["id"], state="pending") == {made[4]["id"]}
    assert ids(message_id="msg_3") == {made[3]["id"]}
    assert ids(message_id="msg_none") == set()

    found, cursor = [], None
    while True:
        query = {"limit": "2", "destination_id": one["id"], **({} if cursor is None else {"cursor": cursor})}
        page = client.send("list_deliveries", query=query)
        found += [row["id"] for row in rows_of(page)]
        cursor = page.body["meta"].get("next_cursor")
        if cursor is None:
            break
    assert sorted(found, reverse=True) == found
    assert set(found) == {made[number]["id"] for number in (0, 1, 3)}
    other = client.send("list_deliveries", query={"limit": "1", "destination_id": one["id"]}).body["meta"][
        "next_cursor"
    ]
    for query in ({"cursor": other}, {"state": "lost"}, {"kind": "a"}, {"limit": "0"}):
        assert error_of(client.send("list_deliveries", query=query), 400)["code"] == "invalid_query"


@pytest.mark.parametrize("query", [{}, {"limit": "1000"}])
def test_a_page_of_the_log_has_a_hundred_and_fits_into_what_lambda_returns(
    client: Client, store: Store, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    destination, _ = new_destination(store)
    answered = {"at": "2026-03-04T05:06:11Z", "status": 500, "ms": 15_000, "error": None, "answer": "\ufffd" * 1_000}
    made = [new_delivery(WORKSPACE, destination, f"msg_{number}", "alert.fired", DATA, now()) for number in range(190)]
    made.sort(key=lambda delivery: str(delivery["id"]), reverse=True)
    for large in made[:60]:
        large["attempts"] = [answered] * 20
    store.database.put_all(store.workspace_table, made)
    monkeypatch.setattr("pixel.hooks.delivery_log._READ_AT_ONCE", 30)

    pages: list[list[str]] = []
    cursor = None
    while not pages or cursor is not None:
        page = client.send("list_deliveries", query=query | ({} if cursor is None else {"cursor": cursor}))
        pages.append([row["id"] for row in rows_of(page)])
        assert len(json.dumps(json.dumps(page.body))) < 5_100_000
        cursor = page.body["meta"].get("next_cursor")

    assert [name for page in pages for name in page] == [one["id"] for one in made]
    assert 30 < len(pages[0]) < 60
    others = len(made) - len(pages[0])
    assert [len(page) for page in pages[1:]] == ([others] if query else [100, others - 100])


def test_what_has_expired_is_not_shown(client: Client, store: Store, frozen: Frozen) -> None:
    destination, _ = new_destination(store)
    queue_delivery(store, destination)
    frozen.move(30 * 86_400)
    assert rows_of(client.send("list_deliveries")) == []


def test_what_has_expired_does_not_end_a_page(client: Client, store: Store, frozen: Frozen) -> None:
    destination, _ = new_destination(store)
    first, second = (queue_delivery(store, destination, message_id) for message_id in ("msg_1", "msg_2"))
    frozen.move(60)
    expired = queue_delivery(store, destination, "msg_3")
    key = {"workspace_id": WORKSPACE, "item": expired["item"]}
    store.database.set_attributes(store.workspace_table, key, {PURGE_AT: int(frozen.seconds)})

    page = client.send("list_deliveries", query={"limit": "1"})
    rest = client.send("list_deliveries", query={"limit": "1", "cursor": page.body["meta"]["next_cursor"]})

    assert {row["id"] for reply in (page, rest) for row in rows_of(reply)} == {first["id"], second["id"]}
    assert "next_cursor" not in rest.body["meta"]


def test_a_delivery_is_sent_again_under_its_id(
    client: Client, store: Store, receiver: Receiver, frozen: Frozen, queued: list[dict[str, Any]]
) -> None:
    destination, _ = new_destination(store)
    delivery = queue_delivery(store, destination)
    deliver(delivery)
    frozen.move(3_600)

    reply = client.send("redeliver", delivery["id"])

    assert data_of(reply, 202) == {"delivery_id": delivery["id"]}
    item = kept(store, delivery)
    assert (item["state"], item["due_at"], item["tries"]) == ("pending", "2026-03-04T06:06:10Z", 0)
    assert item[PURGE_AT] == frozen.seconds + 30 * 86_400
    assert queued == [{"workspace_id": WORKSPACE, "delivery_id": delivery["id"], "due_at": item["due_at"]}]
    deliver(item)
    first, second = receiver.calls
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 3_600
    assert len(kept(store, delivery)["attempts"]) == 2


def test_a_delivery_that_is_under_way_is_not_sent_again(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination, _ = new_destination(store)
    delivery = queue_delivery(store, destination)
    store.database.set_attributes(
        store.workspace_table,
        {"workspace_id": WORKSPACE, "item": delivery["item"]},
        {"lease_until": "2026-03-04T05:08:10Z"},
    )
    monkeypatch.setattr("pixel.hooks.delivery_log.back_off", lambda _attempt: None)
    assert error_of(client.send("redeliver", delivery["id"]), 409)["code"] == "concurrent_change"


def test_nobody_else_s_delivery_is_there(client: Client, store: Store) -> None:
    destination, _ = new_destination(store)
    delivery = queue_delivery(store, destination)
    bound = Client(Caller(WORKSPACE, "key_2", "Bound", tuple(Scope), 100_000, None, website_ids=("admx_1",)))
    for reply in (
        client_of("ws_2").send("redeliver", delivery["id"]),
        bound.send("redeliver", delivery["id"]),
        client.send("redeliver", "dlv_nobody"),
    ):
        assert error_of(reply, 404)["details"] == {"kind": "deliveries"}
    assert rows_of(bound.send("list_deliveries")) == []


def test_a_test_message_is_queued_at_once(
    client: Client, store: Store, receiver: Receiver, queued: list[dict[str, Any]]
) -> None:
    webhook, _ = new_destination(store)
    slack, _ = new_destination(store, kind="slack", name="#sales", url="https://hooks.slack.com/services/T/B/x")

    for destination in (webhook, slack):
        reply = data_of(client.send("test_destination", destination["id"]), 202)
        (made,) = [one for one in stored_deliveries(store) if one["destination_id"] == destination["id"]]
        assert reply == {"delivery_id": made["id"]}
        deliver(made)

    assert {one["delivery_id"] for one in queued} == {one["id"] for one in stored_deliveries(store)}
    ping, text = (json.loads(call.body) for call in receiver.calls)
    assert ping == {
        "type": "ping",
        "timestamp": "2026-03-04T05:06:10Z",
        "data": {"id": webhook["id"], "workspace_id": WORKSPACE, "website_id": None},
    }
    assert text.keys() == {"text"}


def test_subscribers_are_those_that_listen(store: Store) -> None:
    new_destination(store, name="All")
    new_destination(store, name="Keys", events=["key.created"])
    new_destination(store, name="Off", enabled=False)
    slack, _ = new_destination(store, kind="slack", name="#sales", url="https://hooks.slack.com/services/T/B/x")
    bound, _ = new_destination(store, name="Bound")
    key = {"workspace_id": WORKSPACE, "item": bound["item"]}
    store.database.set_attributes(store.workspace_table, key, {"website_ids": ["admx_1"]})

    def names(event_type: str, website_id: str | None) -> set[str]:
        return {one["name"] for one in subscribers(store, WORKSPACE, event_type, website_id)}

    assert names("key.created", None) == {"All", "Keys"}
    assert names("alert.fired", "admx_1") == {"All", "Bound"}
    assert names("alert.fired", "admx_2") == {"All"}
    found = find_slack(store, WORKSPACE, "#sales")
    assert found is not None
    assert found["id"] == slack["id"]
    assert find_slack(store, WORKSPACE, "#nobody") is None
    assert find_slack(store, WORKSPACE, "all") is None
