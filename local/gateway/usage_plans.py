"""Token buckets for the stage and for each API key of a usage plan, and the plans' quotas.

Keys and plans are read from the AWS server, where pixelctl creates them, and cached briefly.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from local.gateway.definition import Throttle

_KEPT_SECONDS = 2.0


class TokenBucket:
    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._tokens = float(throttle.burst)
        self._filled_at = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        refill = (now - self._filled_at) * self._throttle.requests_per_second
        self._tokens = min(float(self._throttle.burst), self._tokens + refill)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Plan(NamedTuple):
    id: str
    throttle: Throttle | None
    quota: int | None
    quota_period: str


class UsagePlans:
    def __init__(self, apigateway: Callable[[], Any]) -> None:
        self._apigateway = apigateway
        self._plans: dict[str, Plan] = {}  # by the value of an API key
        self._read_at = 0.0
        self._buckets: dict[tuple[str, str], TokenBucket] = {}
        self._used: dict[tuple[str, str, str], int] = {}

    async def admit(self, key: str | None) -> str | None:
        """Return None if the call is allowed, otherwise the type of the gateway response."""
        plan = await self._find(key) if key else None
        if plan is None or key is None:
            return "INVALID_API_KEY"
        if plan.throttle is not None:
            bucket = self._buckets.setdefault((plan.id, key), TokenBucket(plan.throttle))
            if not bucket.take():
                return "THROTTLED"
        if plan.quota is not None:
            entry = (plan.id, key, _period(plan.quota_period))
            if self._used.get(entry, 0) >= plan.quota:
                return "QUOTA_EXCEEDED"
            self._used[entry] = self._used.get(entry, 0) + 1
        return None

    async def _find(self, key: str) -> Plan | None:
        if key not in self._plans or time.monotonic() - self._read_at > _KEPT_SECONDS:
            self._plans = await asyncio.to_thread(self._read)
            self._read_at = time.monotonic()
        return self._plans.get(key)

    def _read(self) -> dict[str, Plan]:
        gateway = self._apigateway()
        enabled = {key["id"] for key in _items(gateway, "get_api_keys") if key.get("enabled")}
        plans = {}
        for plan in _items(gateway, "get_usage_plans"):
            throttle, quota = plan.get("throttle"), plan.get("quota")
            read = Plan(
                id=plan["id"],
                throttle=Throttle(float(throttle["rateLimit"]), int(throttle["burstLimit"])) if throttle else None,
                quota=int(quota["limit"]) if quota else None,
                quota_period=quota["period"] if quota else "",
            )
            for key in _items(gateway, "get_usage_plan_keys", usagePlanId=plan["id"]):
                if key["id"] in enabled:
                    plans[key["value"]] = read
        return plans


def _items(gateway: Any, operation: str, **arguments: str) -> list[dict[str, Any]]:
    pages = gateway.get_paginator(operation).paginate(**arguments)
    return [item for page in pages for item in page.get("items", [])]


def _period(name: str) -> str:
    now = datetime.now(UTC)
    return {"DAY": f"{now:%Y-%m-%d}", "WEEK": f"{now:%G-%V}"}.get(name, f"{now:%Y-%m}")
