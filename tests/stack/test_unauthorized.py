"""Every 401 that AWS would give, from the gateway, without a route function being started."""

from datetime import timedelta

import pytest

from pixel.auth.keys import generate
from pixel.foundation import clock
from pixel.foundation.errors import ErrorCode, ErrorDefinition
from pixel.workspaces.api_keys import create_key, revoke_key
from pixel.workspaces.key_models import NewKey
from tests.stack.conftest import Tenant
from tests.stack.running import Response, RunningStack


def assert_unauthorized(response: Response, error: ErrorDefinition) -> None:
    assert response.status == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer ")
    assert response.headers["Content-Type"] == "application/json"
    docs_url = response.json["error"]["docs_url"]
    assert docs_url.endswith(f"/docs/errors.md#{error.code}")
    assert response.json == {
        "error": {"code": error.code, "message": error.message, "docs_url": docs_url},
        "meta": {"request_id": f"req_{response.headers['x-amzn-RequestId']}"},
    }


def test_without_header(stack: RunningStack) -> None:
    started = stack.started("authorizer"), stack.started("get_me")

    assert_unauthorized(stack.call("/api/v1/me"), ErrorCode.MISSING_AUTHORIZATION)
    assert_unauthorized(stack.call("/api/v1/me", headers={"Authorization": ""}), ErrorCode.MISSING_AUTHORIZATION)

    assert (stack.started("authorizer"), stack.started("get_me")) == started


@pytest.mark.parametrize("header", ["Basic x", "Bearer", "Bearer a b", "pixel_live_x", "Token x", "Bearer,x"])
def test_wrong_format(stack: RunningStack, header: str) -> None:
    started = stack.started("get_me")

    response = stack.call("/api/v1/me", headers={"Authorization": header})

    assert_unauthorized(response, ErrorCode.INVALID_AUTHORIZATION_FORMAT)
    assert stack.started("get_me") == started


def test_unknown_key(stack: RunningStack) -> None:
    started = stack.started("get_me")

    assert_unauthorized(stack.call("/api/v1/me", key=generate()), ErrorCode.INVALID_API_KEY)
    assert_unauthorized(stack.call("/api/v1/me", key="not-one-of-ours"), ErrorCode.INVALID_API_KEY)

    assert stack.started("get_me") == started


def test_broken_checksum(stack: RunningStack, tenant: Tenant) -> None:
    key = tenant.key()
    broken = key[:-1] + ("a" if key[-1] != "a" else "b")

    assert stack.call("/api/v1/me", key=key).status == 200
    assert_unauthorized(stack.call("/api/v1/me", key=broken), ErrorCode.INVALID_API_KEY)


def test_revoked_key(stack: RunningStack, tenant: Tenant) -> None:
    key, record = create_key(tenant.target.store, tenant.workspace_id, NewKey(name="test"))
    assert stack.call("/api/v1/me", key=key).status == 200

    revoke_key(tenant.target.store, record.key_id)
    started = stack.started("get_me")

    assert_unauthorized(stack.call("/api/v1/me", key=key), ErrorCode.API_KEY_REVOKED)
    assert stack.started("get_me") == started


def test_expired_key(stack: RunningStack, tenant: Tenant) -> None:
    ended = clock.now() - timedelta(seconds=1)
    new = NewKey.model_construct(name="test", expires_at=ended)
    key, _ = create_key(tenant.target.store, tenant.workspace_id, new)
    started = stack.started("get_me")

    assert_unauthorized(stack.call("/api/v1/me", key=key), ErrorCode.API_KEY_EXPIRED)
    assert stack.started("get_me") == started


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_in_any_case_is_accepted(stack: RunningStack, tenant: Tenant, scheme: str) -> None:
    response = stack.call("/api/v1/me", headers={"authorization": f"{scheme} {tenant.key()}"})

    assert response.status == 200
    assert response.json["data"]["workspace_id"] == tenant.workspace_id


def test_without_cache_a_revoked_key_ends_at_once(stack: RunningStack, tenant: Tenant) -> None:
    key, record = create_key(tenant.target.store, tenant.workspace_id, NewKey(name="test"))
    assert stack.call("/api/v1/me", key=key).status == 200

    revoke_key(tenant.target.store, record.key_id)

    assert stack.call("/api/v1/me", key=key).code == "api_key_revoked"
