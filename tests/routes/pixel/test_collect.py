"""Events of browsers become whole rows in a queue; what is not kept is in the answer with its reason."""

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from functions.events.ingest_event.handler import handler as ingest_event
from pixel.auth.caller import Caller
from pixel.aws.json_service import AwsUnreachableError
from pixel.foundation import container
from pixel.foundation.settings import settings
from pixel.workspaces.api_keys import revoke_key
from pixel.workspaces.store import function_store
from tests.conftest import Frozen, Output
from tests.environment import COUNTERS_TABLE, WORKSPACE_TABLE
from tests.queues import Queues, as_record
from tests.routes.conftest import AwsCall
from tests.routes.gateway import send
from tests.routes.keys.managed import code_of
from tests.routes.pixel.browsers import ADDRESS, FIREFOX, PAGE, Row, add_key, add_website, post, queued
from tests.routes.sent_events import sending

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")


@pytest.fixture
def key(tables: "DynamoDBServiceResource", frozen: Frozen) -> str:
    add_website(tables, "admx_1")
    return add_key("admx_1")[0]


def _dropped(reply: Any) -> list[tuple[int, str]]:
    return [(one["index"], one["reason"]) for one in reply.body["data"]["dropped"]]


def test_events_of_all_kinds_are_rows_of_their_datasources(key: str) -> None:
    reply = post(
        key,
        {**PAGE, "referrer": "https://www.google.com/", "title": "Prices", "screen": "1920x1080", "language": "de"},
        {"name": "custom", "event_id": "e2", "goal_name": "signup", "value": 9, "url": PAGE["url"]},
        {"name": "engagement", "event_id": "e3", "url": PAGE["url"], "visible_ms": 4200, "scroll_pct": 80},
        {"name": "identify", "external_id": "ann@example.com", "event_id": "e4", "timestamp": 1},
    )

    assert (reply.status, reply.body["data"]) == (202, {"accepted": 4, "dropped": []})
    rows = {row.datasource: row.columns for row in queued()}
    assert rows.keys() == {"pageviews", "custom_goals", "engagements", "identities"}
    [visitor] = {row["visitor_id"] for row in rows.values()}
    assert visitor.startswith("d_")
    assert len(visitor) == 18
    assert {(row["workspace_id"], row["website_id"]) for row in rows.values()} == {("ws_1", "admx_1")}
    page = rows["pageviews"]
    assert (page["path"], page["browser"], page["channel"]) == ("/pricing", "Firefox", "organic_search")
    assert (page["is_bot"], page["user_agent"]) == (0, FIREFOX)
    assert (rows["engagements"]["visible_ms"], rows["engagements"]["scroll"]) == (4200, 80)
    assert rows["engagements"]["path"] == "/pricing"
    assert "ann@example.com" not in str(rows)


def test_the_consumer_brings_all_messages_with_one_call_for_each_datasource(
    warehouse: object, key: str, output: Output
) -> None:
    for number in range(30):
        post(key, {**PAGE, "event_id": f"a{number}"}, {"name": "custom", "goal_name": "x", "event_id": f"b{number}"})
    messages = Queues().receive(settings().collect_queue_url)
    records = [as_record(message, receives=1) for message in messages]

    answer = import_module("functions.sources.drain_collect.handler").handler({"Records": records}, None)

    assert len(records) == 60
    assert answer == {"batchItemFailures": []}
    [line] = output.logged("collect batch processed")
    assert (line["messages"], line["done"], line["calls"]) == (60, 60, 2)


def test_what_is_wrong_is_told_event_by_event(key: str) -> None:
    reply = post(
        key,
        PAGE,
        {"name": "pageview"},
        {"name": "click"},
        "text",
        {**PAGE, "website_id": "admx_2", "country": "DE", "user_agent": "x", "visitor_id": "v"},
        {**PAGE, "nam": 1},
        {"name": "payment", "amount": 5, "currency": "EUR"},
        {"name": "engagement", "url": PAGE["url"], "visible_ms": -1, "scroll_pct": 101},
        {"name": "engagement", "visible_ms": 1},
    )

    assert reply.status == 202
    assert reply.body["data"]["accepted"] == 1
    assert _dropped(reply) == [(index, "invalid_body") for index in range(1, 9)]
    fields = [[fault["path"] for fault in one.get("fields", [])] for one in reply.body["data"]["dropped"]]
    assert fields == [
        ["path"],
        ["name"],
        ["body"],
        ["website_id", "user_agent", "country"],
        ["nam"],
        ["name"],
        ["visible_ms", "scroll_pct"],
        ["path"],
    ]
    assert [row.datasource for row in queued()] == ["pageviews"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "invalid_body"),
        ("{", 400, "invalid_body"),
        ("[]", 400, "invalid_body"),
        ({}, 400, "invalid_body"),
        ({"k": "pk_live_x", "e": []}, 400, "invalid_body"),
        ({"k": "pk_live_x", "e": [{}], "z": 1}, 400, "invalid_body"),
        ({"k": "pk_live_x", "e": [{}] * 21}, 413, "payload_too_large"),
        (json.dumps({"k": "x" * 17_000, "e": [{}]}), 413, "payload_too_large"),
        ({"k": "pk_live_x", "e": [{}]}, 401, "invalid_api_key"),
    ],
)
@pytest.mark.usefixtures("key")
def test_a_request_that_cannot_be_used_is_refused(body: Any, status: int, code: str) -> None:
    assert code_of(post("", body=body)) == (status, code)


def test_json_is_taken_too_and_other_types_are_not(key: str) -> None:
    assert post(key, PAGE, headers={"Content-Type": "application/json"}).status == 202
    assert code_of(post(key, PAGE, headers={"Content-Type": "text/csv"})) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://shop.example.com", 202),
        ("https://www.shop.example.com", 202),
        ("https://alias.example.org:8443", 202),
        ("https://example.com", 403),
        ("https://shop.example.com.evil.example", 403),
        ("null", 403),
        ("https://[", 403),
        ("", 403),
        (None, 403),
    ],
)
def test_pages_of_the_website_alone_may_send(
    tables: "DynamoDBServiceResource", frozen: Frozen, origin: str | None, status: int
) -> None:
    add_website(tables, "admx_1", aliases=["alias.example.org"])
    reply = post(add_key("admx_1")[0], PAGE, origin=origin)

    assert reply.status == status
    assert status == 202 or code_of(reply) == (403, "origin_not_allowed")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_a_key_has_origins_of_its_own(tables: "DynamoDBServiceResource", frozen: Frozen) -> None:
    add_website(tables, "admx_1")
    raw, _ = add_key("admx_1", origins=["*.example.org", "b.example"])

    allowed = ("https://a.example.org", "https://a.b.example.org", "https://b.example")
    refused = ("https://example.org", "https://shop.example.com", "https://xexample.org")
    assert [post(raw, PAGE, origin=one).status for one in allowed] == [202] * 3
    assert [post(raw, PAGE, origin=one).status for one in refused] == [403] * 3
    assert post(raw, PAGE, origin=None, headers={"Referer": "https://b.example/x?y"}).status == 202


def test_a_revoked_key_stops_within_half_a_minute(tables: "DynamoDBServiceResource", frozen: Frozen) -> None:
    add_website(tables, "admx_1")
    raw, record = add_key("admx_1")
    assert post(raw, PAGE).status == 202
    revoke_key(function_store(), record.key_id)

    assert post(raw, PAGE).status == 202
    frozen.move(31)
    assert code_of(post(raw, PAGE)) == (401, "api_key_revoked")


def test_payments_need_a_key_that_may_send_them(tables: "DynamoDBServiceResource", frozen: Frozen) -> None:
    add_website(tables, "admx_1")
    raw, _ = add_key("admx_1", payments=True)

    reply = post(raw, {"name": "payment", "amount": 5, "currency": "EUR", "transaction_id": "t1", "event_id": "x"})

    assert reply.body["data"]["accepted"] == 1
    assert [row.datasource for row in queued()] == ["visitor_payments"]


@pytest.mark.parametrize("amount", [1, 5])
def test_a_payment_that_a_server_reports_is_the_servers(
    tables: "DynamoDBServiceResource", frozen: Frozen, warehouse: object, caller: Caller, amount: int
) -> None:
    add_website(tables, "admx_1")
    raw, _ = add_key("admx_1", payments=True)
    paid = {"name": "payment", "amount": 5, "currency": "EUR", "transaction_id": "t1"}
    before = post(raw, {**paid, "amount": amount})
    served = {"website_id": "admx_1", "visitor_id": "v_1", **paid}
    reported = send(ingest_event, sending("ingest_event", caller, served))

    after = post(raw, {**paid, "amount": amount}, {**paid, "refund": True})

    assert (before.body["data"]["accepted"], reported.body["data"]["status"]) == (1, "accepted")
    assert _dropped(after) == [(0, "idempotency_conflict")]
    assert after.body["data"]["accepted"] == 1


def test_two_websites_never_share_rows_visitors_or_ids(tables: "DynamoDBServiceResource", frozen: Frozen) -> None:
    add_website(tables, "admx_1")
    add_website(tables, "admx_2", domain="other.example.com")
    keys = {"admx_1": add_key("admx_1")[0], "admx_2": add_key("admx_2")[0]}

    assert post(keys["admx_1"], PAGE).status == 202
    assert post(keys["admx_2"], PAGE, origin="https://other.example.com").status == 202
    assert code_of(post(keys["admx_2"], PAGE)) == (403, "origin_not_allowed")

    rows = queued()
    assert sorted(row.columns["website_id"] for row in rows) == ["admx_1", "admx_2"]
    assert len({row.columns["visitor_id"] for row in rows}) == 2
    assert len({row.columns["event_id"] for row in rows}) == 2


def test_the_same_event_sent_again_is_the_same_row(key: str) -> None:
    post(key, PAGE)
    post(key, PAGE)

    first, second = queued()
    assert first.columns["event_id"] == second.columns["event_id"] != PAGE["event_id"]


def test_times_far_from_now_are_that_of_the_receipt(key: str, frozen: Frozen) -> None:
    now_ms = int(frozen.seconds * 1000)
    near = now_ms - 540_000
    for number, timestamp in enumerate((near, now_ms - 700_000, now_ms + 700_000, 10**300, "2020-01-01T00:00:00Z")):
        assert post(key, {**PAGE, "event_id": f"t{number}", "timestamp": timestamp}).body["data"]["accepted"] == 1
    assert _dropped(post(key, {**PAGE, "timestamp": "soon"})) == [(0, "invalid_body")]

    assert [row.columns["timestamp"] for row in queued()] == [
        "2026-03-04T04:57:10.000Z",
        *["2026-03-04T05:06:10.000Z"] * 4,
    ]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"user_agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}, "crawler"),
        ({"user_agent": ""}, "empty_user_agent"),
        ({"headers": {"Accept-Language": ""}}, "no_language"),
    ],
)
def test_bots_are_kept_and_flagged(key: str, more: dict[str, Any], reason: str) -> None:
    assert post(key, PAGE, **more).body["data"] == {"accepted": 1, "dropped": []}

    [row] = queued()
    assert (row.columns["is_bot"], row.columns["bot_reason"]) == (1, reason)


def test_a_driven_browser_is_a_bot(key: str) -> None:
    post("", body={"k": key, "e": [PAGE, {"name": "engagement", "url": PAGE["url"], "visible_ms": 1}], "w": 1})

    assert {row.columns["bot_reason"] for row in queued()} == {"webdriver"}


def test_a_website_in_cookie_mode_takes_ids_of_browsers(tables: "DynamoDBServiceResource", frozen: Frozen) -> None:
    add_website(tables, "admx_1", pixel={"mode": "cookie"})
    raw, _ = add_key("admx_1")

    post(raw, {**PAGE, "visitor_id": "c_0123"}, {"name": "identify", "visitor_id": "c_0123", "external_id": "7"})
    post(raw, PAGE)

    visitors = [row.columns["visitor_id"] for row in queued()]
    assert visitors[:2] == ["c_0123", "c_0123"]
    assert visitors[2].startswith("d_")


def test_a_website_that_has_left_the_cookie_mode_counts_what_old_scripts_send(key: str) -> None:
    reply = post(
        key,
        {**PAGE, "visitor_id": "c_0123"},
        {**PAGE, "visitor_id": {"not": "text"}},
        {"name": "identify", "visitor_id": "c_0123", "external_id": "7"},
        PAGE,
    )

    assert reply.body["data"] == {"accepted": 4, "dropped": []}
    [visitor] = {row.columns["visitor_id"] for row in queued()}
    assert visitor.startswith("d_")


def test_a_pageview_takes_no_call_but_that_to_the_queue(key: str, frozen: Frozen, aws_calls: list[AwsCall]) -> None:
    post(key, PAGE)
    assert sorted(call.operation for call in aws_calls) == ["GetItem", "GetItem", "PutItem", "SendMessageBatch"]
    del aws_calls[:]

    post(key, {**PAGE, "event_id": "e2"})

    assert [call.operation for call in aws_calls] == ["SendMessageBatch"]


def test_if_the_queue_is_away_the_browser_is_told_to_send_again(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object, **_named: object) -> None:
        raise AwsUnreachableError("sqs SendMessageBatch", "away")

    monkeypatch.setattr("pixel.aws.queues._send_batch", away)

    reply = post(key, PAGE)

    assert code_of(reply) == (503, "collect_unavailable")
    assert reply.headers["Retry-After"] == "5"


def test_a_known_key_works_while_the_tables_are_away(key: str, frozen: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    post(key, PAGE)

    def away(*_args: object, **_named: object) -> None:
        raise AwsUnreachableError("dynamodb", "away")

    monkeypatch.setattr("pixel.aws.tables.Database.get", away)
    frozen.move(120)
    assert post(key, PAGE).status == 202
    container.forget_all()
    assert code_of(post(key, PAGE)) == (503, "collect_unavailable")


def test_the_address_is_nowhere(key: str, tables: "DynamoDBServiceResource", output: Output) -> None:
    for address in (ADDRESS, "2001:db8:85a3::8a2e:370:7334"):
        for number in range(8):
            post(key, {**PAGE, "event_id": f"{number}"}, address=address)
        post(key, {"name": "x"}, address=address)
        post(key, PAGE, address=address, origin="https://evil.example")

    stored = [str(tables.Table(name).scan()["Items"]) for name in (COUNTERS_TABLE, WORKSPACE_TABLE)]
    everything = "\n".join([str(queued()), *stored, output.text])
    assert "pageviews" in everything
    for address in (ADDRESS, "2001:db8:85a3", "8a2e"):
        assert address not in everything


def test_rows_are_of_known_columns(key: str) -> None:
    post(key, PAGE)

    [row] = queued()
    assert isinstance(row, Row)
    assert {"visitor_id", "session_id", "url", "country"} <= row.columns.keys()
