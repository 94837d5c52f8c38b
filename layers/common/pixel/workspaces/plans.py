"""API Gateway usage plans, and the one key that each workspace has in them: the coarse shield in front of the counter.

A key belongs to one plan of the stack at a time, because API Gateway refuses it in two plans of the same stage.
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
"""Of template.yaml."""


class UsagePlan(NamedTuple):
    logical_id: str
    plan_id: str
    requests_per_second: float
    burst: float


class UsagePlans:
    """The usage plans of one stack. `plan_ids` leads from their logical ids to API Gateway's own."""

    def __init__(self, apigateway: "APIGatewayClient", plan_ids: Mapping[str, str]) -> None:
        self._apigateway = apigateway
        self._plan_ids = plan_ids

    def fitting(self, requests_per_minute: int) -> UsagePlan:
        """Return the smallest plan that never refuses what the counter lets through: two minutes' worth at the edge of
        a minute."""
        plans = sorted((self._read(logical_id) for logical_id in LOGICAL_IDS), key=lambda plan: plan.burst)
        largest = plans[-1]
        for plan in plans:
            if plan.burst >= 2 * requests_per_minute and plan.requests_per_second * 60 >= requests_per_minute:
                return plan
        raise UsagePlanError(
            f"No usage plan carries {requests_per_minute} requests a minute: {largest.logical_id}, the largest, has a "
            f"burst of {largest.burst:g}, half of which a workspace may have, and {largest.requests_per_second:g} a "
            "second; choose a lower limit, or raise its throttle in template.yaml and deploy."
        )

    def create_key(self, workspace_id: str, value: str) -> str:
        """Create a key with this value and return its id."""
        try:
            return self._apigateway.create_api_key(name=workspace_id, value=value, enabled=True)["id"]
        except ClientError as failure:
            # An earlier call made it: one whose answer was lost, or one that stopped before it could note the id.
            made = self._key_by_value(workspace_id, value) if _code(failure) == "ConflictException" else None
            if made is None:
                raise
            return made["id"]

    def delete_key(self, key_id: str) -> None:
        self._apigateway.delete_api_key(apiKey=key_id)

    def ensure_key(self, workspace_id: str, key_id: str, value: str) -> str:
        """Return the id of an enabled key with this value. One that is gone is made again with the same value, so that
        the keys of the workspace need no change."""
        found = self._key_by_id(key_id)
        if found is None:
            return self.create_key(workspace_id, value)
        if not found.get("enabled", False):
            self._apigateway.update_api_key(
                apiKey=found["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "true"}]
            )
        return found["id"]

    def move_key(self, key_id: str, plan: UsagePlan) -> None:
        """Put the key into this plan and no other of the stack. API Gateway refuses it for the moment in between."""
        current = self._plans_of(key_id)
        for logical_id in current - {plan.logical_id}:
            self._apigateway.delete_usage_plan_key(usagePlanId=self._plan_ids[logical_id], keyId=key_id)
        if plan.logical_id not in current:
            self._apigateway.create_usage_plan_key(usagePlanId=plan.plan_id, keyId=key_id, keyType="API_KEY")

    def key_faults(self, key_id: str, plan: UsagePlan) -> list[str]:
        """Return what keeps requests of the workspace from passing the usage plan."""
        key = self._key_by_id(key_id)
        if key is None:
            return [f"its usage-plan key {key_id} is gone from API Gateway: every request is answered 500"]
        faults = []
        if not key.get("enabled", False):
            faults.append(f"its usage-plan key {key_id} is disabled: every request is answered 500")
        current = self._plans_of(key_id)
        if not current:
            faults.append(f"its usage-plan key {key_id} is in no usage plan: every request is answered 500")
        elif current != {plan.logical_id}:
            faults.append(
                f"its usage-plan key is in {', '.join(sorted(current))}, but the limit asks for {plan.logical_id}"
            )
        return faults

    def _read(self, logical_id: str) -> UsagePlan:
        plan_id = self._plan_ids[logical_id]
        try:
            throttle = self._apigateway.get_usage_plan(usagePlanId=plan_id).get("throttle", {})
        except ClientError as failure:
            if _code(failure) != "NotFoundException":
                raise
            raise UsagePlanError(f"{logical_id} is gone from API Gateway; deploy the stack again.") from failure
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
