"""The calls that docs/cost.md multiplies are those that functions make, warm."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import calls
from functions.authorizer.handler import handler as authorizer
from functions.get_me.handler import handler as get_me
from functions.identify_visitor.handler import handler as identify_visitor
from functions.ingest_batch.handler import handler as ingest_batch
from functions.ingest_event.handler import handler as ingest_event
from functions.list_goals.handler import handler as list_goals
from functions.mint_metrics_token.handler import handler as mint_metrics_token
from functions.query_pipe.handler import handler as query_pipe
from pixel.caller import Caller
from pixel.queue_events import ingest_queue
from tests.conftest import IssuedKey
from tests.routes.events import SITE, pageview, sending, workspace
from tests.routes.gateway import event, send
from tests.routes.reports import asking
from tests.sources.deliveries import Context, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("warehouse", "output", "no_sleep")

_SOME = 60  # events: more than two batches of claims, and fewer than a thousand, for the sake of time


@pytest.fixture
def sender(caller: Caller, tables: "DynamoDBServiceResource") -> Caller:
    return workspace(caller, tables, "ws_calls")


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


def test_an_identification(sender: Caller, sent: list[str]) -> None:
    body = {"website_id": SITE, "visitor_id": "v", "external_id": "jane@example.com"}

    made = _warm(sent, lambda: send(identify_visitor, sending("identify_visitor", sender, body)))

    assert made == calls.of_route("identify")


def test_reading(sender: Caller, sent: list[str]) -> None:
    about = {"website_id": SITE}
    made = {
        "me": _warm(sent, lambda: send(get_me, asking("get_me", sender, {}, {}))),
        "list": _warm(sent, lambda: send(list_goals, asking("list_goals", sender, {}, {}))),
        "mint": _warm(
            sent, lambda: send(mint_metrics_token, asking("mint_metrics_token", sender, {"pipe": "p_geo"}, about))
        ),
        "query": _warm(sent, lambda: send(query_pipe, asking("query_pipe", sender, {"pipe": "p_geo"}, about))),
    }

    assert made == {name: calls.of_route(name) for name in made}


def test_the_authorizer(issue_key: "Callable[..., IssuedKey]", sent: list[str]) -> None:
    request = event("authorizer")
    request["headers"] = {"Authorization": f"Bearer {issue_key().key}"}

    made = _warm(sent, lambda: authorizer(request, None))

    assert made == calls.of_route("authorizer")
