"""The error table is what callers program against."""

import re
import string

import pytest

from pixel.foundation.errors import ERRORS, ApiError, ErrorCode, ErrorDefinition

_CONTRACT = {
    "missing_authorization": 401,
    "invalid_authorization_format": 401,
    "invalid_api_key": 401,
    "api_key_revoked": 401,
    "api_key_expired": 401,
    "insufficient_scope": 403,
    "invalid_pipe": 400,
    "invalid_visitor": 400,
    "invalid_query": 400,
    "invalid_body": 400,
    "website_not_found": 404,
    "bad_request": 400,
    "not_found": 404,
    "record_not_found": 404,
    "event_not_found": 404,
    "share_not_found": 404,
    "password_required": 401,
    "password_wrong": 401,
    "too_many_attempts": 429,
    "session_expired": 401,
    "panel_not_shared": 403,
    "dashboard_unavailable": 503,
    "origin_not_allowed": 403,
    "too_many_events": 429,
    "collect_unavailable": 503,
    "idempotency_conflict": 409,
    "already_exists": 409,
    "feature_not_available": 403,
    "short_code_exists": 409,
    "already_deleted": 409,
    "route_taken": 409,
    "record_in_use": 409,
    "links_left": 409,
    "short_not_found": 404,
    "limit_reached": 409,
    "secret_already_shown": 409,
    "concurrent_change": 409,
    "key_not_active": 409,
    "not_grantable": 403,
    "precondition_failed": 412,
    "url_not_allowed": 422,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "rate_limit_exceeded": 429,
    "quota_exceeded": 429,
    "ingest_unavailable": 503,
    "identify_unavailable": 503,
    "tinybird_error": 503,
    "internal_error": 500,
}


def test_codes_and_statuses_are_those_that_were_published() -> None:
    assert {error.code: error.status for error in ERRORS.values()} == _CONTRACT


def test_no_two_rows_share_a_code() -> None:
    """An Enum takes equal rows for one, so its members are compared with its names."""
    assert len(ERRORS) == len({error.code for error in ERRORS.values()})


@pytest.mark.parametrize("name", ERRORS)
def test_a_code_is_its_name_in_lower_case(name: str) -> None:
    assert ERRORS[name].code == name.lower()
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", ERRORS[name].code)


@pytest.mark.parametrize("error", ERRORS.values())
def test_a_message_is_a_sentence_that_fits_into_the_json_of_a_gateway_response(error: ErrorDefinition) -> None:
    assert error.message[0].isupper()
    assert error.message.endswith(".")
    assert not set(error.message) & set('"\\$\n')


@pytest.mark.parametrize("error", ERRORS.values())
def test_an_error_fills_every_placeholder_of_its_message(error: ErrorDefinition) -> None:
    names = [name for _, name, _, _ in string.Formatter().parse(error.message) if name]

    failure = ApiError(error, details=None, headers=None, **{name: f"<{name}>" for name in names})

    assert "{" not in failure.message
    assert all(f"<{name}>" in failure.message for name in names)


def test_an_error_without_a_value_for_its_message_cannot_be_made() -> None:
    with pytest.raises(KeyError, match="required"):
        ApiError(ErrorCode.INSUFFICIENT_SCOPE)


def test_the_text_of_an_error_is_its_code_alone() -> None:
    failure = ApiError(ErrorCode.INSUFFICIENT_SCOPE, details={"available": "ws_1"}, required="pixel:read")

    assert str(failure) == "insufficient_scope"
