"""The coarse shield: what a workspace's usage plan refuses, the gateway refuses before any function."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from local.aws import clients
from tests.stack.conftest import Tenant
from tests.stack.running import Response, RunningStack


def test_beyond_quota_and_burst_the_gateway_refuses_before_any_function(
    faulty_stack: RunningStack, cached_tenant: Tenant
) -> None:
    """The plan of this stack: 40 requests a month, 125 at once."""
    key = cached_tenant.key()
    started = faulty_stack.started("guarded")

    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda _: faulty_stack.call("/faulty/guarded/1", method="POST", key=key), range(200))
        )

    kinds = Counter(answer.headers.get("x-amzn-ErrorType", "served") for answer in answers)
    assert kinds["served"] == faulty_stack.started("guarded") - started == 40
    assert kinds["QUOTA_EXCEEDED"] >= 85
    assert kinds["THROTTLED"] > 0
    refused = {answer.headers["x-amzn-ErrorType"]: answer for answer in answers if answer.status == 429}
    assert refused["QUOTA_EXCEEDED"].code == "quota_exceeded"
    assert refused["THROTTLED"].code == "rate_limit_exceeded"
    assert refused["THROTTLED"].headers["Retry-After"] == "1"


def test_a_lost_usage_plan_key_is_our_fault_and_says_so(faulty_stack: RunningStack, cached_tenant: Tenant) -> None:
    key = cached_tenant.key()
    assert faulty_stack.call("/api/v1/me", key=key).status == 200
    gateway = clients.client("apigateway", faulty_stack.state["aws_endpoint_url"])
    [lost] = [item for item in gateway.get_api_keys()["items"] if item["name"] == cached_tenant.workspace_id]

    gateway.delete_api_key(apiKey=lost["id"])
    gateway.delete_usage_plan_key(usagePlanId=faulty_stack.state["resources"]["StandardUsagePlan"], keyId=lost["id"])
    answer = _call_until_noticed(faulty_stack, key)

    assert (answer.status, answer.code) == (500, "internal_error")


def _call_until_noticed(stack: RunningStack, key: str) -> Response:
    """Call until the gateway knows the key: it caches keys for two seconds, AWS for up to a minute."""
    deadline = time.monotonic() + 10
    while True:
        answer = stack.call("/api/v1/me", key=key)
        if answer.status != 200 or time.monotonic() > deadline:
            return answer
        time.sleep(0.5)
