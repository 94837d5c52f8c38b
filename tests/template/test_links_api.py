"""The nested stack of the API of short links: its routes, its rights, and the words of its gateway."""

import json
import re
from typing import Any

from pixel.faces.directory import face_of
from pixel.faces.smart_links import SMART_LINKS
from pixel.foundation.errors import ApiError, ErrorCode
from tests.contracts.source_files import FUNCTIONS, MAIN_FUNCTIONS
from tests.template import document
from tools.openapi.routes import LINKS, routes

_RESOURCES: dict[str, Any] = document.written(LINKS)["Resources"]
_TABLE = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/"
_ADMIN = (
    "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/pixel/${MainStackName}/tinybird-admin-token"
)
_READING = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
_OF_ANY = {f"{_TABLE}${{CountersTableName}}": {"dynamodb:UpdateItem"}, _ADMIN: {"ssm:GetParameter"}}
_ALLOWED = {
    "LinksReadRole": {f"{_TABLE}${{LinksTableName}}": _READING, **_OF_ANY},
    "QrRole": {
        f"{_TABLE}${{LinksTableName}}": {"dynamodb:GetItem"},
        f"{_TABLE}${{CountersTableName}}": {"dynamodb:UpdateItem"},
    },
    "LinksWriteRole": {
        f"{_TABLE}${{LinksTableName}}": {
            *(*_READING, "dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:DeleteItem"),
        },
        f"{_TABLE}${{WorkspaceTableName}}": {"dynamodb:ConditionCheckItem", "dynamodb:PutItem"},
        f"{_TABLE}${{ClaimsTableName}}": {"dynamodb:GetItem", "dynamodb:PutItem"},
        **_OF_ANY,
    },
    "WorkspaceReadRole": {
        f"{_TABLE}${{WorkspaceTableName}}": {"dynamodb:GetItem"},
        f"{_TABLE}${{LinksTableName}}": {"dynamodb:GetItem", "dynamodb:Query"},
        f"{_TABLE}${{CountersTableName}}": {"dynamodb:GetItem", "dynamodb:UpdateItem"},
    },
    "WorkspaceWriteRole": {
        f"{_TABLE}${{WorkspaceTableName}}": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        f"{_TABLE}${{LinksTableName}}": {*_READING, "dynamodb:PutItem", "dynamodb:UpdateItem"},
        f"{_TABLE}${{CountersTableName}}": {"dynamodb:GetItem", "dynamodb:UpdateItem"},
    },
}
"""Exactly what functions may do beside writing their log."""
_BY_GATEWAY = {
    "MISSING_AUTHENTICATION_TOKEN": ErrorCode.NOT_FOUND,
    "INVALID_SIGNATURE": ErrorCode.NOT_FOUND,
    "RESOURCE_NOT_FOUND": ErrorCode.NOT_FOUND,
    "QUOTA_EXCEEDED": ErrorCode.QUOTA_EXCEEDED,
    "REQUEST_TOO_LARGE": ErrorCode.PAYLOAD_TOO_LARGE,
    "INVALID_API_KEY": ErrorCode.INTERNAL_ERROR,
    "DEFAULT_4XX": ErrorCode.BAD_REQUEST,
    "DEFAULT_5XX": ErrorCode.INTERNAL_ERROR,
}


def _functions() -> dict[str, dict[str, Any]]:
    return {name: function["Properties"] for name, function in document.functions(LINKS).items()}


def test_every_folder_is_a_function_with_the_role_and_the_log_group_of_its_rights() -> None:
    folders = {folder.name for folder in FUNCTIONS} - {folder.name for folder in MAIN_FUNCTIONS}
    found = {}
    for name, function in _functions().items():
        folder = function["CodeUri"].strip("/").rpartition("/")[2]
        found[folder] = name
        role = function["Role"]["Fn::GetAtt"][0]
        assert role in _ALLOWED, name
        assert function["CodeUri"] == f"../functions/smart_links/{folder}/", name
        assert function["LoggingConfig"] == {"LogGroup": {"Ref": role.replace("Role", "LogGroup")}}, name
        assert function["Environment"] == {"Variables": {"POWERTOOLS_SERVICE_NAME": folder}}, name
        assert name == f"{''.join(word.capitalize() for word in folder.split('_'))}Function"
        assert function.get("Timeout", 10) < 29, name

    assert found.keys() == folders


def test_a_role_may_do_exactly_what_the_table_says() -> None:
    assert {name for name, one in _RESOURCES.items() if one["Type"] == "AWS::IAM::Role"} == _ALLOWED.keys()
    for role, allowed in _ALLOWED.items():
        [policy] = _RESOURCES[role]["Properties"]["Policies"]
        rights: dict[str, set[str]] = {}
        for statement in policy["PolicyDocument"]["Statement"]:
            ((_, argument),) = statement["Resource"].items()
            place = ".".join(argument) if isinstance(argument, list) else argument
            actions = statement["Action"]
            rights.setdefault(place, set()).update([actions] if isinstance(actions, str) else actions)
        log = {f"{role.removesuffix('Role')}LogGroup.Arn": {"logs:CreateLogStream", "logs:PutLogEvents"}}
        assert rights == {**log, **allowed}, role


def test_every_route_asks_the_authorizer_and_the_usage_plan_and_is_of_the_face() -> None:
    body = document.transformed(LINKS)["Resources"]["LinksApi"]["Properties"]["Body"]
    methods = {
        (method, path): operation
        for path, operations in body["paths"].items()
        for method, operation in operations.items()
        if method != "options"
    }

    assert methods.keys() == {(route.method, route.path) for route in routes(LINKS)}
    for (method, path), operation in methods.items():
        assert operation["security"] == [{"FaceAuthorizer": []}, {"api_key": []}], (method, path)
        assert face_of(path) is SMART_LINKS, path
    assert {route.face.name for route in routes(LINKS)} == {SMART_LINKS.name}
    authorizer = body["securityDefinitions"]["FaceAuthorizer"]["x-amazon-apigateway-authorizer"]
    assert "identitySource" not in authorizer
    assert authorizer["authorizerResultTtlInSeconds"] == 0


def test_usage_plans_are_of_both_apis() -> None:
    for plan in document.of_type("AWS::ApiGateway::UsagePlan").values():
        stage = {"Stage": {"Ref": "StageName"}}
        links = {"ApiId": {"Fn::GetAtt": ["Links", "Outputs.ApiId"]}, **stage}
        assert plan["Properties"]["ApiStages"] == [
            {"ApiId": {"Ref": "Api"}, **stage},
            {"Fn::If": ["HasLinks", links, {"Ref": "AWS::NoValue"}]},
        ]


def test_the_gateway_answers_in_the_words_of_the_face() -> None:
    responses = document.properties("LinksApi", LINKS)["GatewayResponses"]
    bodies = {}
    for kind, response in responses.items():
        [template] = response["ResponseTemplates"].values()
        bodies[kind] = json.loads(re.sub(r"\$context\.[\w.]+", "x", template))
        headers = response["ResponseParameters"]["Headers"]
        assert all(re.fullmatch(r"'[^'$]+'", value) for value in headers.values()), kind
        assert ("WWW-Authenticate" in headers) is (kind == "ACCESS_DENIED")
        assert bodies[kind].keys() == {"success", "error", "meta"}, kind

    assert responses.keys() == {*_BY_GATEWAY, "ACCESS_DENIED", "THROTTLED"}
    for kind, error in _BY_GATEWAY.items():
        shown = SMART_LINKS.shown(ApiError(error))
        assert bodies[kind]["error"]["code"] == shown.code, kind
        assert bodies[kind]["error"]["message"] == shown.message, kind
        assert responses[kind].get("StatusCode", shown.status) == shown.status, kind
    assert bodies["THROTTLED"]["error"]["code"] == "RATE_LIMITED"


def test_the_main_stack_passes_what_the_nested_one_declares_and_functions_find_the_same_settings() -> None:
    main, own = document.written(), document.written(LINKS)
    variables = [one["Globals"]["Function"]["Environment"]["Variables"] for one in (main, own)]

    passed = document.properties("Links")["Parameters"]
    assert passed.keys() == own["Parameters"].keys()
    assert document.written()["Resources"]["Links"]["Condition"] == "HasLinks"
    assert variables[0].keys() - variables[1].keys() == {
        *("PIXEL_HOOK_QUEUE_URL", "PIXEL_MESSAGE_QUEUE_URL", "PIXEL_SECRETS_TABLE", "PIXEL_ALLOW_PRIVATE_WEBHOOKS"),
        *("PIXEL_MAIL_FROM", "PIXEL_MAIL_DOMAINS"),
        *("PIXEL_FILE_QUEUE_URL", "PIXEL_FILES_BUCKET", "PIXEL_ERRORS_PAGE_URL"),
        *("PIXEL_COLLECT_QUEUE_URL", "PIXEL_EDGE_ENABLED"),
    }
    assert variables[1].keys() <= variables[0].keys()


def test_there_is_one_stage_which_is_throttled_and_logged_without_addresses() -> None:
    api = document.properties("LinksApi", LINKS)
    stages = [one for one in document.transformed(LINKS)["Resources"].values() if one["Type"].endswith("::Stage")]

    assert len(stages) == 1
    assert api["MethodSettings"][0]["ThrottlingRateLimit"] == {"Ref": "StageRateLimit"}
    assert all(setting["DataTraceEnabled"] is False for setting in api["MethodSettings"])
    assert not {"sourceIp", "path"} & set(
        re.findall(r"\$context\.(?:identity\.)?(\w+)", api["AccessLogSetting"]["Format"])
    )
