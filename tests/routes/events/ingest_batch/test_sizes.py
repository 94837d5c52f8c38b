"""The answer to a batch fits into what a function may send, whatever the batch holds."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from awslambdaric.lambda_runtime_marshaller import to_json

from functions.events.ingest_batch.handler import handler
from local.lambdas.runtime_api import PAYLOAD_BYTES_MAX
from pixel.auth.caller import Caller
from pixel.events.models import EVENTS_MAX, Custom, Identify, Pageview, Payment
from pixel.foundation.errors import FAULTS_SHOWN_MAX
from tests.routes.sent_events import pageview, sending, workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

# What JSON within JSON makes longest: escaped twice, as one code unit or as two, and controls with a short escape.
_GROWING = ['"', "\\", "\n", "\x01", "\x7f", "\u00fc", "\u4e2d", "\U00020000", "a"]
_MODELS = (Pageview, Custom, Payment, Identify)
_WRONG: tuple[Any, ...] = (7, [], "\x00" * 600, "-", {"": 1}, {"a": []})
_NAMES = ("pageview", "custom", "payment", "identify", "pageviw", None)


@pytest.fixture
def sender(caller: Caller, tables: "DynamoDBServiceResource") -> Caller:
    return workspace(caller, tables, "ws_sizes")


def _worst_events() -> Iterator[dict[str, Any]]:
    """Yield events with the longest faults: of every field at once, and of unknown names of every kind."""
    for name in _NAMES:
        named = {} if name is None else {"name": name}
        for model in _MODELS:
            for wrong in _WRONG:
                yield {**dict.fromkeys(model.model_fields, wrong), **named}
        for character in _GROWING:
            yield {**{f"{character * 62}{number:02}": 1 for number in range(30)}, **named}
            yield {**{f"{number:02}{character * 62}": 1 for number in range(30)}, **named}
        yield {**{f"transaction_id{'_' * number}": 1 for number in range(30)}, **named}


def _results(sender: Caller, events: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Return the results, and the bytes that Lambda's runtime makes of the whole answer."""
    answer = handler(sending("ingest_batch", sender, {"events": events}), None)
    return json.loads(answer["body"])["data"]["results"], len(to_json(answer).encode())


def _bytes_of_a_thousand(sender: Caller, first: dict[str, Any], second: dict[str, Any]) -> int:
    """Return the size of the answer to a thousand such events, whose places have two more digits."""
    _, of_one = _results(sender, [first])
    _, of_two = _results(sender, [first, second])
    return of_one + EVENTS_MAX * (of_two - of_one + 2)


def test_a_thousand_results_with_the_longest_faults_fit(sender: Caller) -> None:
    tried = list(_worst_events())
    results, _ = _results(sender, tried)
    worst, result = max(zip(tried, results, strict=True), key=lambda pair: len(to_json(json.dumps(pair[1]))))

    assert {result["status"] for result in results} == {"rejected"}
    assert len(result["error"]["details"]["fields"]) == FAULTS_SHOWN_MAX
    assert 0.8 * PAYLOAD_BYTES_MAX < _bytes_of_a_thousand(sender, worst, worst) < PAYLOAD_BYTES_MAX


@pytest.mark.usefixtures("warehouse")
def test_a_thousand_results_with_the_longest_ids_fit(sender: Caller) -> None:
    first, second = (pageview(visitor_id="\U00020000" * 128, event_id=letter * 128) for letter in "ab")

    assert _bytes_of_a_thousand(sender, first, second) < PAYLOAD_BYTES_MAX
