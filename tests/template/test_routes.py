"""Every route is behind the authorizer and the usage plan, unless it is named here as open."""

import json
import re
from functools import cache
from typing import Any

import pytest

from pixel.faces.directory import face_of
from pixel.faces.pixel_api import CORE
from tests.contracts.for_each import for_each
from tests.template import document
from tools.openapi.routes import routes

_PIXEL = {
    ("post", "/api/v1/collect"): {"Ref": "StageRateLimit"},
    ("post", "/p/e"): {"Ref": "StageRateLimit"},
    ("get", "/p/{file}"): 500,
}
"""What pages of websites ask for, whose functions count events; the script is beside the path that it sends to."""
_PAGES = {
    ("get", "/dashboard"),
    ("get", "/mail/{token}"),
    ("post", "/mail/{token}"),
    ("get", "/share/assets/{file}"),
    ("get", "/share/{token}"),
    ("get", "/share/{token}/embed"),
}
"""What people open in a browser lies outside /api."""
_OPEN = {
    ("get", "/api/v1/health"),
    ("get", "/api/v1/openapi.yaml"),
    ("get", "/api/v1/share/data"),
    ("post", "/api/v1/share/open"),
    *_PAGES,
    *_PIXEL,
}
_THROTTLED_TO = {
    ("post", "/api/v1/share/open"): 5,
    ("get", "/api/v1/share/data"): 50,
    **dict.fromkeys(_PAGES, 50),
    ("get", "/mail/{token}"): 20,
    ("post", "/mail/{token}"): 20,
    **_PIXEL,
}
_MEASURED = {
    ("post", "/p/e"),
    ("post", "/api/v1/pixel/events"),
    ("post", "/api/v1/pixel/events/batch"),
    ("get", "/api/v1/pixel/query/{pipe}"),
}
"""Methods with CloudWatch metrics of their own, which cost $1.50 a month for each method."""


@cache
def _routes() -> list[tuple[str, str]]:
    """Return methods and paths; not at import, which each process of the tests would translate the template for."""
    return [(method, path) for path, methods in document.paths().items() for method in methods if method != "options"]


def test_the_open_routes_exist() -> None:
    assert set(_routes()) >= _OPEN


@for_each(("method", "path"), _routes)
def test_a_route_asks_for_a_key_unless_it_is_open(method: str, path: str) -> None:
    security = document.paths()[path][method]["security"]
    authorizer = "KeyAuthorizer" if face_of(path) is CORE else "FaceAuthorizer"

    assert security == ([] if (method, path) in _OPEN else [{authorizer: []}, {"api_key": []}])


@for_each(("method", "path"), _routes)
def test_a_route_lies_under_the_version_and_ends_without_a_slash(method: str, path: str) -> None:
    root = "" if (method, path) in _PAGES or path.startswith("/p/") else "/api/v1"

    assert re.fullmatch(root + r"(/[a-z-]+(\.yaml)?|/\{[a-z]+\+?\})+", path)


@for_each(("method", "path"), _routes)
def test_a_route_hands_the_whole_request_to_one_function(method: str, path: str) -> None:
    integration = document.paths()[path][method]["x-amazon-apigateway-integration"]

    assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST")
    assert method in {"get", "head", "post", "patch", "put", "delete"}


@for_each("path", document.paths)
def test_a_preflight_is_answered_without_a_key(path: str) -> None:
    options = document.paths()[path]["options"]
    headers = options["x-amazon-apigateway-integration"]["responses"]["default"]["responseParameters"]
    prefix = "method.response.header.Access-Control-"

    assert "security" not in options
    assert headers[f"{prefix}Allow-Origin"] == "'*'"
    allowed = headers[f"{prefix}Allow-Methods"].strip("'").split(",")
    assert {method.lower() for method in allowed} == set(document.paths()[path])
    assert {"Authorization", "Idempotency-Key", "If-Match"} <= {
        *headers[f"{prefix}Allow-Headers"].strip("'").split(",")
    }
    assert f"{prefix}Allow-Credentials" not in headers


def test_the_authorizer_sees_requests_and_is_keyed_by_the_header_alone() -> None:
    authorizer = _definitions()["KeyAuthorizer"]["x-amazon-apigateway-authorizer"]

    assert authorizer["type"] == "request"
    assert authorizer["identitySource"] == "method.request.header.Authorization"


def test_the_authorizer_of_faces_sees_that_a_header_is_missing_and_is_never_cached() -> None:
    authorizer = _definitions()["FaceAuthorizer"]["x-amazon-apigateway-authorizer"]

    assert authorizer["type"] == "request"
    assert "identitySource" not in authorizer
    assert authorizer["authorizerResultTtlInSeconds"] == 0
    assert document.properties("Api")["Auth"]["Authorizers"]["FaceAuthorizer"]["Identity"] == {"ReauthorizeEvery": 0}


def test_the_authorizers_are_the_function_and_not_an_alias() -> None:
    """SAM's local API skips an authorizer whose ARN is an alias, and leaves the routes open."""
    for declared in document.properties("Api")["Auth"]["Authorizers"].values():
        assert declared["FunctionArn"] == {"Fn::GetAtt": ["AuthorizerFunction", "Arn"]}
        assert declared["FunctionPayloadType"] == "REQUEST"


def test_a_face_has_the_routes_that_its_handlers_answer_for() -> None:
    """The authorizer knows the face of a route by its path, and the function by its handler."""
    assert {route.path: route.face.name for route in routes()} == {
        route.path: face_of(route.path).name for route in routes()
    }


def test_answers_of_the_authorizer_are_cached_only_if_the_operator_says_so() -> None:
    declared = document.properties("Api")["Auth"]["Authorizers"]["KeyAuthorizer"]

    assert declared["Identity"]["ReauthorizeEvery"] == {"Ref": "AuthCacheTtlSeconds"}
    assert document.written()["Parameters"]["AuthCacheTtlSeconds"]["Default"] == 0
    authorizer = _definitions()["KeyAuthorizer"]["x-amazon-apigateway-authorizer"]
    assert authorizer["authorizerResultTtlInSeconds"] == 0


def test_usage_plans_take_their_key_from_the_authorizer() -> None:
    assert document.transformed()["Resources"]["Api"]["Properties"]["ApiKeySourceType"] == "AUTHORIZER"


def test_usage_plans_are_made_one_after_another_behind_the_stage() -> None:
    plans = document.of_type("AWS::ApiGateway::UsagePlan")

    waits_for = [document.written()["Resources"][name]["DependsOn"] for name in plans]

    assert waits_for == ["ApiStage", *list(plans)[:-1]]


@pytest.mark.parametrize("name", document.of_type("AWS::ApiGateway::UsagePlan"))
def test_a_usage_plan_is_of_the_stage_and_bursts_above_its_rate(name: str) -> None:
    plan = document.written()["Resources"][name]

    assert document.transformed()["Resources"]["ApiStage"]["Type"] == "AWS::ApiGateway::Stage"
    assert plan["Properties"]["ApiStages"][0] == {"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "StageName"}}
    assert plan["Properties"]["Throttle"]["RateLimit"] < plan["Properties"]["Throttle"]["BurstLimit"]


def test_there_is_no_stage_but_the_one_that_is_throttled_and_logged() -> None:
    """A deployment that names a stage creates it, and SAM's does so unless Globals set OpenApiVersion."""
    resources = document.transformed()["Resources"]
    deployments = [one for one in resources.values() if one["Type"] == "AWS::ApiGateway::Deployment"]

    assert deployments
    assert [one for one in deployments if "StageName" in one["Properties"]] == []
    assert [name for name, one in resources.items() if one["Type"] == "AWS::ApiGateway::Stage"] == ["ApiStage"]


def test_the_whole_stage_is_throttled_and_never_traces_data() -> None:
    settings, *_ = document.properties("Api")["MethodSettings"]

    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    assert settings["ThrottlingRateLimit"] == {"Ref": "StageRateLimit"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "StageBurstLimit"}
    assert settings["DataTraceEnabled"] is False


def _settings_of_methods() -> dict[tuple[str, str], dict[str, Any]]:
    _, *own = document.properties("Api")["MethodSettings"]
    return {
        (settings["HttpMethod"].lower(), settings["ResourcePath"].replace("~1", "/")[1:]): settings for settings in own
    }


def test_every_open_route_is_throttled_for_itself() -> None:
    limits = {place: settings["ThrottlingRateLimit"] for place, settings in _settings_of_methods().items()}

    assert {place: limits[place] for place in _OPEN} == {**dict.fromkeys(_OPEN, 10), **_THROTTLED_TO}


def test_no_method_escapes_the_throttle_of_the_stage_or_traces_data() -> None:
    """The settings of a method replace all settings of the stage."""
    stage, *_ = document.properties("Api")["MethodSettings"]
    kept = ("ThrottlingRateLimit", "ThrottlingBurstLimit", "DataTraceEnabled")

    for place, settings in _settings_of_methods().items():
        assert settings.keys() == stage.keys()
        assert settings["DataTraceEnabled"] is False
        if place not in _OPEN:
            assert {name: settings[name] for name in kept} == {name: stage[name] for name in kept}


def test_only_methods_that_matter_have_metrics_of_their_own() -> None:
    stage, *_ = document.properties("Api")["MethodSettings"]
    settings = _settings_of_methods()

    assert {place for place, one in settings.items() if one["MetricsEnabled"]} == _MEASURED
    assert settings.keys() == _MEASURED | _OPEN <= set(_routes())
    assert stage["MetricsEnabled"] is False


def test_an_access_log_line_is_json_and_holds_nothing_that_a_caller_sent() -> None:
    """Two values are numbers, so that a log query can compare them."""
    written: str = document.properties("Api")["AccessLogSetting"]["Format"]
    for number in ("$context.status", "$context.responseLatency"):
        assert f":{number}," in written
        written = written.replace(f":{number},", f':"{number}",')
    line: dict[str, str] = json.loads(written)

    assert line["request_id"] == "req_$context.requestId"
    assert set(line.values()) - {"req_$context.requestId"} == {
        "$context.extendedRequestId",
        "$context.requestTimeEpoch",
        "$context.httpMethod",
        "$context.resourcePath",
        "$context.status",
        "$context.error.responseType",
        "$context.responseLatency",
        "$context.integrationLatency",
        "$context.authorizer.latency",
        "$context.authorizer.workspace_id",
        "$context.authorizer.key_id",
        "$context.responseLength",
    }


def _definitions() -> dict[str, Any]:
    found: dict[str, Any] = document.transformed()["Resources"]["Api"]["Properties"]["Body"]["securityDefinitions"]
    return found
