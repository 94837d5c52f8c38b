"""template.yaml has the order that its first lines state."""

import re
from itertools import groupby

import pytest

from tests.template import document

_SECTIONS = (
    "API",
    "AUTHORIZER",
    "ROUTES",
    "CONSUMERS",
    "ROLES",
    "LAYERS",
    "TABLES",
    "QUEUES",
    "SOURCES",
    "USAGE PLANS",
    "LINKS",
    "EDGE",
    "AUTOMATION",
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
    "LINKS": {"AWS::Serverless::Application"},
    "EDGE": {"AWS::Serverless::Application"},
    "AUTOMATION": {"AWS::Serverless::Application"},
    "ALARMS": {"AWS::Serverless::Application"},
    "ROUTES": {"AWS::Serverless::Function"},
    "CONSUMERS": {"AWS::Serverless::Function"},
    "AUTHORIZER": {"AWS::Serverless::Function"},
    "ROLES": {"AWS::IAM::Role", "AWS::Logs::LogGroup"},
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


def _routes() -> list[tuple[str, str, str]]:
    """Return noun, path and method of each route in the order of the template."""
    return [
        (document.folder_of(name).partition("/")[0], source["Properties"]["Path"], source["Properties"]["Method"])
        for name, function in document.functions().items()
        for source in function["Properties"].get("Events", {}).values()
        if source["Type"] == "Api"
    ]


def test_routes_stand_by_noun() -> None:
    nouns = [noun for noun, _ in groupby(_routes(), key=lambda route: route[0])]

    assert len(nouns) == len(set(nouns))


def test_routes_of_a_noun_stand_in_the_order_of_their_paths() -> None:
    for _, routes in groupby(_routes(), key=lambda route: route[0]):
        listed = list(routes)
        assert listed == sorted(listed)


def test_a_log_group_stands_below_its_role() -> None:
    names = _resources_by_section()["ROLES"]
    roles = [name.removesuffix("Role") for name in names if name.endswith("Role")]

    assert names == [f"{name}{part}" for name in roles for part in ("Role", "LogGroup")]


def test_nothing_is_hidden_behind_anchors_and_aliases() -> None:
    for template in document.TEMPLATES:
        without_strings = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'", "", document.text(template))
        assert re.findall(r"(?:^|[\s\[{,])[&*]\w+|<<:", without_strings) == []


@pytest.mark.parametrize("template", document.TEMPLATES)
def test_every_parameter_is_described_and_used(template: str) -> None:
    for name, parameter in document.written(template)["Parameters"].items():
        assert parameter["Description"]
        assert f"!Ref {name}" in document.text(template) or f"${{{name}}}" in document.text(template)


def test_only_what_no_default_can_know_must_be_given() -> None:
    parameters = document.written()["Parameters"]

    assert {name for name in parameters if "Default" not in parameters[name]} == {"TinybirdUrl", "TinybirdWorkspaceId"}
