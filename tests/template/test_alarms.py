"""An alarm watches a metric that exists, and names the page that says what to do."""

import ast
import re
from typing import Any

import pytest

from pixel.foundation import observability
from tests.conftest import Output
from tests.template import document
from tests.template.document import ROOT

_ALARMS = document.of_type("AWS::CloudWatch::Alarm", document.ALARMS)
_NAMESPACE = {"Ref": "MetricsNamespace"}
_OWN = [name for name, alarm in _ALARMS.items() if alarm["Properties"].get("Namespace") == _NAMESPACE]


_ON_A_SCHEDULE = {"CanaryAlarm"}
"""Alarms on metrics that are written with or without traffic, so that missing data is a fault."""


def test_what_can_break_has_an_alarm() -> None:
    assert _ALARMS.keys() >= {"Api5xxAlarm", "ApiLatencyAlarm", "AuthorizerErrorsAlarm", "UncountedRequestsAlarm"}


@pytest.mark.parametrize("name", _ALARMS)
def test_an_alarm_ends_in_the_runbook_s_heading_of_its_name(name: str) -> None:
    headings = re.findall(r"^## (\w+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)

    assert _ALARMS[name]["Properties"]["AlarmDescription"].endswith(f". docs/runbook.md#{name.lower()}")
    assert headings.count(name) == 1


def test_the_runbook_has_no_heading_without_an_alarm() -> None:
    headings = re.findall(r"^## (\w+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)

    assert set(headings) == _ALARMS.keys()


@pytest.mark.parametrize("name", _ALARMS)
def test_an_alarm_notifies_the_operator_s_topic_and_is_quiet_without_traffic(name: str) -> None:
    alarm = _ALARMS[name]["Properties"]

    assert alarm["AlarmActions"] == {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert alarm["TreatMissingData"] == ("breaching" if name in _ON_A_SCHEDULE else "notBreaching")


def test_our_metrics_are_watched() -> None:
    namespace = document.written()["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]

    assert document.properties("Alarms")["Parameters"]["MetricsNamespace"] == namespace
    assert _OWN


def test_every_alarm_watches_what_the_main_template_names() -> None:
    passed = document.properties("Alarms")["Parameters"]

    assert document.properties("Alarms")["Location"] == document.ALARMS
    assert passed.keys() == document.written(document.ALARMS)["Parameters"].keys()
    assert {kind: name for kind, name in passed.items() if "Name" in kind} == {
        "ApiName": {"Ref": "AWS::StackName"},
        "StageName": {"Ref": "StageName"},
        "MetricsNamespace": {"Fn::Sub": "PixelApi/${AWS::StackName}"},
        "AuthorizerFunctionName": {"Ref": "AuthorizerFunction"},
        "ApiKeysTableName": {"Ref": "ApiKeysTable"},
        "SpillQueueName": {"Fn::GetAtt": ["SpillQueue", "QueueName"]},
        "DeadLetterQueueName": {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]},
        "IngestQueueName": {"Fn::If": ["HasQueue", {"Fn::GetAtt": ["IngestQueue", "QueueName"]}, ""]},
        "FileQueueName": {"Fn::If": ["HasFiles", {"Fn::GetAtt": ["FileQueue", "QueueName"]}, ""]},
        "IngestStreamFunctionName": {"Fn::If": ["HasStream", {"Ref": "IngestStreamFunction"}, ""]},
    }


@pytest.mark.parametrize("name", [name for name, alarm in _ALARMS.items() if "Condition" in alarm])
def test_an_alarm_of_an_optional_part_is_there_only_with_it(name: str) -> None:
    [watched] = _ALARMS[name]["Properties"]["Dimensions"]
    condition = document.written(document.ALARMS)["Conditions"][_ALARMS[name]["Condition"]]

    assert condition == {"Fn::Not": [{"Fn::Equals": [watched["Value"], ""]}]}
    assert "Fn::If" in document.properties("Alarms")["Parameters"][watched["Value"]["Ref"]]


@pytest.mark.parametrize("name", _OWN)
def test_an_alarm_on_a_metric_of_ours_looks_where_functions_write_it(name: str, output: Output) -> None:
    """CloudWatch treats each set of dimensions as a metric of its own and never adds them up."""
    alarm = _ALARMS[name]["Properties"]
    looked_at = {dimension["Name"] for dimension in alarm.get("Dimensions", [])}

    observability.count(alarm["MetricName"])
    observability.flush_metrics()

    assert looked_at in [set(dimensions) for dimensions in _written_dimensions(output)]


@pytest.mark.parametrize("name", _OWN)
def test_an_alarm_on_a_metric_of_ours_names_one_that_is_counted(name: str) -> None:
    assert _ALARMS[name]["Properties"]["MetricName"] in _counted_metrics()


def _written_dimensions(output: Output) -> list[list[str]]:
    (line,) = output.lines
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    written: list[list[str]] = directive["Dimensions"]
    return written


def _counted_metrics() -> set[Any]:
    calls = (
        node
        for path in (ROOT / "layers" / "common" / "pixel").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "count"
    )
    return {argument.value for call in calls for argument in call.args[:1] if isinstance(argument, ast.Constant)}
