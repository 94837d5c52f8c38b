"""POST /events refuses what it cannot take, names it, and keeps nothing of it."""

import base64
import json
from typing import TYPE_CHECKING

import pytest

from functions.events.ingest_event.handler import handler
from pixel.auth.caller import Caller
from pixel.foundation import container
from pixel.tinybird.credentials import INGEST_TOKEN
from tests.conftest import Output, put_secret
from tests.local.tinybird.running import StandIn
from tests.queues import Queues
from tests.routes.asked_reports import add_website
from tests.routes.gateway import Reply, send
from tests.routes.sent_events import pageview, payment, sending, stored, workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")


@pytest.fixture
def sender(caller: Caller, tables: "DynamoDBServiceResource") -> Caller:
    return workspace(caller, tables, "ws_wrong")


def _send(sender: Caller, body: object, **headers: str) -> Reply:
    return send(handler, sending("ingest_event", sender, body, headers))


@pytest.mark.parametrize("body", ["", "{", "[]", {"name": "pageview"}, pageview(path=None)])
def test_400_names_the_fields(sender: Caller, body: object, sent: list[str]) -> None:
    reply = _send(sender, body)

    assert reply.status == 400
    assert reply.body["error"]["code"] == "invalid_body"
    assert reply.body["error"]["details"]["fields"]
    assert reply.headers["X-RateLimit-Remaining"] == "59"
    assert sent == ["UpdateItem"]


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "x" * 129, "a/b"])
def test_400_for_an_idempotency_key_that_is_none(sender: Caller, key: str) -> None:
    reply = _send(sender, pageview(), **{"Idempotency-Key": key})

    assert [field["path"] for field in reply.body["error"]["details"]["fields"]] == ["Idempotency-Key"]


def test_400_for_two_ids_that_differ(sender: Caller) -> None:
    reply = _send(sender, pageview(event_id="a"), **{"Idempotency-Key": "b"})

    assert [field["path"] for field in reply.body["error"]["details"]["fields"]] == ["event_id"]


def test_404_for_a_website_of_somebody_else_and_for_none_alike(
    sender: Caller, tables: "DynamoDBServiceResource"
) -> None:
    add_website(tables, "ws_2", "admx_foreign")
    add_website(tables, "ws_wrong", "admx_deleted", deleted=True)

    bodies = [
        _send(sender, pageview(website_id=website)).body for website in ("admx_foreign", "admx_deleted", "admx_no")
    ]

    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["error"]["code"] == "website_not_found"


def test_409_for_other_contents_under_a_used_id(sender: Caller, warehouse: StandIn) -> None:
    assert _send(sender, pageview(event_id="e-409")).status == 202
    before = stored(warehouse, "ws_wrong")

    reply = _send(sender, pageview(event_id="e-409", path="/other"))
    with_transaction = _send(sender, payment(event_id="e-409", transaction_id="t-409"))
    afterwards = _send(sender, payment(transaction_id="t-409"))

    assert (reply.status, reply.body["error"]["code"]) == (409, "idempotency_conflict")
    assert with_transaction.status == 409
    assert stored(warehouse, "ws_wrong") == before
    assert afterwards.body["data"]["status"] == "accepted"


@pytest.mark.parametrize("bytes_over", [0, 1])
@pytest.mark.usefixtures("warehouse")
def test_413_for_more_than_32_kb(sender: Caller, bytes_over: int) -> None:
    body = json.dumps(pageview(properties={f"p{number}": "x" * 1000 for number in range(32)}))
    body += " " * (32 * 1024 - len(body) + bytes_over)

    reply = _send(sender, body)

    assert reply.status == (413 if bytes_over else 202)
    if bytes_over:
        assert reply.body["error"]["details"] == {"limit_bytes": 32768}


@pytest.mark.parametrize(
    ("header", "value", "sentence"),
    [
        ("Content-Type", "", "The body has no Content-Type; send application/json, optionally compressed with gzip."),
        ("Content-Type", "text/plain", "The body is declared as text/plain; send application/json, optionally "),
        ("Content-Type", "application/x-ndjson", "The body is declared as application/x-ndjson; send application/json"),
        ("Content-Type", "secret/secret", "The body has an unsupported Content-Type; send application/json"),
        ("Content-Type", "application/json; charset=Latin-1", "The body is declared as latin-1; send it as UTF-8."),
        ("Content-Type", "application/json; charset=secret", "The body has an unsupported charset; send it as UTF-8."),
        ("Content-Encoding", "br", "The body is compressed with br; send it compressed with gzip, or without a "),
        ("Content-Encoding", "secret", "The body has an unsupported Content-Encoding; send it compressed with gzip"),
    ],
)
def test_415_says_what_was_sent_and_what_is_accepted(sender: Caller, header: str, value: str, sentence: str) -> None:
    reply = _send(sender, pageview(), **{header: value})

    assert (reply.status, reply.body["error"]["code"]) == (415, "unsupported_media_type")
    assert reply.body["error"]["message"].startswith(sentence)


def test_400_for_text_in_latin_1(sender: Caller) -> None:
    """API Gateway passes U+FFFD in place of bytes that are not UTF-8, which must not be stored as text."""
    event = sending("ingest_event", sender, json.dumps(pageview(title="Caf\ufffd"), ensure_ascii=False))
    binary = {**event, "body": base64.b64encode('{"title":"Café"}'.encode("latin-1")).decode(), "isBase64Encoded": True}

    for sent in (event, binary):
        reply = send(handler, sent)
        (fault,) = reply.body["error"]["details"]["fields"]
        assert (reply.status, fault["path"]) == (400, "body")
        assert "Latin-1" in fault["message"]


@pytest.mark.usefixtures("warehouse")
def test_a_replacement_character_may_be_meant(sender: Caller) -> None:
    escaped = json.dumps(pageview(title="Caf\ufffd"))
    among_others = json.dumps(pageview(title="Café \ufffd"), ensure_ascii=False)

    assert [send(handler, sending("ingest_event", sender, body)).status for body in (escaped, among_others)] == [
        202,
        202,
    ]


@pytest.mark.parametrize("declared", ["application/json", "APPLICATION/JSON", 'application/json; charset="utf-8"'])
@pytest.mark.usefixtures("warehouse")
def test_json_may_be_declared_in_any_usual_way(sender: Caller, declared: str) -> None:
    assert _send(sender, pageview(), **{"Content-Type": declared}).status == 202


@pytest.mark.parametrize("status", [400, 403, 404])
def test_503_where_tinybird_refuses_for_good(sender: Caller, warehouse: StandIn, output: Output, status: int) -> None:
    warehouse.fault(path="/v0/events", status=status)

    reply = _send(sender, pageview(event_id=f"e-{status}"))
    warehouse.call("DELETE", "/_faults", token=None)
    retry = _send(sender, pageview(event_id=f"e-{status}", path="/mended"))

    assert (reply.status, reply.body["error"]["code"]) == (503, "tinybird_error")
    assert retry.body["data"]["status"] == "accepted"
    assert output.metric("RowsRefused") == 1
    assert Queues().buried() == []


@pytest.mark.parametrize("secret", [None, "p.eyJ1IjogIm90aGVyIn0.x"])
def test_503_where_ingest_is_not_set_up(sender: Caller, secret: str | None, output: Output) -> None:
    if secret is not None:
        put_secret(INGEST_TOKEN, secret)

    reply = _send(sender, pageview())

    assert (reply.status, reply.body["error"]["code"]) == (503, "ingest_unavailable")
    assert output.logged("ingest is not configured")


def test_503_where_neither_tinybird_nor_the_queue_takes_it(
    sender: Caller, warehouse: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.fault(path="/v0/events", status=503)
    with monkeypatch.context() as without_queue:
        without_queue.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1")
        container.forget_environment()
        reply = _send(sender, pageview(event_id="e-lost"))
    container.forget_environment()
    warehouse.call("DELETE", "/_faults", token=None)
    container.forget_all()

    retry = _send(sender, pageview(event_id="e-lost"))

    assert (reply.status, reply.body["error"]["code"]) == (503, "tinybird_error")
    assert reply.headers["Retry-After"] == "5"
    assert retry.body["data"]["status"] == "accepted"


def test_500_where_nobody_can_say_whether_an_id_is_taken(sender: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    _send(sender, pageview())  # the website is known now
    monkeypatch.setenv("PIXEL_CLAIMS_TABLE", "no-such-table")
    container.forget_environment()

    assert _send(sender, pageview(event_id="e-1")).status == 500
