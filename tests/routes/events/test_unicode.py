"""Text that is not Unicode, and text in other encodings than UTF-8, is refused by name: never an error of ours."""

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from functions.events.identify_visitor.handler import handler as identify
from functions.events.ingest_batch.handler import handler as batch
from functions.events.ingest_event.handler import handler as single
from pixel.auth.caller import Caller
from pixel.events.models import Custom, Pageview, Payment
from tests.routes.gateway import Event, Reply, send
from tests.routes.sent_events import SITE, goal, pageview, payment, sending, workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_LONE = "\ud800"
_IDENTIFY = {"website_id": SITE, "visitor_id": "v", "external_id": "e"}
_NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def sender(caller: Caller, tables: "DynamoDBServiceResource") -> Caller:
    return workspace(caller, tables, "ws_unicode")


def _faults(error: dict[str, Any]) -> dict[str, str]:
    assert error["code"] == "invalid_body"
    return {fault["path"]: fault["code"] for fault in error["details"]["fields"]}


def _with_bytes(sent: Event, content: bytes) -> Event:
    return {**sent, "body": b64encode(content).decode(), "isBase64Encoded": True}


def test_a_lone_surrogate_in_any_field_is_refused_beside_the_other_faults(sender: Caller) -> None:
    kinds = ((pageview, Pageview), (goal, Custom), (payment, Payment))
    values: list[tuple[str, dict[str, Any]]] = [
        (field, make(**{field: value, "x": 1}))
        for make, model in kinds
        for field in model.model_fields
        for value in (_LONE, f"a{_LONE}b@c.de")
    ]
    values += [
        ("properties", pageview(properties=properties, x=1))
        for properties in ({_LONE: 1}, {"a": _LONE}, {"a": [_LONE]})
    ]
    values += [("body", pageview(**{_LONE: 1, "x": 1}))]
    values += [
        (field, {**_IDENTIFY, "name": "identify", field: value, "x": 1})
        for field, value in (
            ("visitor_id", _LONE),
            ("external_id", _LONE),
            ("traits", {"a": _LONE}),
            ("traits", {_LONE: 1}),
        )
    ]

    results = send(batch, sending("ingest_batch", sender, {"events": [event for _, event in values]})).body["data"]

    found = [_faults(result["error"]) for result in results["results"]]
    assert [faults.keys() for faults in found] == [{field, "x"} for field, _ in values]


def test_a_lone_surrogate_is_refused_by_every_route(sender: Caller) -> None:
    event = send(single, sending("ingest_event", sender, pageview(**{_LONE: 1, "title": _LONE})))
    named = send(identify, sending("identify_visitor", sender, {**_IDENTIFY, _LONE: 1, "traits": {_LONE: 1}}))
    raw = send(single, {**sending("ingest_event", sender, ""), "body": f'{{"name": "{_LONE}"}}'})

    assert (event.status, _faults(event.body["error"])) == (400, {"body": "invalid", "title": "invalid"})
    assert (named.status, _faults(named.body["error"])) == (400, {"body": "invalid", "traits": "invalid"})
    assert (raw.status, _faults(raw.body["error"])) == (400, {"body": "invalid"})


@pytest.mark.usefixtures("warehouse")
def test_a_byte_order_mark_is_no_fault(sender: Caller) -> None:
    text = json.dumps(pageview())
    as_text = send(single, sending("ingest_event", sender, f"\ufeff{text}"))
    as_bytes = send(single, _with_bytes(sending("ingest_event", sender, ""), text.encode("utf-8-sig")))
    as_lines = send(batch, sending("ingest_batch", sender, f"\ufeff{text}\n\ufeff{text}", _NDJSON))

    assert (as_text.status, as_bytes.status) == (202, 202)
    assert as_lines.body["data"]["accepted"] == 2


def test_a_body_in_utf_16_is_told_to_be_utf_8(sender: Caller) -> None:
    text = json.dumps(pageview())
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        content = text.encode(encoding)
        replaced = content.decode(errors="replace")  # as API Gateway does
        for sent in (
            _with_bytes(sending("ingest_event", sender, ""), content),
            sending("ingest_event", sender, replaced),
        ):
            assert _sentence(send(single, sent)).startswith("The body must be UTF-8"), encoding
        assert _sentence(send(batch, sending("ingest_batch", sender, replaced, _NDJSON))).startswith("The body must be")


def _sentence(reply: Reply) -> str:
    assert reply.status == 400
    [fault] = reply.body["error"]["details"]["fields"]
    return str(fault["message"])
