"""While the warehouse does not answer, what is known without it still is answered; the rest is 503, never 404."""

from typing import TYPE_CHECKING

import pytest

from pixel.auth.caller import Caller
from tests.conftest import Output
from tests.local.tinybird.running import StandIn
from tests.routes.events.fates import FATES, ask, lead_to_every_fate, new_sender
from tests.template import document

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")


@pytest.fixture
def sender(caller: Caller, tables: "DynamoDBServiceResource", warehouse: StandIn) -> Caller:
    sender = new_sender(caller, tables)
    lead_to_every_fate(warehouse, sender)
    return sender


@pytest.mark.parametrize("status", [400, 403, 429, 503, "reset"])
def test_only_what_the_warehouse_alone_knows_is_unknown(
    sender: Caller, warehouse: StandIn, output: Output, status: int | str
) -> None:
    warehouse.fault(path="/v0/pipes/*", status=status)

    replies = {event_id: ask(sender, event_id) for event_id in (*FATES, "nobody")}

    assert replies["nobody"].status == 503
    assert replies["nobody"].body["error"]["code"] == "tinybird_error"
    known = {event_id: reply for event_id, reply in replies.items() if reply.status == 200}
    assert {event_id: reply.body["data"]["fate"] for event_id, reply in known.items()} == {
        **FATES,
        "stored": "accepted",  # what claims of kept events say
        "paid": "accepted",
    }
    assert {reply.body["meta"]["warehouse"] for reply in known.values()} == {"unavailable"}
    assert output.metric("TinybirdFailures") == len(replies)


def test_a_stranger_learns_nothing_more_then(
    caller: Caller, sender: Caller, tables: "DynamoDBServiceResource", warehouse: StandIn
) -> None:
    stranger = new_sender(caller, tables)
    bound = sender._replace(website_ids=("admx_other",))
    warehouse.fault(path="/v0/pipes/*", status=503)

    bodies = {str(ask(who, event_id).body) for who in (stranger, bound) for event_id in (*FATES, "nobody")}

    assert len(bodies) == 1


def test_patience_ends_before_the_function_does() -> None:
    timeouts = [document.properties(name)["Timeout"] for name in ("GetEventFunction", "QueryPipeFunction")]

    assert timeouts[0] == timeouts[1]  # which tests/routes/reports/query_pipe/test_503.py compares with its patience
