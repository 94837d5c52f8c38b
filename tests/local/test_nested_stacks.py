"""Stacks nested in a template: their parameters, outputs, stores, functions, event sources and APIs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.aws import nested_stacks
from local.aws.clients import Endpoints
from local.gateway import definition
from local.template import sam
from local.template.intrinsics import CreatedStack
from local.template.sam import TemplateError
from tests.stack.running import RunningStack

Template = dict[str, Any]

_NOWHERE = Endpoints("http://127.0.0.1:1", "http://127.0.0.1:1")
_TRANSFORM = "AWS::Serverless-2016-10-31"
_HANDLER = """
import json, os

def handler(event, context):
    print(json.dumps({"taken": [record["body"] for record in event.get("Records", [])]}), flush=True)
    return {"statusCode": 200, "body": json.dumps({"name": context.function_name, "shown": os.environ["SHOWN"]})}
"""


def _nested(location: str, **parameters: Any) -> Template:
    return {"Type": "AWS::Serverless::Application", "Properties": {"Location": location, "Parameters": parameters}}


def _output(stack: str, name: str) -> Template:
    return {"Fn::GetAtt": [stack, f"Outputs.{name}"]}


def _write(file: Path, **parts: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"Transform": _TRANSFORM, **parts}))
    return file


def _function(folder: str, shown: object, **properties: Any) -> Template:
    settings = {"Runtime": "python3.13", "Handler": "handler.handler", "Timeout": 10, "CodeUri": folder}
    environment = {"Variables": {"SHOWN": shown}}
    return {"Type": "AWS::Serverless::Function", "Properties": {**settings, "Environment": environment, **properties}}


def _route(path: str) -> Template:
    return {"Route": {"Type": "Api", "Properties": {"RestApiId": {"Ref": "Api"}, "Path": path, "Method": "GET"}}}


def _api(name: str) -> Template:
    return {"Type": "AWS::Serverless::Api", "Properties": {"Name": name, "StageName": "live"}}


_SOME = {"Group": {"Type": "AWS::Logs::LogGroup"}}  # SAM refuses a template without resources
_REQUIRED = {"TinybirdUrl": {"Type": "String"}, "TinybirdWorkspaceId": {"Type": "String"}}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Run a parent with an API and a queue, and a nested stack with its own API that reads the parent's queue."""
    project = tmp_path_factory.mktemp("project")
    for name in ("parent", "link", "consumer"):
        (project / name).mkdir()
        (project / name / "handler.py").write_text(_HANDLER)
    polled = {"Queue": {"Type": "SQS", "Properties": {"Queue": {"Ref": "InboxArn"}}}}
    _write(
        project / "stacks" / "links.json",
        Parameters={"InboxArn": {"Type": "String"}, "Greeting": {"Type": "String"}},
        Resources={
            "Api": _api("links"),
            "Clicks": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${AWS::StackName}-clicks"}}},
            "LinkFunction": _function("../link/", {"Ref": "Greeting"}, Events=_route("/links/{slug}")),
            "ConsumerFunction": _function("../consumer/", {"Ref": "Clicks"}, Events=polled),
        },
        Outputs={"ClicksUrl": {"Value": {"Ref": "Clicks"}}},
    )
    inbox = {"Fn::GetAtt": ["Inbox", "Arn"]}
    template = _write(
        project / "template.json",
        Parameters=_REQUIRED,
        Resources={
            "Api": _api("parent"),
            "Inbox": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "inbox"}},
            "ParentFunction": _function("parent/", _output("Links", "ClicksUrl"), Events=_route("/parent")),
            "Links": _nested("stacks/links.json", InboxArn=inbox, Greeting={"Fn::Sub": "from ${AWS::StackName}"}),
        },
    )
    with RunningStack(
        tmp_path_factory.mktemp("state"), "--template", str(template), "--no-demo", "--no-warehouse"
    ) as stack:
        yield stack


def test_a_function_of_the_parent_reads_an_output_of_the_nested_stack(running: RunningStack) -> None:
    shown = running.call("/parent").json

    assert shown["name"] == "ParentFunction"
    assert shown["shown"].endswith("/pixel-local-Links-clicks")


def test_an_api_of_a_nested_stack_is_served_at_the_same_address_by_its_paths(running: RunningStack) -> None:
    assert running.call("/links/a-slug").json == {"name": "Links-LinkFunction", "shown": "from pixel-local"}
    assert running.call("/parent").json["name"] == "ParentFunction"
    assert running.call("/others/a-slug").status == 403
    assert running.state["nested_api_urls"] == {"Links": running.state["api_url"]}


def test_a_nested_stack_s_function_takes_messages_of_the_parent_s_queue(running: RunningStack) -> None:
    sqs = boto3.client("sqs", endpoint_url=running.state["aws_endpoint_url"], region_name="us-east-1")

    sqs.send_message(QueueUrl=running.state["resources"]["Inbox"], MessageBody="hello")

    assert running.wait_for_log("consumer", '"taken": ["hello"]')


def _create(folder: Path, resources: Template, **nested: Template) -> list[CreatedStack]:
    for name, parts in nested.items():
        _write(folder / "stacks" / f"{name}.json", **{"Resources": _SOME, **parts})
    template = sam.load(_write(folder / "template.json", Resources=resources), {})
    return nested_stacks.create(template, {}, _NOWHERE)


_GIVEN: Template = {"Parameters": {"Given": {"Type": "String"}}, "Outputs": {"Taken": {"Value": {"Ref": "Given"}}}}


def test_a_stack_takes_an_output_of_another_whichever_comes_first(tmp_path: Path) -> None:
    resources = {
        "Second": _nested("stacks/given.json", Given={"Fn::Sub": "${First.Outputs.Taken} again"}),
        "First": _nested("stacks/given.json", Given="once"),
    }

    main, *_ = _create(tmp_path, resources, given=_GIVEN)

    assert main.resolver.resolve(_output("Second", "Taken")) == "once again"


def test_a_stack_may_nest_another(tmp_path: Path) -> None:
    inner = _nested("given.json", Given={"Fn::Sub": "in ${AWS::StackName}"})
    outer = {"Resources": {"Inner": inner}, "Outputs": {"Taken": {"Value": _output("Inner", "Taken")}}}

    stacks = _create(tmp_path, {"Outer": _nested("stacks/outer.json")}, outer=outer, given=_GIVEN)

    assert stacks[0].resolver.resolve(_output("Outer", "Taken")) == "in pixel-local-Outer"
    assert [stack.template.path for stack in stacks] == [(), ("Outer",), ("Outer", "Inner")]


def test_a_stack_whose_condition_does_not_hold_is_left_out(tmp_path: Path) -> None:
    stack = {**_nested("stacks/given.json", Given="x"), "Condition": "Never"}
    _write(tmp_path / "stacks" / "given.json", Resources=_SOME, **_GIVEN)
    never = {"Fn::Equals": ["a", "b"]}
    template = sam.load(_write(tmp_path / "t.json", Conditions={"Never": never}, Resources={"Stack": stack}), {})

    assert [stack.template.path for stack in nested_stacks.create(template, {}, _NOWHERE)] == [()]


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({"One": _nested("stacks/none.json")}, "none.json cannot be read"),
        ({"One": _nested("https://example.com/a.yaml")}, "One has https://example.com/a.yaml"),
        ({"One": _nested("stacks/given.json", Given="x", More="y")}, "given.json has no parameter More"),
        ({"One": _nested("stacks/given.json")}, "given.json gives no default for Given"),
        (
            {
                "One": _nested("stacks/given.json", Given=_output("Two", "Taken")),
                "Two": _nested("stacks/given.json", Given=_output("One", "Taken")),
            },
            "nested stacks depend on each other",
        ),
        (
            {
                "One": _nested("stacks/given.json", Given="x"),
                "Two": _nested("stacks/given.json", Given=_output("One", "Other")),
            },
            "pixel-local-One has no output Other",
        ),
    ],
)
def test_a_stack_that_cannot_be_nested_is_refused_with_the_reason(
    tmp_path: Path, resources: Template, message: str
) -> None:
    with pytest.raises(TemplateError, match=message):
        _create(tmp_path, resources, given=_GIVEN)


def test_a_template_without_an_api_adds_none(tmp_path: Path) -> None:
    resources = {"Api": _api("main"), "One": _nested("stacks/given.json", Given="x"), "Parent": _public_function()}

    stacks = _create(tmp_path, resources, given=_GIVEN)

    assert [api.name for api in definition.read(stacks)] == [""]


def _public_function() -> Template:
    return _function("parent/", "", Events=_route("/parent"))
