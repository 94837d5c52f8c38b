"""The nested stack of redirects: off by default, with its own API, and each function with the rights that it needs."""

import json
import re
from typing import Any

import pytest

from tests.contracts.source_files import REDIRECTS, docstring
from tests.template import document

_NESTED = "stacks/redirects.yaml"
_MAIN = document.written()
_RESOURCES: dict[str, Any] = document.written(_NESTED)["Resources"]
_FUNCTIONS = {
    name: function["Properties"] for name, function in document.of_type("AWS::Serverless::Function", _NESTED).items()
}
_TABLE = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/"
_SECRET = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/pixel/${MainStackName}/links-secret"
_ALLOWED = {
    "FollowLinkFunction": {
        f"{_TABLE}${{LinksTableName}}": {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        f"{_TABLE}${{CountersTableName}}": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "ClicksQueueArn": {"sqs:SendMessage"},
        _SECRET: {"ssm:GetParameter"},
    },
    "UnlockLinkFunction": {
        f"{_TABLE}${{LinksTableName}}": {"dynamodb:GetItem"},
        f"{_TABLE}${{CountersTableName}}": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        _SECRET: {"ssm:GetParameter"},
    },
    "LinkDomainFileFunction": {f"{_TABLE}${{LinksTableName}}": {"dynamodb:GetItem"}},
}
"""Exactly what functions may do beside writing their log; none may write a link."""


def test_short_links_are_off_unless_the_operator_wants_them() -> None:
    optional = {"LinksTable", "ClicksQueue", "Redirects"}

    assert _MAIN["Parameters"]["EnableLinks"]["Default"] == "false"
    assert _MAIN["Conditions"]["HasLinks"] == {"Fn::Equals": [{"Ref": "EnableLinks"}, "true"]}
    assert {name for name, one in _MAIN["Resources"].items() if one.get("Condition") == "HasLinks"} >= optional
    assert _MAIN["Outputs"]["LinksUrl"]["Condition"] == "HasLinks"


def test_the_main_stack_passes_what_the_nested_one_declares() -> None:
    passed = document.properties("Redirects")["Parameters"]

    assert passed.keys() == document.written(_NESTED)["Parameters"].keys()
    assert passed["MainStackName"] == {"Ref": "AWS::StackName"}


def test_functions_find_the_same_variables_as_those_of_the_main_stack() -> None:
    """All read the same settings; those of parts that redirects do not use have defaults."""
    own, main = (
        document.written(template)["Globals"]["Function"]["Environment"]["Variables"]
        for template in (_NESTED, document.MAIN)
    )

    assert main.keys() - own.keys() == {
        *("PIXEL_HOOK_QUEUE_URL", "PIXEL_MESSAGE_QUEUE_URL", "PIXEL_SECRETS_TABLE", "PIXEL_ALLOW_PRIVATE_WEBHOOKS"),
        *("PIXEL_MAIL_FROM", "PIXEL_MAIL_DOMAINS"),
        *("PIXEL_FILE_QUEUE_URL", "PIXEL_FILES_BUCKET", "PIXEL_ERRORS_PAGE_URL", "PIXEL_LINKS_URL"),
        *("PIXEL_COLLECT_QUEUE_URL", "PIXEL_EDGE_ENABLED"),
    }
    assert own.keys() <= main.keys()


def test_every_folder_is_a_function_with_its_docstring() -> None:
    described = {
        function["CodeUri"].strip("/").rpartition("/")[2]: function["Description"] for function in _FUNCTIONS.values()
    }

    assert described == {folder.name: docstring(folder / "handler.py").removesuffix(".") for folder in REDIRECTS}


def test_the_routes_are_those_of_visitors_and_need_no_key() -> None:
    body = document.transformed(_NESTED)["Resources"]["RedirectApi"]["Properties"]["Body"]
    routes = {
        (method, path): json.dumps(operation["x-amazon-apigateway-integration"]["uri"])
        for path, operations in body["paths"].items()
        for method, operation in operations.items()
    }

    assert {place: re.findall(r"(\w+Function)\.Arn", uri) for place, uri in routes.items()} == {
        ("get", "/{slug+}"): ["FollowLinkFunction"],
        ("head", "/{slug+}"): ["FollowLinkFunction"],
        ("post", "/{slug+}"): ["UnlockLinkFunction"],
        ("get", "/"): ["FollowLinkFunction"],
        ("head", "/"): ["FollowLinkFunction"],
        ("get", "/robots.txt"): ["LinkDomainFileFunction"],
        ("get", "/.well-known/apple-app-site-association"): ["LinkDomainFileFunction"],
        ("get", "/.well-known/assetlinks.json"): ["LinkDomainFileFunction"],
    }
    assert "securityDefinitions" not in body


@pytest.mark.parametrize("name", _ALLOWED)
def test_a_function_may_do_exactly_what_the_table_says(name: str) -> None:
    role = _FUNCTIONS[name]["Role"]["Fn::GetAtt"][0]
    [policy] = _RESOURCES[role]["Properties"]["Policies"]
    rights: dict[str, set[str]] = {}
    for statement in policy["PolicyDocument"]["Statement"]:
        actions = statement["Action"]
        ((_, argument),) = statement["Resource"].items()
        place = ".".join(argument) if isinstance(argument, list) else argument
        rights.setdefault(place, set()).update([actions] if isinstance(actions, str) else actions)

    assert _FUNCTIONS.keys() == _ALLOWED.keys()
    assert rights == {
        f"{role.removesuffix('Role')}LogGroup.Arn": {"logs:CreateLogStream", "logs:PutLogEvents"},
        **_ALLOWED[name],
    }
    assert not any("*" in place or "*" in str(actions) for place, actions in rights.items())


def test_neither_logs_nor_settings_hold_a_visitor_s_address_or_a_code() -> None:
    api = document.properties("RedirectApi", _NESTED)
    line: str = api["AccessLogSetting"]["Format"]

    assert set(re.findall(r"\$context\.([\w.]+)", line)) == {
        *("requestId", "extendedRequestId", "requestTimeEpoch", "httpMethod", "resourcePath", "status"),
        *("error.responseType", "responseLatency", "integrationLatency", "responseLength"),
    }
    assert all(setting["DataTraceEnabled"] is False for setting in api["MethodSettings"])


def test_passwords_are_throttled_for_themselves() -> None:
    stage, passwords = document.properties("RedirectApi", _NESTED)["MethodSettings"]

    assert (stage["ResourcePath"], stage["ThrottlingRateLimit"]) == ("/*", {"Ref": "StageRateLimit"})
    assert (passwords["ResourcePath"], passwords["HttpMethod"]) == ("/~1{slug+}", "POST")
    assert passwords["ThrottlingRateLimit"] == 10


@pytest.mark.parametrize("name", _FUNCTIONS)
def test_a_function_is_as_those_of_the_main_stack_but_gives_up_sooner(name: str) -> None:
    own, main = (document.written(template)["Globals"]["Function"] for template in (_NESTED, document.MAIN))
    group = _FUNCTIONS[name]["LoggingConfig"]["LogGroup"]["Ref"]

    assert {key: own[key] for key in ("Runtime", "Handler", "Architectures", "MemorySize")} == {
        key: main[key] for key in ("Runtime", "Handler", "Architectures", "MemorySize")
    }
    assert own["Timeout"] == 3
    assert own["Layers"] == [{"Ref": "LayerArn"}]
    assert _RESOURCES[group]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    # pixelctl finds clicks that were not queued by this name.
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", group.removesuffix("LogGroup")).lower()
    assert _RESOURCES[group]["Properties"]["LogGroupName"] == {"Fn::Sub": f"/pixel/${{MainStackName}}/{words}"}


def test_there_is_one_stage_which_is_throttled_and_logged() -> None:
    resources = document.transformed(_NESTED)["Resources"]

    assert [one for one in resources.values() if one["Type"] == "AWS::ApiGateway::Stage"] == [
        resources["RedirectApiStage"]
    ]
    assert not any("StageName" in one["Properties"] for one in resources.values() if one["Type"].endswith("Deployment"))


def test_what_the_gateway_itself_answers_is_a_page_in_every_case() -> None:
    responses = document.properties("RedirectApi", _NESTED)["GatewayResponses"]

    assert responses.keys() == {"MISSING_AUTHENTICATION_TOKEN", "THROTTLED", "DEFAULT_4XX", "DEFAULT_5XX"}
    for response in responses.values():
        [(kind, page)] = response["ResponseTemplates"].items()  # which is used whatever a client accepts
        headers = response["ResponseParameters"]["Headers"]
        assert kind == "application/json"
        assert page.startswith("<!doctype html>")
        assert "$" not in page
        assert headers["Content-Type"] == "'text/html; charset=utf-8'"
        assert headers["Cache-Control"] == "'no-store'"
        # API Gateway ends a value at the second apostrophe.
        assert {value.count("'") for value in headers.values()} == {2}
