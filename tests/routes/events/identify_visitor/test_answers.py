"""POST /identify says who a visitor is outside, and keeps nothing that says it in clear."""

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from functions.events.identify_visitor.handler import handler
from pixel.auth.caller import Caller
from tests.conftest import Output
from tests.local.tinybird.running import StandIn
from tests.queues import Queues
from tests.routes.gateway import Reply, send
from tests.routes.sent_events import SITE, sending, stored, workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_HASH = sha256(b"jane@example.com").hexdigest()
_TRAITS = {"plan": "pro", "email": "Jane@Example.com", "phone": "+49 170 1234567"}


@pytest.fixture
def sender(caller: Caller, tables: "DynamoDBServiceResource", request: pytest.FixtureRequest) -> Caller:
    return workspace(caller, tables, f"ws_{abs(hash(request.node.nodeid))}")


def _identify(sender: Caller, **changed: object) -> Reply:
    body = {"website_id": SITE, "visitor_id": "v", "external_id": " Jane@Example.com ", "traits": _TRAITS, **changed}
    return send(handler, sending("identify_visitor", sender, body))


def test_the_hash_is_answered_and_stored(sender: Caller, warehouse: StandIn, output: Output) -> None:
    reply = _identify(sender)

    assert reply.status == 202
    assert reply.body["data"] == {"visitor_id": "v", "external_id_hash": _HASH, "status": "accepted"}
    (row,) = stored(warehouse, sender.workspace_id, "identities")
    assert (row["external_id_hash"], row["visitor_id"]) == (_HASH, "v")
    traits = json.loads(row["traits"])
    assert traits["plan"] == "pro"
    assert traits["email"] == _HASH
    everything = json.dumps(row) + output.text
    assert not [word for word in ("jane", "Jane", "1234567") if word in everything]


def test_the_visitor_s_profile_knows_it(sender: Caller, warehouse: StandIn) -> None:
    _identify(sender)
    row = {"workspace_id": sender.workspace_id, "website_id": SITE, "event_id": "e", "visitor_id": "v"}
    times = {"timestamp": "2026-03-01T00:00:00Z", "received_at": "2026-03-01T00:00:00Z"}
    warehouse.append({**row, **times, "path": "/"}, datasource="pageviews", wait="true")

    (profile,) = warehouse.pipe("p_visitor_profile", workspace_id=sender.workspace_id, visitor_id="v").json["data"]

    assert profile["identities"] == [_HASH]


def test_no_spelling_of_an_address_or_a_number_reaches_warehouse_queue_or_logs(
    sender: Caller, warehouse: StandIn, output: Output
) -> None:
    mails = (
        "jane%40example.com",
        "us <JANE@example.com>",
        "mailto:jane @ example.com",
        "ja\u200bne\uff20example.com",
    )
    phones = ("tel:0049-170-7654321", "+49 (0)170/7654321", "call \uff0b49\u00a0170\u00a07654321 now", "0170.7654321")
    traits = {f"note_{number}": text for number, text in enumerate([*mails, *phones])} | {"phone": 1707654321}

    assert _identify(sender, traits=traits).body["data"]["status"] == "accepted"
    warehouse.fault(path="/v0/events", status=503)
    assert _identify(sender, traits=traits).body["data"]["status"] == "queued"

    (row,) = stored(warehouse, sender.workspace_id, "identities")
    queues = Queues()
    (message,) = queues.receive(queues.spill)
    for text in (json.dumps(row), message["Body"], output.text):
        assert not re.search("jane|example|@|uff20|7654321|765.4321", text, re.IGNORECASE)
    assert message["Body"].count(_HASH) == 1 + len(mails)


def test_a_name_of_a_trait_is_refused_without_being_repeated(sender: Caller, output: Output) -> None:
    reply = _identify(sender, traits={"jane@example.com": True})

    assert (reply.status, reply.body["error"]["code"]) == (400, "invalid_body")
    (field,) = reply.body["error"]["details"]["fields"]
    assert (field["path"], field["code"]) == ("traits", "invalid")
    assert "jane" not in json.dumps(reply.body) + output.text


def test_it_is_queued_without_anything_in_clear_while_tinybird_is_down(sender: Caller, warehouse: StandIn) -> None:
    warehouse.fault(path="/v0/events", status=503)

    assert _identify(sender).body["data"]["status"] == "queued"
    queues = Queues()
    (message,) = queues.receive(queues.spill)
    assert _HASH in message["Body"]
    assert "example.com" not in message["Body"]


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"external_id": ""}, 400, "invalid_body"),
        ({"website_id": "admx_none"}, 404, "website_not_found"),
        ({"traits": {"a": {}}}, 400, "invalid_body"),
    ],
)
def test_what_cannot_be_used_is_refused(sender: Caller, changed: dict[str, object], status: int, code: str) -> None:
    reply = _identify(sender, **changed)

    assert (reply.status, reply.body["error"]["code"]) == (status, code)


def test_503_where_it_is_not_set_up(sender: Caller) -> None:
    reply = _identify(sender)

    assert (reply.status, reply.body["error"]["code"]) == (503, "identify_unavailable")
