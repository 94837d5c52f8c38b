"""An alarm watches a metric that exists, and names the page that says what to do."""

import ast
import re
from functools import cache
from typing import Any

import pytest

from pixel.foundation import observability
from tests.conftest import Output
from tests.template import document
from tests.template.document import ROOT

_OF_PARTS = document.of_type("AWS::CloudWatch::Alarm", document.ALARMS)
_OF_AUTOMATION = document.of_type("AWS::CloudWatch::Alarm", document.AUTOMATION)
_ALARMS = {**_OF_PARTS, **_OF_AUTOMATION}
_NAMESPACES = ({"Ref": "MetricsNamespace"}, {"Fn::Sub": "PixelApi/${MainStackName}"})
_OWN = [name for name, alarm in _ALARMS.items() if alarm["Properties"].get("Namespace") in _NAMESPACES]


_ON_A_SCHEDULE = {"CanaryAlarm", "AlertLagAlarm"}
"""Alarms on metrics that are written with or without traffic, so that missing data is a fault."""


def test_what_can_break_has_an_alarm() -> None:
    assert _ALARMS.keys() >= {"Api5xxAlarm", "ApiLatencyAlarm", "AuthorizerErrorsAlarm", "UncountedRequestsAlarm"}


_OF_SEVERAL = {
    "ThrottlesAlarms": ("ThrottlesAlarm", _OF_PARTS),
    "ConsumerErrorsAlarms": ("ErrorsAlarm", _OF_PARTS),
    "AutomationErrorsAlarms": ("ErrorsAlarm", _OF_AUTOMATION),
}
"""Headings of the runbook for several alarms, how the names of these end, and among which they are."""


def test_the_alarms_of_two_stacks_have_different_names() -> None:
    assert len(_ALARMS) == len(_OF_PARTS) + len(_OF_AUTOMATION)


@pytest.mark.parametrize("name", _ALARMS)
def test_an_alarm_ends_in_its_heading_of_the_runbook(name: str) -> None:
    headings = _headings()
    of_several = [
        heading for heading, (ending, among) in _OF_SEVERAL.items() if name.endswith(ending) and name in among
    ]
    heading = name if name in headings else of_several[0]

    assert _ALARMS[name]["Properties"]["AlarmDescription"].endswith(f". docs/runbook.md#{heading.lower()}")
    assert headings.count(heading) == 1


def test_the_runbook_has_no_heading_without_an_alarm() -> None:
    linked = {alarm["Properties"]["AlarmDescription"].rpartition("#")[2] for alarm in _ALARMS.values()}

    assert {heading.lower() for heading in _headings()} == linked


def test_every_consumer_and_the_authorizer_have_an_alarm_on_errors() -> None:
    watched = {_watched(name) for name in _OF_PARTS if name.endswith("ErrorsAlarm")}
    kinds = {"SQS", "Kinesis"}
    consumers = {
        f"{name}Name"
        for name, function in document.functions().items()
        if kinds & {source["Type"] for source in function["Properties"].get("Events", {}).values()}
    }

    assert watched == consumers | {"AuthorizerFunctionName"}
    of_automation = {_watched(name) for name in _OF_AUTOMATION if name.endswith("ErrorsAlarm")}
    assert of_automation == document.functions(document.AUTOMATION).keys()


def test_reads_and_writes_of_every_table_have_an_alarm_on_throttles() -> None:
    watched = {
        (_ALARMS[name]["Properties"]["MetricName"], _watched(name))
        for name in _ALARMS
        if name.endswith("ThrottlesAlarm") and name != "WebsiteIndexThrottlesAlarm"
    }

    assert watched == {
        (metric, f"{table}Name")
        for table in document.of_type("AWS::DynamoDB::Table")
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents")
    }


def test_the_index_that_sources_read_has_an_alarm_on_throttles() -> None:
    dimensions = _ALARMS["WebsiteIndexThrottlesAlarm"]["Properties"]["Dimensions"]
    (index,) = (
        one
        for one in document.properties("WorkspaceTable")["GlobalSecondaryIndexes"]
        if one["KeySchema"][0]["AttributeName"] == "owned_website_id"
    )

    assert dimensions == [
        {"Name": "TableName", "Value": {"Ref": "WorkspaceTableName"}},
        {"Name": "GlobalSecondaryIndexName", "Value": index["IndexName"]},
    ]


@pytest.mark.parametrize("name", _ALARMS)
def test_an_alarm_notifies_the_operator_s_topic_and_is_quiet_without_traffic(name: str) -> None:
    alarm = _ALARMS[name]["Properties"]

    assert alarm["AlarmActions"] == {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert alarm["TreatMissingData"] == ("breaching" if name in _ON_A_SCHEDULE else "notBreaching")


def test_our_metrics_are_watched() -> None:
    namespace = document.written()["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]

    assert document.properties("Alarms")["Parameters"]["MetricsNamespace"] == namespace
    assert document.properties("Automation")["Parameters"]["MainStackName"] == {"Ref": "AWS::StackName"}
    assert namespace == {"Fn::Sub": _NAMESPACES[1]["Fn::Sub"].replace("MainStackName", "AWS::StackName")}
    assert {*_OWN} & _OF_AUTOMATION.keys() == {"AlertLagAlarm", "MailsFailedAlarm", "MessagesFailedAlarm"}


def test_every_alarm_watches_what_the_main_template_names() -> None:
    passed = document.properties("Alarms")["Parameters"]

    assert document.properties("Alarms")["Location"] == document.ALARMS
    assert passed.keys() == document.written(document.ALARMS)["Parameters"].keys()
    assert {kind: name for kind, name in passed.items() if "Name" in kind} == {
        "ApiName": {"Ref": "AWS::StackName"},
        "StageName": {"Ref": "StageName"},
        "MetricsNamespace": {"Fn::Sub": "PixelApi/${AWS::StackName}"},
        "AuthorizerFunctionName": {"Ref": "AuthorizerFunction"},
        "DrainSpillFunctionName": {"Ref": "DrainSpillFunction"},
        "DrainCollectFunctionName": {"Ref": "DrainCollectFunction"},
        "IngestQueueFunctionName": {"Fn::If": ["HasQueue", {"Ref": "IngestQueueFunction"}, ""]},
        "IngestFileFunctionName": {"Fn::If": ["HasFiles", {"Ref": "IngestFileFunction"}, ""]},
        "ApiKeysTableName": {"Ref": "ApiKeysTable"},
        "WorkspaceTableName": {"Ref": "WorkspaceTable"},
        "CountersTableName": {"Ref": "CountersTable"},
        "ClaimsTableName": {"Ref": "ClaimsTable"},
        "SecretsTableName": {"Ref": "SecretsTable"},
        "SpillQueueName": {"Fn::GetAtt": ["SpillQueue", "QueueName"]},
        "CollectQueueName": {"Fn::GetAtt": ["CollectQueue", "QueueName"]},
        "DeadLetterQueueName": {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]},
        "IngestQueueName": {"Fn::If": ["HasQueue", {"Fn::GetAtt": ["IngestQueue", "QueueName"]}, ""]},
        "LinksTableName": {"Fn::If": ["HasLinks", {"Ref": "LinksTable"}, ""]},
        "RedirectApiName": {"Fn::If": ["HasLinks", {"Fn::Sub": "${AWS::StackName}-redirects"}, ""]},
        "FileQueueName": {"Fn::If": ["HasFiles", {"Fn::GetAtt": ["FileQueue", "QueueName"]}, ""]},
        "IngestStreamFunctionName": {"Fn::If": ["HasStream", {"Ref": "IngestStreamFunction"}, ""]},
        "RecordClicksFunctionName": {"Fn::If": ["HasLinks", {"Ref": "RecordClicksFunction"}, ""]},
        "ClicksQueueName": {"Fn::If": ["HasLinks", {"Fn::GetAtt": ["ClicksQueue", "QueueName"]}, ""]},
    }


@pytest.mark.parametrize("name", [name for name, alarm in _OF_PARTS.items() if "Condition" in alarm])
def test_an_alarm_of_an_optional_part_is_there_only_with_it(name: str) -> None:
    condition = document.written(document.ALARMS)["Conditions"][_ALARMS[name]["Condition"]]
    tested, nothing = condition["Fn::Not"][0]["Fn::Equals"]
    passed = document.properties("Alarms")["Parameters"]

    assert nothing == ""
    assert passed[tested["Ref"]]["Fn::If"][0] == passed[_watched(name, tested["Ref"])]["Fn::If"][0]


@pytest.mark.parametrize("name", _OWN)
def test_an_alarm_on_a_metric_of_ours_looks_where_functions_write_it(name: str, output: Output) -> None:
    """CloudWatch treats each set of dimensions as a metric of its own and never adds them up."""
    alarm = _ALARMS[name]["Properties"]
    looked_at = {dimension["Name"] for dimension in alarm.get("Dimensions", [])}

    write = observability.count if alarm["Statistic"] == "Sum" else observability.record_age
    write(alarm["MetricName"], 1)
    observability.flush_metrics()

    assert looked_at in [set(dimensions) for dimensions in _written_dimensions(output)]


@pytest.mark.parametrize("name", _OWN)
def test_an_alarm_on_a_metric_of_ours_names_one_that_is_written(name: str) -> None:
    alarm = _ALARMS[name]["Properties"]

    assert alarm["MetricName"] in _written_metrics("count" if alarm["Statistic"] == "Sum" else "record_age")


def _headings() -> list[str]:
    return re.findall(r"^## (\w+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)


def _watched(name: str, of_a_metric_of_ours: str = "") -> str:
    """Return the parameter with the name of what an alarm watches."""
    if "Dimensions" not in _ALARMS[name]["Properties"]:
        return f"{name.removesuffix('WaitsAlarm')}Name" if name.endswith("WaitsAlarm") else of_a_metric_of_ours
    watched = _ALARMS[name]["Properties"]["Dimensions"][0]
    return str(watched["Value"]["Ref"])


def _written_dimensions(output: Output) -> list[list[str]]:
    (line,) = output.lines
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    written: list[list[str]] = directive["Dimensions"]
    return written


@cache
def _written_metrics(function: str) -> set[Any]:
    calls = (
        node
        for path in (ROOT / "layers" / "common" / "pixel").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
    )
    return {
        part.value
        for call in calls
        for argument in call.args[:1]
        for part in ast.walk(argument)  # which may choose among several
        if isinstance(part, ast.Constant)
    }
