"""What was answered 202 waits in queues that keep it as long as there is, and long enough for each attempt."""

import json
from typing import Any

import pytest

from pixel import drain, sqs
from pixel.aws import JsonService
from tests.template import document

_QUEUES = sorted(document.of_type("AWS::SQS::Queue"))
_DAYS = 86_400
_SPILL_NAME = "${AWS::StackName}-spill"


def _source() -> dict[str, Any]:
    (mapping,) = (
        resource["Properties"]
        for resource in document.transformed()["Resources"].values()
        if resource["Type"] == "AWS::Lambda::EventSourceMapping"
    )
    return dict(mapping)


def test_there_are_the_two() -> None:
    assert _QUEUES == ["DeadLetterQueue", "SpillQueue"]


@pytest.mark.parametrize("name", _QUEUES)
def test_a_queue_is_encrypted_and_keeps_messages_for_fourteen_days(name: str) -> None:
    queue = document.properties(name)

    assert queue["KmsMasterKeyId"] == "alias/aws/sqs"
    assert queue["MessageRetentionPeriod"] == 14 * _DAYS
    assert queue["ReceiveMessageWaitTimeSeconds"] == 20


def test_what_waits_for_a_decision_outlives_the_stack() -> None:
    queue = document.written()["Resources"]["DeadLetterQueue"]

    assert (queue["DeletionPolicy"], queue["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_no_message_is_handed_out_again_while_it_is_being_drained() -> None:
    timeout = document.properties("DrainSpillFunction")["Timeout"]
    window = _source()["MaximumBatchingWindowInSeconds"]

    assert document.properties("SpillQueue")["VisibilityTimeout"] >= 6 * timeout + window


def test_the_consumer_s_own_limit_leaves_time_to_bury_and_to_answer() -> None:
    """The last append may begin just before the limit; then one call buries and one says when the rest comes back."""
    sends = 2 * JsonService.ATTEMPTS * sqs._TIMEOUT_SECONDS

    assert (
        drain._SECONDS_MAX + drain._PATIENCE.total_seconds + sends
        < document.properties("DrainSpillFunction")["Timeout"]
    )


def test_one_message_s_failure_is_not_the_batch_s() -> None:
    assert _source()["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_few_consumers_share_what_tinybird_takes_in_a_second() -> None:
    assert _source()["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert _source()["BatchSize"] == 100


def test_the_consumer_buries_with_a_reason_before_the_queue_does_without() -> None:
    redrive = document.properties("SpillQueue")["RedrivePolicy"]

    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    assert drain._RECEIVES_OF_REFUSED < drain._RECEIVES_OF_ALL < redrive["maxReceiveCount"] <= 1000


def test_only_the_spill_queue_may_move_messages_to_the_dead_letter_queue() -> None:
    """By a name that is written twice: named by reference, the two queues would wait for each other."""
    allowed = document.properties("DeadLetterQueue")["RedriveAllowPolicy"]

    assert document.properties("SpillQueue")["QueueName"] == {"Fn::Sub": _SPILL_NAME}
    assert allowed == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [
            {"Fn::Sub": f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{_SPILL_NAME}"}
        ],
    }


def test_a_message_that_cannot_be_read_fits_into_the_one_that_buries_it() -> None:
    largest = document.properties("SpillQueue")["MaximumMessageSize"]

    assert len(json.dumps("\n" * largest)) + 500 < document.properties("DeadLetterQueue")["MaximumMessageSize"]
    assert len(json.dumps("é" * (largest // 2))) + 500 < document.properties("DeadLetterQueue")["MaximumMessageSize"]


def test_names_of_queues_are_for_alarms_to_watch() -> None:
    watched = {
        alarm["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in document.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["Namespace"] == "AWS/SQS"
    }

    assert watched == set(_QUEUES)
