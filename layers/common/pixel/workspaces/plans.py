"""API Gateway usage plans, in which each workspace has one key: a coarse limit in front of the rate limit.

A key can be in only one usage plan of a stage.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from pixel.workspaces.errors import UsagePlanError

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_apigateway.type_defs import ApiKeyResponseTypeDef, ApiKeyTypeDef

LOGICAL_IDS = ("StandardUsagePlan", "PlusUsagePlan", "MaxUsagePlan")
"""The logical ids in template.yaml."""


class UsagePlan(NamedTuple):
    """A usage plan with its throttle."""

    logical_id: str
    plan_id: str
    requests_per_second: float
    burst: float


class UsagePlans:
    """The usage plans of a stack. `plan_ids` maps their logical ids to their ids in API Gateway."""

    def __init__(self, apigateway: "APIGatewayClient", plan_ids: Mapping[str, str]) -> None:
        self._apigateway = apigateway
        self._plan_ids = plan_ids

    def smallest_plan(self, requests_per_minute: int) -> UsagePlan:
        """Return the smallest plan that allows everything that the rate limit allows.

        Around the beginning of a window, that can be a burst of twice the limit.
        """
        plans = sorted((self._read(logical_id) for logical_id in LOGICAL_IDS), key=lambda plan: plan.burst)
        largest = plans[-1]
        for plan in plans:
            if plan.burst >= 2 * requests_per_minute and plan.requests_per_second * 60 >= requests_per_minute:
                return plan
        raise UsagePlanError(
            f"No usage plan fits {requests_per_minute} requests per minute: the largest, {largest.logical_id}, has a "
            f"burst of {largest.burst:g}, which must be twice the limit, and a rate of "
            f"{largest.requests_per_second:g} per second; choose a lower limit, or "
            "raise its throttle in template.yaml and deploy."
        )

    def create_key(self, workspace_id: str, value: str) -> str:
        """Create a key with this value and return its id."""
        try:
            return self._apigateway.create_api_key(name=workspace_id, value=value, enabled=True)["id"]
        except ClientError as failure:
            # An earlier call may have created the key and failed before it stored the id.
            made = self._key_by_value(workspace_id, value) if _code(failure) == "ConflictException" else None
            if made is None:
                raise
            return made["id"]

    def delete_key(self, key_id: str) -> None:
        """Delete a key."""
        self._apigateway.delete_api_key(apiKey=key_id)

    def ensure_key(self, workspace_id: str, key_id: str, value: str) -> str:
        """Enable a key, or create it again if it was deleted, and return its id.

        A key that is created again has the same value, so that the API keys of the workspace need no change.
        """
        found = self._key_by_id(key_id)
        if found is None:
            return self.create_key(workspace_id, value)
        if not found.get("enabled", False):
            self._apigateway.update_api_key(
                apiKey=found["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "true"}]
            )
        return found["id"]

    def move_key(self, key_id: str, plan: UsagePlan) -> None:
        """Move the key to this plan. API Gateway rejects the key for a moment between both calls."""
        current = self._plans_of(key_id)
        for logical_id in current - {plan.logical_id}:
            self._apigateway.delete_usage_plan_key(usagePlanId=self._plan_ids[logical_id], keyId=key_id)
        if plan.logical_id not in current:
            self._apigateway.create_usage_plan_key(usagePlanId=plan.plan_id, keyId=key_id, keyType="API_KEY")

    def key_faults(self, key_id: str, plan: UsagePlan) -> list[str]:
        """Return the reasons why API Gateway rejects requests of the workspace."""
        key = self._key_by_id(key_id)
        if key is None:
            return [f"its usage-plan key {key_id} does not exist in API Gateway, so every request fails with 500"]
        faults = []
        if not key.get("enabled", False):
            faults.append(f"its usage-plan key {key_id} is disabled, so every request fails with 500")
        current = self._plans_of(key_id)
        if not current:
            faults.append(f"its usage-plan key {key_id} is in no usage plan, so every request fails with 500")
        elif current != {plan.logical_id}:
            faults.append(
                f"its usage-plan key is in {', '.join(sorted(current))}, but the limit requires {plan.logical_id}"
            )
        return faults

    def _read(self, logical_id: str) -> UsagePlan:
        plan_id = self._plan_ids[logical_id]
        try:
            throttle = self._apigateway.get_usage_plan(usagePlanId=plan_id).get("throttle", {})
        except ClientError as failure:
            if _code(failure) != "NotFoundException":
                raise
            raise UsagePlanError(f"{logical_id} does not exist in API Gateway; deploy the stack again.") from failure
        burst, rate = throttle.get("burstLimit", math.inf), throttle.get("rateLimit", math.inf)
        return UsagePlan(logical_id, plan_id, rate, burst)

    def _key_by_id(self, key_id: str) -> "ApiKeyTypeDef | ApiKeyResponseTypeDef | None":
        try:
            return self._apigateway.get_api_key(apiKey=key_id)
        except ClientError as failure:
            if _code(failure) != "NotFoundException":
                raise
            return None

    def _key_by_value(self, workspace_id: str, value: str) -> "ApiKeyTypeDef | None":
        pages = self._apigateway.get_paginator("get_api_keys").paginate(nameQuery=workspace_id, includeValues=True)
        return next((key for page in pages for key in page.get("items", []) if key.get("value") == value), None)

    def _plans_of(self, key_id: str) -> set[str]:
        pages = self._apigateway.get_paginator("get_usage_plans").paginate(keyId=key_id)
        holding = {plan["id"] for page in pages for plan in page.get("items", [])}
        return {logical_id for logical_id in LOGICAL_IDS if self._plan_ids[logical_id] in holding}


def _code(failure: ClientError) -> str:
    return str(failure.response.get("Error", {}).get("Code", "unknown"))
