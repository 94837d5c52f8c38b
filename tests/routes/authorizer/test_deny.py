"""A bad key is denied with the code and the sentence that the gateway response shows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.authorizer.handler import handler
from pixel.auth import keys
from pixel.foundation.clock import now
from tests.conftest import IssuedKey, Output
from tests.routes.gateway import asking, event

pytestmark = pytest.mark.usefixtures("frozen", "output")

_MISSING = ("missing_authorization", "The Authorization header is missing; send Authorization: Bearer <api key>.")
_FORMAT = (
    "invalid_authorization_format",
    "The Authorization header is malformed; send Authorization: Bearer <api key>.",
)
_UNKNOWN = (
    "invalid_api_key",
    "Unknown API key; check that it is complete and belongs to this deployment.",
)
_REVOKED = ("api_key_revoked", "This API key was revoked; use another one or ask the operator for a new one.")
_EXPIRED = ("api_key_expired", "This API key has expired; ask the operator for a new one.")


def _ask(headers: dict[str, str] | None) -> dict[str, Any]:
    return handler(asking(headers), None)


def _denial(reason: tuple[str, str]) -> dict[str, Any]:
    resource = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/live/*"
    return {
        "principalId": "unknown",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": resource}],
        },
        "context": {"error_code": reason[0], "error_message": reason[1], "error_docs": reason[0]},
    }


@pytest.mark.parametrize("headers", [None, {}, {"Accept": "*/*"}, {"Authorization": ""}, {"Authorization": "  "}])
def test_a_request_without_the_header_is_told_to_send_one(headers: dict[str, str] | None) -> None:
    assert _ask(headers) == _denial(_MISSING)


@pytest.mark.parametrize(
    "header",
    ["Basic eDp5", "Bearer", "{key}", "Token {key}", "Bearer {key} {key}", "Bearer{key}", "Bearer\t{key}"],
)
def test_a_header_of_another_form_is_told_the_form(header: str) -> None:
    """Without `tables` a look-up would fail: nothing here costs a read."""
    assert _ask({"Authorization": header.format(key=keys.generate())}) == _denial(_FORMAT)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key[:-1],
        lambda key: key + "0",
        lambda key: key.replace("live", "prod"),
        lambda key: key.upper(),
        lambda _key: "x",
        lambda _key: "ключ",
        lambda key: f'"{key}"',
    ],
)
def test_a_mistyped_key_is_denied_without_a_read(spoil: Callable[[str], str]) -> None:
    assert _ask({"Authorization": f"Bearer {spoil(keys.generate())}"}) == _denial(_UNKNOWN)


@pytest.mark.usefixtures("tables")
def test_a_well_formed_key_that_nobody_issued_is_denied() -> None:
    assert _ask({"Authorization": f"Bearer {keys.generate()}"}) == _denial(_UNKNOWN)


def test_a_revoked_key_is_denied(issue_key: Callable[..., IssuedKey]) -> None:
    issued = issue_key(revoked_at=now())

    assert _ask({"Authorization": f"Bearer {issued.key}"}) == _denial(_REVOKED)


@pytest.mark.parametrize("ago_seconds", [0, 1, 86_400])
def test_an_expired_key_is_denied_from_the_second_of_its_end(
    issue_key: Callable[..., IssuedKey], ago_seconds: int
) -> None:
    issued = issue_key(expires_at=now() - timedelta(seconds=ago_seconds))

    assert _ask({"Authorization": f"Bearer {issued.key}"}) == _denial(_EXPIRED)


def test_a_key_both_revoked_and_expired_is_denied_as_revoked(issue_key: Callable[..., IssuedKey]) -> None:
    issued = issue_key(revoked_at=now(), expires_at=now())

    assert _ask({"Authorization": f"Bearer {issued.key}"}) == _denial(_REVOKED)


def test_the_hash_of_a_key_is_not_a_key(issue_key: Callable[..., IssuedKey]) -> None:
    issued = issue_key()

    assert _ask({"Authorization": f"Bearer {issued.record.key_hash}"}) == _denial(_UNKNOWN)


def test_a_denial_is_logged_with_its_code_and_counted(output: Output) -> None:
    _ask({"Authorization": "Basic eDp5"})

    (line,) = output.logged("denied")
    assert line["code"] == "invalid_authorization_format"
    assert line["request_id"] == "req_5a3d8e17-9c64-4b2f-a7d0-2e8b6f1c4d39"
    assert output.metric("DeniedKeys") == 1


@pytest.mark.usefixtures("tables")
def test_the_event_file_is_answered_with_a_policy() -> None:
    assert handler(event("authorizer"), None) == _denial(_UNKNOWN)


@pytest.mark.parametrize("names", [("Authorization", "authorization"), ("Authorization", "Authorization")])
def test_of_several_headers_none_is_trusted(issue_key: Callable[..., IssuedKey], names: tuple[str, str]) -> None:
    """A cached answer for one of them would let the other one in as somebody else."""
    asked = asking({})
    asked["multiValueHeaders"] = {}
    for name in names:
        asked["multiValueHeaders"].setdefault(name, []).append(f"Bearer {issue_key().key}")

    assert handler(asked, None) == _denial(_FORMAT)
