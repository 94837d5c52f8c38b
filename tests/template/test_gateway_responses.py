"""API Gateway's own responses have the envelope of all other responses."""

import json
import re
from typing import Any

import pytest

from tests.template import document

_TYPES = sorted(document.gateway_responses())
_REQUIRED = {
    "UNAUTHORIZED",
    "ACCESS_DENIED",
    "MISSING_AUTHENTICATION_TOKEN",
    "RESOURCE_NOT_FOUND",
    "THROTTLED",
    "QUOTA_EXCEEDED",
    "REQUEST_TOO_LARGE",
    "INVALID_API_KEY",
    "INVALID_SIGNATURE",
    "DEFAULT_4XX",
    "DEFAULT_5XX",
}
_ERRORS_PAGE = "https://docs.example.com/errors"
_CONTEXT = {
    "$context.requestId": "8f2c1d5e-3b7a-4c8e-9a41-6d0f2b7c9e13",
    "$context.authorizer.error_code": "api_key_revoked",
    "$context.authorizer.error_message": "This API key was revoked.",
    "$context.authorizer.error_docs": "api_key_revoked",
}
"""Values that API Gateway may insert unquoted: our constants and its own id, nothing that a caller sent."""


def _deployed(response_type: str) -> dict[str, Any]:
    body = document.transformed()["Resources"]["Api"]["Properties"]["Body"]
    found: dict[str, Any] = body["x-amazon-apigateway-gateway-responses"][response_type]
    return found


def _headers(response_type: str) -> dict[str, str]:
    prefix = "gatewayresponse.header."
    return {name.removeprefix(prefix): value for name, value in _deployed(response_type)["responseParameters"].items()}


def _body(response_type: str) -> dict[str, Any]:
    (template,) = _deployed(response_type)["responseTemplates"].values()
    template = template["Fn::Sub"].replace("${ErrorsPageUrl}", _ERRORS_PAGE)
    filled = re.sub(r"\$[A-Za-z.]+\w*", lambda variable: _CONTEXT[variable.group()], template)
    body: dict[str, Any] = json.loads(filled)
    return body


def test_every_type_that_a_caller_can_meet_is_there() -> None:
    assert set(_TYPES) == _REQUIRED


@pytest.mark.parametrize("response_type", _TYPES)
def test_the_body_is_the_envelope_with_the_request_id(response_type: str) -> None:
    body = _body(response_type)

    assert body.keys() == {"error", "meta"}
    assert body["meta"] == {"request_id": "req_8f2c1d5e-3b7a-4c8e-9a41-6d0f2b7c9e13"}
    assert {"code", "message", "docs_url"} <= body["error"].keys() <= {"code", "message", "docs_url", "details"}
    assert body["error"]["docs_url"] == f"{_ERRORS_PAGE}#{body['error']['code']}"
    assert list(_deployed(response_type)["responseTemplates"]) == ["application/json"]


def test_a_denial_says_what_the_authorizer_found_out() -> None:
    assert _body("ACCESS_DENIED")["error"] == {
        "code": "api_key_revoked",
        "message": "This API key was revoked.",
        "docs_url": f"{_ERRORS_PAGE}#api_key_revoked",
    }


@pytest.mark.parametrize("response_type", _TYPES)
def test_an_answer_may_be_read_by_browsers_and_kept_by_nobody(response_type: str) -> None:
    headers = _headers(response_type)

    assert headers["Access-Control-Allow-Origin"] == "'*'"
    assert headers["Cache-Control"] == "'no-store'"


@pytest.mark.parametrize("response_type", _TYPES)
def test_a_401_and_nothing_else_carries_a_challenge(response_type: str) -> None:
    is_401 = _deployed(response_type).get("statusCode") == "401"

    assert is_401 is (response_type in {"UNAUTHORIZED", "ACCESS_DENIED"})
    assert ("WWW-Authenticate" in _headers(response_type)) is is_401


def test_the_challenges_are_those_of_rfc_6750() -> None:
    assert _headers("UNAUTHORIZED")["WWW-Authenticate"] == "'Bearer realm=\"pixel\"'"
    assert _headers("ACCESS_DENIED")["WWW-Authenticate"] == '\'Bearer realm="pixel", error="invalid_token"\''


def test_a_throttled_caller_is_told_when_to_come_back() -> None:
    assert _headers("THROTTLED")["Retry-After"] == "'1'"
    assert "1 second" in _body("THROTTLED")["error"]["message"]


@pytest.mark.parametrize("response_type", _TYPES)
def test_a_header_is_a_constant(response_type: str) -> None:
    """API Gateway reads any other value as a mapping, and sends a quoted `$context` as it stands."""
    assert all(re.fullmatch(r"'[^'$]+'", value) for value in _headers(response_type).values())


@pytest.mark.parametrize("response_type", ["DEFAULT_4XX", "DEFAULT_5XX"])
def test_a_default_sets_no_status_because_it_would_rewrite_those_of_other_types(response_type: str) -> None:
    assert "statusCode" not in _deployed(response_type)


@pytest.mark.parametrize("response_type", [name for name in _TYPES if not name.startswith("DEFAULT_")])
def test_every_other_type_sets_its_status(response_type: str) -> None:
    assert re.fullmatch(r"[45]\d\d", _deployed(response_type)["statusCode"])
