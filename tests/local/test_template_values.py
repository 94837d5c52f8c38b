"""The embedded stack takes values from the template as CloudFormation does, and switches on what it can show."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.template import sam
from local.template.intrinsics import Resolver
from local.template.sam import SamTemplate, TemplateError
from local.welcome import welcome

_PROJECT = Path(__file__).resolve().parents[2]

_NO_VALUE = {"Fn::If": ["BusEnabled", "named", {"Ref": "AWS::NoValue"}]}


def _load(folder: Path, **overrides: str) -> SamTemplate:
    document: dict[str, Any] = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": {"EnableBus": {"Type": "String", "Default": "false"}},
        "Conditions": {"BusEnabled": {"Fn::Equals": [{"Ref": "EnableBus"}, "true"]}},
        "Resources": {
            "EventBus": {"Type": "AWS::Events::EventBus", "Condition": "BusEnabled", "Properties": {"Name": "events"}},
            "Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventBusName": {"Ref": "EventBus"}}},
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}},
            "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {}},
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
        },
    }
    file = folder / "template.json"
    file.write_text(json.dumps(document))
    return sam.load(file, overrides, {"EnableBus": "true", "EnableWhatIsNotThere": "true"})


def test_what_the_template_can_switch_on_is_on(tmp_path: Path) -> None:
    assert _load(tmp_path).parameters == {"EnableBus": "true"}


def test_loading_templates_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):  # the translator keeps the metrics of the last template only
        sam.load(_PROJECT / "template.yaml", {"TinybirdUrl": "http://127.0.0.1:1", "TinybirdWorkspaceId": "none"})

    assert caplog.messages == []


def test_what_was_asked_for_by_hand_wins(tmp_path: Path) -> None:
    template = _load(tmp_path, EnableBus="false")

    assert template.parameters == {"EnableBus": "false"}
    assert not Resolver(template, {}).is_created("EventBus")


def test_a_parameter_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="no parameter EnableNothing"):
        _load(tmp_path, EnableNothing="true")


@pytest.mark.parametrize(("enabled", "resolved"), [("true", {"a": "named", "b": ["named"]}), ("false", {"b": []})])
def test_a_property_without_a_value_is_left_out(tmp_path: Path, enabled: str, resolved: object) -> None:
    resolver = Resolver(_load(tmp_path, EnableBus=enabled), {})

    assert resolver.resolve({"a": _NO_VALUE, "b": [_NO_VALUE]}) == resolved


@pytest.mark.parametrize(
    ("name", "attribute", "value"),
    [
        ("EventBus", "Arn", "arn:aws:events:us-east-1:123456789012:event-bus/events"),
        ("EventBus", "Name", "events"),
        ("Rule", "Arn", "arn:aws:events:us-east-1:123456789012:rule/events/a-rule"),
        ("Topic", "TopicName", "a-topic"),
        ("Topic", "TopicArn", "arn:aws:sns:us-east-1:123456789012:a-topic"),
        ("Stream", "Arn", "arn:aws:kinesis:us-east-1:123456789012:stream/a-stream"),
        ("Bucket", "Arn", "arn:aws:s3:::a-bucket"),
    ],
)
def test_attributes_are_those_of_aws(tmp_path: Path, name: str, attribute: str, value: str) -> None:
    ids = {
        "EventBus": "events",
        "Rule": "events|a-rule",
        "Topic": "arn:aws:sns:us-east-1:123456789012:a-topic",
        "Stream": "a-stream",
        "Bucket": "a-bucket",
    }

    assert Resolver(_load(tmp_path), ids).resolve({"Fn::GetAtt": [name, attribute]}) == value


def test_the_terminal_names_the_sources_that_are_there(tmp_path: Path) -> None:
    state = {
        "api_url": "http://127.0.0.1:1",
        "aws_endpoint_url": "http://127.0.0.1:2",
        "tinybird": None,
        "logs": "logs",
        "resources": {"EventBus": "pixel-local-events", "EventStream": "a-stream", "ApiKeysTable": "keys"},
    }

    said = welcome(state, tmp_path, 1.0, _load(tmp_path))

    assert "Send events through AWS services:\n    bus     pixel-local-events\n    stream  a-stream\n" in said
    assert "http://127.0.0.1:2\n" in said
    assert "shop" not in said
    assert "pixel on: http://127.0.0.1:8797/\n" in welcome(
        state | {"shop_url": "http://127.0.0.1:8797/"}, tmp_path, 1.0, _load(tmp_path)
    )
    assert "Send events" not in welcome(state | {"resources": {}}, tmp_path, 1.0, _load(tmp_path))
