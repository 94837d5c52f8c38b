"""The calls that docs/cost.md multiplies are those that functions make, warm."""

from collections import Counter
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from benchmarks import calls
from functions.events.ingest_batch.handler import handler as ingest_batch
from functions.events.ingest_event.handler import handler as ingest_event
from pixel.auth.caller import Caller
from pixel.dashboard.signing import VIEWER_SECRET
from pixel.ingest.sources.queue import ingest_queue
from tests import dynamodb_engine, sample_events
from tests.conftest import put_secret
from tests.contracts.source_files import handler_module
from tests.environment import CLAIMS_TABLE, KEYS_TABLE, LINKS_TABLE, SECRETS_TABLE, WORKSPACE_TABLE
from tests.routes.conftest import AwsCall
from tests.routes.gateway import event, send
from tests.routes.sent_events import pageview, sending, workspace
from tests.routes.sources.deliveries import Context, message
from tests.stores import kept_tables, put_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("warehouse", "output", "no_sleep")

_BY_EVENTS = {"ingest_event", "ingest_batch", "ingest_queue", "ingest_stream", "ingest_file"}
_SOME = 60  # events: more than two batches of claims, and fewer than a thousand, for the sake of time


@pytest.fixture
def sender(caller: Caller, tables: "DynamoDBServiceResource") -> Caller:
    return workspace(caller, tables, "ws_calls")


@pytest.fixture(scope="module")
def prepared_tables() -> list[bytes]:
    return []


@pytest.fixture
def samples(tables: "DynamoDBServiceResource", prepared_tables: list[bytes]) -> None:
    """Prepare what the events name, once; after that, the tables are put back as they were then."""
    s3 = _client_of_s3()
    if prepared_tables:
        put_back(prepared_tables[0])
        s3.create_bucket(Bucket=sample_events.FILES_BUCKET)
        return
    sample_events.prepare(
        sample_events.Stores(tables, s3, KEYS_TABLE, WORKSPACE_TABLE, CLAIMS_TABLE, LINKS_TABLE, SECRETS_TABLE)
    )
    if dynamodb_engine.OTHER is None:
        prepared_tables.append(kept_tables())


@cache
def _client_of_s3() -> Any:
    return boto3.client("s3", region_name="us-east-1")


def _warm(sent: list[str], action: "Callable[[], object]") -> Counter[str]:
    action()
    sent.clear()
    action()
    return Counter(sent)


def test_one_event(sender: Caller, sent: list[str]) -> None:
    def post(**more: Any) -> None:
        send(ingest_event, sending("ingest_event", sender, pageview(**more)))

    assert _warm(sent, post) == calls.of_events(1, with_ids=False, counted=True)
    sent.clear()
    post(event_id="e-1")
    assert Counter(sent) == calls.of_events(1, with_ids=True, counted=True)


def test_a_batch(sender: Caller, sent: list[str]) -> None:
    def post(*events: Any) -> None:
        send(ingest_batch, sending("ingest_batch", sender, {"events": list(events)}))

    assert _warm(sent, lambda: post(*[pageview()] * _SOME)) == calls.of_events(_SOME, with_ids=False, counted=True)
    sent.clear()
    post(*(pageview(event_id=f"e-{number}") for number in range(_SOME)))
    assert Counter(sent) == calls.of_events(_SOME, with_ids=True, counted=True)


def test_a_delivery_of_a_queue(sender: Caller, sent: list[str]) -> None:
    def deliver() -> None:
        assert ingest_queue({"Records": [message(pageview()) for _ in range(_SOME)]}, Context()) == {
            "batchItemFailures": []
        }

    assert _warm(sent, deliver) == calls.of_events(_SOME, with_ids=False, counted=False)


@pytest.mark.parametrize("function", sorted({*sample_events.FUNCTIONS} - _BY_EVENTS))
@pytest.mark.usefixtures("samples")
def test_a_function_with_its_own_event(function: str, sent: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    put_secret(VIEWER_SECRET, "s" * 32)
    monkeypatch.setattr("pixel.hooks.addresses._looked_up", lambda _place: ["93.184.215.14"])
    handler = import_module(handler_module(function)).handler

    answers: list[Any] = []
    made = _warm(sent, lambda: answers.append(handler(event(function), Context())))

    sample_events.assert_succeeded(function, answers[0])
    if function in calls.OF_FUNCTIONS:
        assert made == calls.of_function(function)
    elif function not in sample_events.OF_LINKS:  # of which docs/cost.md says nothing
        assert made == Counter(made.keys())


@pytest.mark.parametrize("function", calls.ACTIONS)
@pytest.mark.usefixtures("samples")
def test_a_transaction_has_as_many_actions_as_are_paid_for(function: str, aws_calls: list[AwsCall]) -> None:
    send(import_module(handler_module(function)).handler, event(function))

    [transaction] = [call for call in aws_calls if call.operation == "TransactWriteItems"]
    assert len(transaction.payload["TransactItems"]) == calls.ACTIONS[function]


def test_what_is_listed_is_a_function() -> None:
    assert calls.OF_FUNCTIONS.keys() <= {*sample_events.FUNCTIONS}
