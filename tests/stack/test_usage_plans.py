"""The coarse shield: what a workspace's usage plan refuses, the gateway refuses before any function."""

import time
from concurrent.futures import ThreadPoolExecutor

from local import stores
from tests.stack.conftest import Tenant
from tests.stack.running import Response, RunningStack


def test_quota_is_the_plans(faulty_stack: RunningStack, cached_tenant: Tenant) -> None:
    key = cached_tenant.key()

    answers = [faulty_stack.call("/faulty/guarded/1", method="POST", key=key) for _ in range(41)]

    assert [answer.status for answer in answers] == [200] * 40 + [429]
    assert answers[-1].code == "quota_exceeded"


def test_burst_above_the_plan_is_throttled_by_the_gateway(stack: RunningStack, tenant: Tenant) -> None:
    key = tenant.key()
    counted = stack.started("get_me")

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: stack.call("/api/v1/me", key=key), range(420)))

    throttled = [answer for answer in answers if answer.headers.get("x-amzn-ErrorType") == "THROTTLED"]
    assert {answer.status for answer in answers} == {200, 429}
    assert throttled
    assert {answer.code for answer in throttled} == {"rate_limit_exceeded"}
    assert {answer.headers["Retry-After"] for answer in throttled} == {"1"}
    assert stack.started("get_me") - counted == len(answers) - len(throttled)


def test_a_lost_usage_plan_key_is_our_fault_and_says_so(stack: RunningStack, tenant: Tenant) -> None:
    key = tenant.key()
    assert stack.call("/api/v1/me", key=key).status == 200
    gateway = stores.client("apigateway", stack.state["aws_endpoint_url"])
    [lost] = [item for item in gateway.get_api_keys()["items"] if item["name"] == tenant.workspace_id]

    gateway.delete_api_key(apiKey=lost["id"])
    gateway.delete_usage_plan_key(usagePlanId=stack.state["resources"]["StandardUsagePlan"], keyId=lost["id"])
    answer = _call_until_noticed(stack, key)

    assert (answer.status, answer.code) == (500, "internal_error")


def _call_until_noticed(stack: RunningStack, key: str) -> Response:
    """The gateway keeps what it knows of keys for two seconds, AWS for up to a minute."""
    deadline = time.monotonic() + 10
    while True:
        answer = stack.call("/api/v1/me", key=key)
        if answer.status != 200 or time.monotonic() > deadline:
            return answer
        time.sleep(0.5)
