"""Queues keep what was accepted for as long as SQS allows, and hide it for as long as each attempt takes."""

import json
from typing import Any

import pytest

from pixel.aws import queues
from pixel.aws.json_service import ATTEMPTS
from pixel.ingest import pace, row_batch
from tests.template import document

_QUEUES = sorted(document.of_type("AWS::SQS::Queue"))
_DAYS = 86_400


_CONSUMERS = {
    "SpillQueue": "DrainSpillFunction",
    "CollectQueue": "DrainCollectFunction",
    "IngestQueue": "IngestQueueFunction",
    "FileQueue": "IngestFileFunction",
    "ClicksQueue": "RecordClicksFunction",
}


def _source(queue: str) -> dict[str, Any]:
    (mapping,) = (
        resource["Properties"]
        for resource in document.transformed()["Resources"].values()
        if resource["Type"] == "AWS::Lambda::EventSourceMapping"
        and resource["Properties"]["EventSourceArn"] == {"Fn::GetAtt": [queue, "Arn"]}
    )
    return dict(mapping)


def test_every_queue_but_the_dead_letters_has_a_consumer() -> None:
    assert set(_QUEUES) == {"DeadLetterQueue", *_CONSUMERS}


@pytest.mark.parametrize("name", _QUEUES)
def test_a_queue_is_encrypted_and_keeps_messages_for_fourteen_days(name: str) -> None:
    queue = document.properties(name)

    # Not the account's key for SQS: EventBridge and SNS could not send under it.
    assert queue["SqsManagedSseEnabled"] is True
    assert "KmsMasterKeyId" not in queue
    assert queue["MessageRetentionPeriod"] == 14 * _DAYS
    assert queue["ReceiveMessageWaitTimeSeconds"] == 20


def test_what_waits_for_a_decision_outlives_the_stack() -> None:
    queue = document.written()["Resources"]["DeadLetterQueue"]

    assert (queue["DeletionPolicy"], queue["UpdateReplacePolicy"]) == ("Retain", "Retain")


@pytest.mark.parametrize(("queue", "function"), _CONSUMERS.items())
def test_no_message_is_handed_out_again_while_it_is_being_taken(queue: str, function: str) -> None:
    timeout = document.properties(function)["Timeout"]
    window = _source(queue).get("MaximumBatchingWindowInSeconds", 0)

    assert document.properties(queue)["VisibilityTimeout"] >= 6 * timeout + window


@pytest.mark.parametrize("function", ["DrainSpillFunction", "DrainCollectFunction", "RecordClicksFunction"])
def test_the_consumer_s_own_limit_leaves_time_to_bury_and_to_answer(function: str) -> None:
    """The last append may begin just before the limit.

    One call to dead-letter rows, one to put others back and one to delay the rest may follow.
    """
    sends = 3 * ATTEMPTS * queues._TIMEOUT_SECONDS

    assert pace.SECONDS_MAX + pace.RETRY_POLICY.total_seconds + sends < document.properties(function)["Timeout"]


@pytest.mark.parametrize("queue", _CONSUMERS)
def test_one_message_s_failure_is_not_the_batch_s(queue: str) -> None:
    assert _source(queue)["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_few_consumers_share_what_tinybird_takes_in_a_second() -> None:
    """Of clicks and of events each, which are different datasources; the spill queue has rows of all.

    Each sends one call after another, and Tinybird takes at least 0.2 s to write the rows of one.
    """
    at_once = {queue: _source(queue)["ScalingConfig"]["MaximumConcurrency"] for queue in _CONSUMERS}

    assert (sum(at_once.values()) - at_once["ClicksQueue"]) / 0.2 < 60
    assert at_once["SpillQueue"] + at_once["ClicksQueue"] < 10
    assert _source("SpillQueue")["BatchSize"] == 100


def test_files_are_read_one_by_one() -> None:
    """Each file gets the whole time of an invocation."""
    assert _source("FileQueue")["BatchSize"] == 1


@pytest.mark.parametrize("queue", ["SpillQueue", "CollectQueue", "ClicksQueue"])
def test_the_consumer_buries_with_a_reason_before_the_queue_does_without(queue: str) -> None:
    redrive = document.properties(queue)["RedrivePolicy"]

    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    assert row_batch._RECEIVES_MAX_REFUSED < row_batch._RECEIVES_MAX < redrive["maxReceiveCount"] <= 1000


@pytest.mark.parametrize("name", _CONSUMERS)
def test_a_queue_gives_up_into_the_dead_letter_queue_after_a_day_or_later(name: str) -> None:
    redrive = document.properties(name)["RedrivePolicy"]

    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    assert redrive["maxReceiveCount"] * document.properties(name)["VisibilityTimeout"] >= _DAYS
    assert redrive["maxReceiveCount"] <= 1000


def test_only_queues_of_this_stack_may_move_messages_to_the_dead_letter_queue() -> None:
    """The template repeats their names, because references would make the queues wait for each other."""
    allowed = document.properties("DeadLetterQueue")["RedriveAllowPolicy"]
    names = [document.properties(name)["QueueName"]["Fn::Sub"] for name in _CONSUMERS]

    assert allowed == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [
            {"Fn::Sub": f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{name}"} for name in names
        ],
    }


def test_a_dead_letter_fits_into_the_ingest_queue() -> None:
    names = ("IngestQueue", "DeadLetterQueue")

    assert len({document.properties(name)["MaximumMessageSize"] for name in names}) == 1


@pytest.mark.parametrize("name", ["SpillQueue", "CollectQueue", "FileQueue", "ClicksQueue"])
def test_a_message_that_is_refused_fits_into_the_one_that_buries_it(name: str) -> None:
    largest = document.properties(name)["MaximumMessageSize"]

    assert len(json.dumps("\n" * largest)) + 1000 < document.properties("DeadLetterQueue")["MaximumMessageSize"]
    assert len(json.dumps("é" * (largest // 2))) + 1000 < document.properties("DeadLetterQueue")["MaximumMessageSize"]


def test_names_of_queues_are_for_alarms_to_watch() -> None:
    """The alarms get their names as parameters, which test_alarms checks."""
    alarms = [alarm["Properties"] for alarm in document.of_type("AWS::CloudWatch::Alarm", document.ALARMS).values()]
    read = [
        query["MetricStat"]["Metric"] for alarm in alarms for query in alarm.get("Metrics", []) if "MetricStat" in query
    ]
    watched = {
        metric["Dimensions"][0]["Value"]["Ref"] for metric in (*alarms, *read) if metric.get("Namespace") == "AWS/SQS"
    }

    assert watched == {f"{queue}Name" for queue in _QUEUES}
