"""template.yaml reads in the order that its header promises."""

import re

import pytest

from tests.template import document

_SECTIONS = (
    "API",
    "AUTHORIZER",
    "ROUTES",
    "CONSUMERS",
    "LAYERS",
    "TABLES",
    "QUEUES",
    "SOURCES",
    "USAGE PLANS",
    "ALARMS",
)
_TYPES = {
    "LAYERS": {"AWS::Serverless::LayerVersion"},
    "TABLES": {"AWS::DynamoDB::Table"},
    "QUEUES": {"AWS::SQS::Queue"},
    "SOURCES": {
        "AWS::Events::Archive",
        "AWS::Events::EventBus",
        "AWS::Events::Rule",
        "AWS::Kinesis::Stream",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SQS::QueuePolicy",
    },
    "USAGE PLANS": {"AWS::ApiGateway::UsagePlan"},
    "ALARMS": {"AWS::CloudWatch::Alarm"},
    "ROUTES": {"AWS::Serverless::Function", "AWS::IAM::Role", "AWS::Logs::LogGroup"},
    "CONSUMERS": {"AWS::Serverless::Function", "AWS::IAM::Role", "AWS::Logs::LogGroup"},
    "AUTHORIZER": {"AWS::Serverless::Function", "AWS::IAM::Role", "AWS::Logs::LogGroup"},
}


def _resources_by_section() -> dict[str, list[str]]:
    _, _, resources = document.text().partition("\nResources:\n")
    resources, _, _ = resources.partition("\nOutputs:\n")
    sections: dict[str, list[str]] = {}
    for banner, name in re.findall(r"^  (?:# -{10,} (.+)|(\w+):)$", resources, re.MULTILINE):
        if banner:
            sections[banner] = []
        else:
            sections[list(sections)[-1]].append(name)
    return sections


def test_the_parts_of_the_template_stand_in_order() -> None:
    parts = re.findall(r"^(\w+):", document.text(), re.MULTILINE)

    assert parts == [
        "AWSTemplateFormatVersion",
        "Transform",
        "Description",
        "Parameters",
        "Conditions",
        "Globals",
        "Resources",
        "Outputs",
    ]


def test_the_sections_of_resources_stand_in_order() -> None:
    sections = list(_resources_by_section())

    assert sections == [section for section in _SECTIONS if section in sections]


def test_every_resource_stands_in_a_section() -> None:
    listed = [name for names in _resources_by_section().values() for name in names]

    assert sorted(listed) == sorted(document.written()["Resources"])


@pytest.mark.parametrize("section", _TYPES)
def test_a_section_holds_what_it_says(section: str) -> None:
    names = _resources_by_section()[section]

    assert {document.written()["Resources"][name]["Type"] for name in names} == _TYPES[section]


def test_routes_stand_in_the_order_of_their_paths() -> None:
    routes = [
        (source["Properties"]["Path"], source["Properties"]["Method"])
        for function in document.functions().values()
        for source in function["Properties"].get("Events", {}).values()
        if source["Type"] == "Api"
    ]

    assert routes == sorted(routes)


@pytest.mark.parametrize("section", ["AUTHORIZER", "ROUTES", "CONSUMERS"])
def test_role_and_log_group_stand_below_their_function(section: str) -> None:
    names = _resources_by_section()[section]
    functions = [name.removesuffix("Function") for name in names if name.endswith("Function")]

    assert names == [f"{name}{part}" for name in functions for part in ("Function", "Role", "LogGroup")]


def test_nothing_is_hidden_behind_anchors_and_aliases() -> None:
    without_strings = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'", "", document.text())

    assert re.findall(r"(?:^|[\s\[{,])[&*]\w+|<<:", without_strings) == []


def test_every_parameter_is_described_and_used() -> None:
    for name, parameter in document.written()["Parameters"].items():
        assert parameter["Description"]
        assert f"!Ref {name}" in document.text()


def test_only_what_no_default_can_know_must_be_given() -> None:
    parameters = document.written()["Parameters"]

    assert {name for name in parameters if "Default" not in parameters[name]} == {"TinybirdUrl", "TinybirdWorkspaceId"}
