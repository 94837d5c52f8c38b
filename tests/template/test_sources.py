"""Each source of events exists only if it is enabled, and only its own service may send to it."""

from typing import Any

import pytest

from tests.template import document

_SWITCHES = ("EnableQueue", "EnableBus", "EnableTopic", "EnableStream", "EnableFiles", "EnableLinks", "EnablePixelEdge")
_CONDITION_OF = {
    "EventArchive": "HasArchive",
    "IngestQueuePolicy": "ServicesSendEvents",
    "DeadLetterQueuePolicy": "ServicesSendDeadLetters",
}
_ALWAYS = {"SpillQueue", "CollectQueue", "DeadLetterQueue"}
_KINDS = (
    "AWS::Events::",
    "AWS::SNS::",
    "AWS::SQS::",
    "AWS::Kinesis::",
    "AWS::S3::",
)


def _of_sources() -> dict[str, dict[str, Any]]:
    resources = document.written()["Resources"]
    return {
        name: resource
        for name, resource in resources.items()
        if resource["Type"].startswith(_KINDS) and name not in _ALWAYS
    }


@pytest.mark.parametrize("switch", _SWITCHES)
def test_a_source_is_off_unless_it_is_asked_for(switch: str) -> None:
    assert document.written()["Parameters"][switch]["Default"] == "false"


@pytest.mark.parametrize("name", _of_sources())
def test_what_a_source_needs_is_not_there_without_it(name: str) -> None:
    condition = _of_sources()[name]["Condition"]

    assert condition == _CONDITION_OF.get(name, condition)
    assert condition in document.written()["Conditions"]


@pytest.mark.parametrize(
    ("function", "condition"),
    [
        *(("IngestQueue", "HasQueue"), ("IngestStream", "HasStream"), ("IngestFile", "HasFiles")),
        ("RecordClicks", "HasLinks"),
    ],
)
def test_a_consumer_goes_with_its_source(function: str, condition: str) -> None:
    resources = document.transformed()["Resources"]
    names = [f"{function}{part}" for part in ("Function", "Role", "LogGroup")]
    mappings = [name for name in resources if name.startswith(f"{function}Function") and name not in names]

    assert len(mappings) == 1
    assert {resources[name]["Condition"] for name in [*names, *mappings]} == {condition}


def test_the_queue_is_there_for_all_that_send_into_it_or_whose_dead_letters_come_back_through_it() -> None:
    conditions = document.written()["Conditions"]

    assert conditions["HasQueue"]["Fn::Or"][1:] == [{"Condition": name} for name in ("HasBus", "HasTopic", "HasFiles")]
    assert conditions["HasFiles"]["Fn::Or"][1:] == [{"Condition": "HasStream"}]


def test_no_queue_has_two_policies() -> None:
    """The second would replace the first."""
    policies = document.of_type("AWS::SQS::QueuePolicy").values()
    queues = [queue["Ref"] for policy in policies for queue in policy["Properties"]["Queues"]]

    assert len(queues) == len(set(queues))


@pytest.mark.parametrize("name", document.of_type("AWS::SQS::QueuePolicy"))
def test_only_this_stack_s_own_rules_and_topic_may_send(name: str) -> None:
    properties = document.properties(name)
    (queue,) = properties["Queues"]

    for written in properties["PolicyDocument"]["Statement"]:
        statement = _statement(written)
        (service,) = statement["Principal"].values()
        senders = {_sender(source) for source in _sources(statement)}

        assert (statement["Effect"], statement["Action"]) == ("Allow", "sqs:SendMessage")
        assert statement["Resource"] == {"Fn::GetAtt": [queue["Ref"], "Arn"]}
        expected = {"sns.amazonaws.com": "AWS::SNS::Topic", "events.amazonaws.com": "AWS::Events::Rule"}[service]
        assert {document.written()["Resources"][sender]["Type"] for sender in senders} == {expected}


def _statement(written: dict[str, Any]) -> dict[str, Any]:
    return dict(written["Fn::If"][1]) if "Fn::If" in written else written


def _sources(statement: dict[str, Any]) -> list[dict[str, Any]]:
    sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    return sources if isinstance(sources, list) else [sources]


def _sender(source: dict[str, Any]) -> str:
    return str(source["Ref"] if "Ref" in source else source["Fn::GetAtt"][0])


@pytest.mark.parametrize("name", document.of_type("AWS::Events::Rule"))
def test_what_a_rule_sends_may_be_received(name: str) -> None:
    allowed = {
        (queue["Ref"], _sender(source))
        for policy in document.of_type("AWS::SQS::QueuePolicy").values()
        for queue in policy["Properties"]["Queues"]
        for written in policy["Properties"]["PolicyDocument"]["Statement"]
        for source in _sources(_statement(written))
    }

    for target in document.properties(name)["Targets"]:
        assert (target["Arn"]["Fn::GetAtt"][0], name) in allowed
        if "DeadLetterConfig" in target:
            assert ("DeadLetterQueue", name) in allowed


def test_a_rule_that_sends_events_keeps_what_it_cannot_deliver() -> None:
    kept = {
        name: target["DeadLetterConfig"]
        for name, rule in document.of_type("AWS::Events::Rule").items()
        for target in rule["Properties"]["Targets"]
        if "DeadLetterConfig" in target
    }

    assert kept.keys() == {"EventRule", "OtherEventRule", "FileRule"}
    assert document.properties("EventSubscription")["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    }


def test_the_bus_passes_on_the_four_kinds_of_events_and_everything_else_to_be_refused() -> None:
    kinds = ["pageview", "custom", "payment", "identify"]

    assert document.properties("EventRule")["EventPattern"] == {"detail-type": kinds}
    assert document.properties("OtherEventRule")["EventPattern"] == {"detail-type": [{"anything-but": kinds}]}


def test_a_stream_s_batch_is_halved_tried_for_a_bounded_time_and_then_kept_whole() -> None:
    (source,) = document.properties("IngestStreamFunction")["Events"].values()
    mapping = source["Properties"]

    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 0 < mapping["MaximumRetryAttempts"] <= 1000
    assert mapping["MaximumRecordAgeInSeconds"] < 3600 * document.properties("EventStream")["RetentionPeriodHours"]
    assert mapping["DestinationConfig"] == {
        "OnFailure": {"Type": "S3", "Destination": {"Fn::GetAtt": ["FilesBucket", "Arn"]}}
    }
    assert "TumblingWindowInSeconds" not in mapping


def test_the_bucket_is_closed_encrypted_and_outlives_the_stack() -> None:
    bucket = document.written()["Resources"]["FilesBucket"]

    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["Properties"]["BucketEncryption"]
    assert bucket["Properties"]["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
