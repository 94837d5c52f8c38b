"""The consumer of the ingest queue: good events are kept once, bad ones buried with the reason, the rest stays."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from pixel.events.rows import row_of
from pixel.ingest import event as sent_events
from pixel.ingest import pipeline
from pixel.ingest.sources import settlement
from pixel.ingest.sources.queue import ingest_queue
from tests.conftest import Output
from tests.local.tinybird.running import StandIn
from tests.queues import Queues
from tests.routes.asked_reports import add_website
from tests.routes.sent_events import SITE, goal, pageview, payment
from tests.routes.sources.deliveries import Context, in_eventbridge, in_sns, message, notice_of_s3

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource


def _take(*messages: dict[str, Any]) -> list[str]:
    """Process the messages and return the ids of those that stay."""
    answer = ingest_queue({"Records": list(messages)}, Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_events_in_all_envelopes_are_kept_in_one_call_for_each_kind(
    warehouse: StandIn, workspace_id: str, sent: list[str], output: Output
) -> None:
    identify = {"website_id": SITE, "name": "identify", "visitor_id": "v", "external_id": "a@example.com"}

    stays = _take(
        message(pageview(path="/1")),
        message(in_sns(pageview(path="/2"))),
        message(in_eventbridge(pageview(path="/3"))),
        message({"events": [pageview(path="/4"), goal(), payment()]}),
        message(in_eventbridge(identify, "eb-2")),
    )

    assert stays == []
    rows = warehouse.rows(workspace_id, "pageviews")
    assert sorted(row["path"] for row in rows) == ["/1", "/2", "/3", "/4"]
    assert len(warehouse.rows(workspace_id, "custom_goals")) == 1
    assert len(warehouse.rows(workspace_id, "visitor_payments")) == 1
    assert len(warehouse.rows(workspace_id, "identities")) == 1
    assert sent.count("POST /v0/events") == 4
    assert sent.count("Query") == 1
    assert "a@example.com" not in output.text


@pytest.mark.parametrize("wrap", [dict, in_sns, in_eventbridge], ids=["plain", "sns", "eventbridge"])
def test_a_message_that_comes_twice_makes_the_same_row(
    warehouse: StandIn, workspace_id: str, wrap: Any, output: Output
) -> None:
    given = message(wrap(pageview()))

    _take(given)
    _take(given)

    rows = warehouse.rows(workspace_id, "pageviews")
    assert len({json.dumps(row, sort_keys=True) for row in rows}) == 1


def test_an_event_id_that_two_messages_bring_is_one_event(
    warehouse: StandIn, workspace_id: str, output: Output
) -> None:
    _take(message(pageview(event_id="e-1")), message(in_sns(pageview(event_id="e-1"))))
    _take(message(in_eventbridge(pageview(event_id="e-1"))))

    assert [row["event_id"] for row in warehouse.rows(workspace_id, "pageviews")] == ["e-1"]
    assert Queues().letters() == []


def test_a_bad_event_is_buried_with_the_reason_and_sinks_no_other(
    warehouse: StandIn, workspace_id: str, output: Output
) -> None:
    bad = {"website_id": SITE, "name": "payment", "amount": "a lot", "email": "someone@example.com"}

    assert _take(message(bad, "m-1"), message(pageview()), message({"events": [goal(), {}]}, "m-2")) == []

    assert len(warehouse.rows(workspace_id, "pageviews")) == 1
    assert len(warehouse.rows(workspace_id, "custom_goals")) == 1
    letters = {letter["origin"]: letter for letter in Queues().letters()}
    assert letters.keys() == {"sqs#m-1", "sqs#m-2#1"}
    assert letters["sqs#m-1"]["reason"] == "invalid_body"
    assert {fault["path"] for fault in letters["sqs#m-1"]["error"]["details"]["fields"]} == {"amount", "currency"}
    assert json.loads(letters["sqs#m-1"]["event"]) == bad
    [logged] = output.logged("events rejected")
    assert logged["codes"] == {"invalid_body": 2}
    assert logged["fields"].keys() == {"amount: invalid", "currency: missing", "name: missing", "website_id: missing"}
    assert "someone@example.com" not in output.text


@pytest.mark.parametrize("state", ["unknown", "deleted"])
def test_an_event_for_a_website_that_nobody_has_is_nobody_s_row(
    warehouse: StandIn, tables: "DynamoDBServiceResource", output: Output, state: str
) -> None:
    if state == "deleted":
        add_website(tables, "ws_of_the_deleted", "admx_gone", deleted=True)

    assert _take(message(pageview(website_id="admx_gone"))) == []

    assert [letter["reason"] for letter in Queues().letters()] == ["website_not_found"]
    assert warehouse.rows("ws_of_the_deleted", "pageviews") == []


def test_an_event_goes_to_the_owner_of_its_website_whatever_it_says(
    warehouse: StandIn, workspace_id: str, tables: "DynamoDBServiceResource", output: Output
) -> None:
    add_website(tables, f"{workspace_id}_other", "admx_other")

    _take(message(pageview()), message(pageview(website_id="admx_other", path="/other")))
    _take(message(pageview(workspace_id=f"{workspace_id}_other")))

    assert [row["path"] for row in warehouse.rows(workspace_id, "pageviews")] == ["/"]
    assert [row["path"] for row in warehouse.rows(f"{workspace_id}_other", "pageviews")] == ["/other"]
    assert [letter["reason"] for letter in Queues().letters()] == ["invalid_body"]


def test_a_website_with_two_owners_is_nobody_s(
    warehouse: StandIn, workspace_id: str, tables: "DynamoDBServiceResource", output: Output
) -> None:
    add_website(tables, f"{workspace_id}_other", SITE)

    _take(message(pageview()))

    assert [letter["reason"] for letter in Queues().letters()] == ["website_not_found"]
    assert output.logged("website id belongs to more than one workspace")


def test_a_notice_of_s3_is_handed_on_to_the_queue_of_files(tables: "DynamoDBServiceResource", output: Output) -> None:
    assert _take(message(in_sns(notice_of_s3("incoming/a.csv")))) == []

    queues = Queues()
    [handed_on] = queues.receive(queues.files)
    assert json.loads(handed_on["Body"])["detail"]["object"]["key"] == "incoming/a.csv"


def test_a_notice_that_is_larger_than_a_message_of_the_queue_of_files_is_handed_on_in_parts(
    tables: "DynamoDBServiceResource", output: Output
) -> None:
    records = [
        {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "requestParameters": "x" * 100_000,
            "s3": {"bucket": {"name": "b"}, "object": {"key": f"incoming/{number}", "eTag": "e", "sequencer": "s"}},
        }
        for number in range(9)
    ]

    assert _take(message({"Records": records})) == []

    queues = Queues()
    handed_on = [json.loads(found["Body"]) for found in queues.receive(queues.files)]
    assert {found["detail"]["object"]["key"] for found in handed_on} == {f"incoming/{number}" for number in range(9)}


def test_a_notice_of_s3_is_buried_where_no_files_are_taken(
    tables: "DynamoDBServiceResource", output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXEL_FILE_QUEUE_URL", "")

    assert _take(message(notice_of_s3("incoming/a.csv"))) == []

    [letter] = Queues().letters()
    assert "EnableFiles" in letter["error"]["details"]["fields"][0]["message"]


def test_while_tinybird_is_down_events_wait_in_the_spill_queue(
    warehouse: StandIn, workspace_id: str, output: Output, no_sleep: list[float]
) -> None:
    warehouse.fault(path="/v0/events", status=503)

    assert _take(message(pageview())) == []

    queues = Queues()
    assert len(queues.receive(queues.spill)) == 1


def test_while_tinybird_refuses_our_token_messages_stay(
    warehouse: StandIn, workspace_id: str, output: Output, no_sleep: list[float]
) -> None:
    warehouse.fault(path="/v0/events", status=403)

    assert _take(message(pageview(), "m-1"), message({}, "m-2")) == ["m-1"]
    assert [letter["origin"] for letter in Queues().letters()] == ["sqs#m-2"]


def test_while_the_store_is_down_everything_stays(
    warehouse: StandIn, workspace_id: str, store_down: Any, output: Output
) -> None:
    store_down()

    assert _take(message(pageview(), "m-1"), message({}, "m-2")) == ["m-1", "m-2"]
    assert output.logged("queue batch failed")


def test_what_cannot_be_buried_stays(
    warehouse: StandIn, workspace_id: str, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXEL_DEAD_LETTER_QUEUE_URL", "http://127.0.0.1:1/gone")

    assert _take(message(pageview(), "m-1"), message({}, "m-2")) == ["m-2"]


_POISON = {
    "a time before all time": {"origin": "sqs#0", "at_ms": -(10**18), "event": json.dumps(pageview())},
    "a time after all time": {"origin": "sqs#0", "at_ms": 10**400, "event": json.dumps(pageview())},
    "half a character for an origin": {"origin": "\ud800", "at_ms": 1, "event": json.dumps(pageview())},
    "half a character for a message id": in_sns(pageview(), "\ud800"),
    "half a character for an event's id": in_eventbridge(pageview(), "\ud800"),
}


@pytest.mark.parametrize("poison", _POISON.values(), ids=_POISON)
def test_no_message_takes_another_along(
    warehouse: StandIn, workspace_id: str, output: Output, poison: dict[str, Any]
) -> None:
    assert _take(message(poison), message(pageview(path="/good"))) == []

    assert "/good" in {row["path"] for row in warehouse.rows(workspace_id, "pageviews")}


def test_what_nobody_foresaw_leaves_its_own_message_alone_in_the_queue(
    warehouse: StandIn, workspace_id: str, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_for_one(event: Any, *given: Any, **named: Any) -> str:
        if event.path == "/poison":
            raise OverflowError("nobody foresaw this")
        return row_of(event, *given, **named)

    monkeypatch.setattr(sent_events, "row_of", fails_for_one)

    assert _take(message(pageview(path="/poison", event_id="p-1"), "m-1"), message(pageview(path="/good"))) == ["m-1"]

    assert [row["path"] for row in warehouse.rows(workspace_id, "pageviews")] == ["/good"]
    assert "nobody foresaw this" not in output.text
    monkeypatch.setattr(sent_events, "row_of", row_of)
    assert _take(message(pageview(path="/poison", event_id="p-1"), "m-1")) == []


def test_a_name_that_a_sender_made_up_is_not_logged(tables: Any, output: Output) -> None:
    _take(message({**pageview(), "jane.doe@example.com": 1}))

    [logged] = output.logged("events rejected")
    assert logged["fields"] == {"another: unknown": 1}
    assert "jane" not in output.text


def test_more_than_tinybird_takes_goes_in_several_calls(
    warehouse: StandIn, workspace_id: str, output: Output, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "FORWARDED_BYTES_MAX", 3_000)

    assert _take(*(message(pageview(path=f"/{number}")) for number in range(20))) == []

    assert len(warehouse.rows(workspace_id, "pageviews")) == 20
    assert sent.count("POST /v0/events") > 4


def test_what_there_is_no_time_for_stays(
    warehouse: StandIn, workspace_id: str, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settlement, "_PORTION_SIZE", 2)
    answers = iter([100.0, 100.0, 100.0, 200.0])
    monkeypatch.setattr(settlement, "epoch_seconds", lambda: next(answers, 200.0))

    stays = _take(*(message(pageview(path=f"/{number}"), f"m-{number}") for number in range(6)))

    assert stays == ["m-4", "m-5"]
    assert len(warehouse.rows(workspace_id, "pageviews")) == 4
