"""POST /events/batch refuses what is no batch at all; where nothing could be kept, the whole can be sent again."""

import gzip
import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from functions.events.ingest_batch.handler import handler
from pixel.auth.caller import Caller
from tests.local.tinybird.running import StandIn
from tests.routes.gateway import Reply, send
from tests.routes.sent_events import pageview, sending, stored, workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_PACKED = gzip.compress(b"{}", mtime=0)
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def sender(caller: Caller, tables: "DynamoDBServiceResource") -> Caller:
    return workspace(caller, tables, "ws_batch")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ("", "body"),
        ("{", "body"),
        ("[]", "events"),
        ([pageview()], "events"),
        ({}, "events"),
        ({"events": []}, "events"),
        ({"events": {}}, "events"),
        ({"events": [pageview()], "website_id": "admx_1"}, "website_id"),
        ("[" * 20_000, "body"),
    ],
)
def test_400_for_what_is_no_batch(sender: Caller, body: Any, path: str) -> None:
    reply = send(handler, sending("ingest_batch", sender, body))

    assert reply.body["error"]["code"] == "invalid_body"
    assert [field["path"] for field in reply.body["error"]["details"]["fields"]] == [path]


def test_400_for_an_idempotency_key_because_it_cannot_mean_a_thousand_events(sender: Caller) -> None:
    reply = send(handler, sending("ingest_batch", sender, {"events": [pageview()]}, {"Idempotency-Key": "k"}))

    assert reply.status == 400


def test_413_for_more_than_a_thousand_events(sender: Caller) -> None:
    reply = send(handler, sending("ingest_batch", sender, {"events": [pageview()] * 1001}))

    assert (reply.status, reply.body["error"]["details"]) == (413, {"limit_events": 1000})


@pytest.mark.parametrize("packed", [False, True])
def test_413_for_more_than_four_megabytes_packed_or_not(sender: Caller, *, packed: bool) -> None:
    text = " " * (4 * 1024 * 1024) + json.dumps({"events": [pageview()]})

    reply = send(handler, sending("ingest_batch", sender, text, packed=packed))

    assert (reply.status, reply.body["error"]["details"]) == (413, {"limit_bytes": 4194304})


def test_413_for_a_few_bytes_that_unpack_to_a_gigabyte(sender: Caller) -> None:
    bomb = sending("ingest_batch", sender, "", packed=True)
    bomb["body"] = b64encode(gzip.compress(bytes(1024 * 1024 * 1024), compresslevel=1)).decode()

    assert send(handler, bomb).status == 413


@pytest.mark.parametrize(
    "content", [b"\x1f\x8bno gzip", gzip.compress(b"{}", mtime=0)[:-4], gzip.compress(b"{}", mtime=0) + b"more"]
)
def test_400_for_what_gzip_cannot_unpack(sender: Caller, content: bytes) -> None:
    broken = sending("ingest_batch", sender, "", packed=True)
    broken["body"] = b64encode(content).decode()

    assert send(handler, broken).status == 400


def test_an_event_of_more_than_32_kb_is_rejected_alone(sender: Caller, warehouse: StandIn) -> None:
    large = pageview(title="x" * 40_000)

    as_json = send(handler, sending("ingest_batch", sender, {"events": [large, pageview()]}))
    as_lines = send(handler, sending("ingest_batch", sender, f"{json.dumps(large)}\n{json.dumps(pageview())}", NDJSON))

    for reply in (as_json, as_lines):
        first, second = reply.body["data"]["results"]
        assert (first["error"]["code"], first["error"]["details"]) == ("payload_too_large", {"limit_bytes": 32768})
        assert second["status"] == "accepted"
    assert warehouse.url


def _all_refused(sender: Caller) -> Reply:
    return send(handler, sending("ingest_batch", sender, {"events": [pageview(event_id="a"), pageview(event_id="b")]}))


def test_503_where_nothing_could_be_kept_and_all_can_be_sent_again(sender: Caller, warehouse: StandIn) -> None:
    warehouse.fault(path="/v0/events", status=403)
    reply = _all_refused(sender)
    warehouse.call("DELETE", "/_faults", token=None)

    assert (reply.status, reply.body["error"]["code"]) == (503, "tinybird_error")
    assert _all_refused(sender).body["data"]["accepted"] == 2
    assert len(stored(warehouse, "ws_batch")) >= 2
