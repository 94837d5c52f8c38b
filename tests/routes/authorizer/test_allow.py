"""A good key is allowed onto every route of the stage, with all that routes need to know of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.authorizer.handler import handler
from pixel.foundation.clock import now
from tests.conftest import IssuedKey, Output
from tests.routes.gateway import Event, asking

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")

_STAGE = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/live"


def _with_headers(headers: dict[str, str] | None) -> Event:
    return asking(headers)


def _effect(policy: dict[str, Any]) -> str:
    (statement,) = policy["policyDocument"]["Statement"]
    return str(statement["Effect"])


def test_the_policy_says_who_calls_and_covers_the_whole_stage(issue_key: Callable[..., IssuedKey]) -> None:
    issued = issue_key(expires_at=datetime(2027, 1, 1, tzinfo=UTC))

    policy = handler(_with_headers({"Authorization": f"Bearer {issued.key}"}), None)

    assert policy == {
        "principalId": "key_1",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{_STAGE}/*"}],
        },
        "context": {
            "workspace_id": "ws_1",
            "key_id": "key_1",
            "name": "Backend",
            "scopes": "pixel:read pixel:write",
            "rate_limit": "60",
            "expires_at": "2027-01-01T00:00:00Z",
            "website_ids": "*",
            "limits": "",
            "kind": "secret",
        },
        "usageIdentifierKey": "usageplankey0000000001",
    }


def test_a_key_without_scopes_and_end_is_allowed_with_empty_texts(issue_key: Callable[..., IssuedKey]) -> None:
    issued = issue_key(scopes=())

    policy = handler(_with_headers({"Authorization": f"Bearer {issued.key}"}), None)

    assert _effect(policy) == "Allow"
    assert (policy["context"]["scopes"], policy["context"]["expires_at"]) == ("", "")
    assert all(type(value) is str for value in policy["context"].values())


def test_a_key_is_allowed_until_the_second_before_its_end(issue_key: Callable[..., IssuedKey]) -> None:
    issued = issue_key(expires_at=now() + timedelta(seconds=1))

    assert _effect(handler(_with_headers({"Authorization": f"Bearer {issued.key}"}), None)) == "Allow"


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION", "aUtHoRiZaTiOn"])
def test_the_header_s_name_may_be_spelled_in_any_case(issue_key: Callable[..., IssuedKey], name: str) -> None:
    issued = issue_key()

    assert _effect(handler(_with_headers({"Accept": "*/*", name: f"Bearer {issued.key}"}), None)) == "Allow"


@pytest.mark.parametrize(
    "form", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer    {}", "  Bearer {}  ", "\tBearer {}\t", "Bearer {} "]
)
def test_the_scheme_may_be_in_any_case_and_spaces_around_do_not_matter(
    issue_key: Callable[..., IssuedKey], form: str
) -> None:
    issued = issue_key()

    assert _effect(handler(_with_headers({"Authorization": form.format(issued.key)}), None)) == "Allow"


@pytest.mark.parametrize("path", ["GET/api/v1/me", "POST/api/v1/pixel/events", "GET/api/v1/pixel/a/b/c", "GET/"])
def test_the_policy_is_the_same_whichever_route_was_asked_for(issue_key: Callable[..., IssuedKey], path: str) -> None:
    issued = issue_key()
    asked = {**_with_headers({"Authorization": f"Bearer {issued.key}"}), "methodArn": f"{_STAGE}/{path}"}

    policy = handler(asked, None)

    assert policy["policyDocument"]["Statement"][0]["Resource"] == f"{_STAGE}/*"


def test_nothing_of_one_caller_is_in_the_policy_of_the_next(issue_key: Callable[..., IssuedKey]) -> None:
    first = issue_key()
    second = issue_key(workspace_id="ws_2", key_id="key_2", name="Reports", usage_plan_key="usageplankey0000000002")

    handler(_with_headers({"Authorization": f"Bearer {first.key}"}), None)
    policy = handler(_with_headers({"Authorization": f"Bearer {second.key}"}), None)

    assert policy["principalId"] == "key_2"
    assert not any(value in str(policy) for value in ("ws_1", "key_1", "Backend", "usageplankey0000000001"))


def test_an_allowance_is_logged_by_ids(issue_key: Callable[..., IssuedKey], output: Output) -> None:
    issued = issue_key()

    handler(_with_headers({"Authorization": f"Bearer {issued.key}"}), None)

    (line,) = output.logged("allowed")
    assert line["request_id"] == "req_5a3d8e17-9c64-4b2f-a7d0-2e8b6f1c4d39"
    assert (line["workspace_id"], line["key_id"]) == ("ws_1", "key_1")
