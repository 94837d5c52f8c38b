"""With a cached authorizer: no key outlives its end, and a policy made for one route serves the others."""

import time
from datetime import timedelta

from pixel.auth.keys import generate
from pixel.foundation import clock
from pixel.workspaces.api_keys import create_key
from pixel.workspaces.key_models import NewKey
from tests.stack.conftest import Tenant
from tests.stack.running import RunningStack


def test_cached_key_never_outlives_its_end(faulty_stack: RunningStack, cached_tenant: Tenant) -> None:
    end = clock.now() + timedelta(seconds=6)
    key, _ = create_key(cached_tenant.target.store, cached_tenant.workspace_id, NewKey(name="test", expires_at=end))
    assert faulty_stack.call("/api/v1/me", key=key).status == 200
    started = faulty_stack.started("authorizer")

    time.sleep(max(0.0, (end - clock.now()).total_seconds()) + 0.1)
    response = faulty_stack.call("/api/v1/me", key=key)

    assert faulty_stack.started("authorizer") == started
    assert (response.status, response.code) == (401, "api_key_expired")
    assert response.headers["x-amzn-Remapped-WWW-Authenticate"].startswith("Bearer ")


def test_authorizer_runs_once_for_many_requests(faulty_stack: RunningStack, cached_tenant: Tenant) -> None:
    key = cached_tenant.key()
    started = faulty_stack.started("authorizer")

    statuses = [faulty_stack.call("/api/v1/me", key=key).status for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert faulty_stack.started("authorizer") == started + 1


def test_a_policy_made_for_one_route_serves_another(faulty_stack: RunningStack, cached_tenant: Tenant) -> None:
    key = cached_tenant.key()
    assert faulty_stack.call("/api/v1/me", key=key).status == 200
    started = faulty_stack.started("authorizer")

    assert faulty_stack.call("/faulty/guarded/1", method="POST", key=key).status == 200
    assert faulty_stack.call("/faulty/guarded/1", method="POST").code == "missing_authorization"

    assert faulty_stack.started("authorizer") == started


def test_a_denial_is_cached_with_its_reason(faulty_stack: RunningStack) -> None:
    key = generate()
    first = faulty_stack.call("/api/v1/me", key=key)
    started = faulty_stack.started("authorizer")

    second = faulty_stack.call("/api/v1/me", key=key)

    assert (first.status, first.code) == (second.status, second.code) == (401, "invalid_api_key")
    assert faulty_stack.started("authorizer") == started
