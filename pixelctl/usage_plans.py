"""API Gateway usage plans, and the one key that each workspace has in them: the coarse shield in front of the counter.

A key belongs to one plan of the stack at a time, because API Gateway refuses it in two plans of the same stage.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from pixelctl.failures import ControlError, error_code

if TYPE_CHECKING:
    from mypy_boto3_apigateway.type_defs import ApiKeyResponseTypeDef, ApiKeyTypeDef

    from pixelctl.target import Target

LOGICAL_IDS = ("StandardUsagePlan", "PlusUsagePlan", "MaxUsagePlan")


class UsagePlan(NamedTuple):
    logical_id: str
    plan_id: str
    requests_per_second: float
    burst: float


def fitting(target: Target, requests_per_minute: int) -> UsagePlan:
    """The smallest plan that never refuses what the counter lets through: two minutes' worth at a minute's edge."""
    plans = sorted((_read(target, logical_id) for logical_id in LOGICAL_IDS), key=lambda plan: plan.burst)
    largest = plans[-1]
    for plan in plans:
        if plan.burst >= 2 * requests_per_minute and plan.requests_per_second * 60 >= requests_per_minute:
            return plan
    raise ControlError(
        f"No usage plan carries {requests_per_minute} requests a minute: {largest.logical_id}, the largest, has a "
        f"burst of {largest.burst:g}, half of which a workspace may have, and {largest.requests_per_second:g} a "
        "second; choose a lower limit, or raise its throttle in template.yaml and deploy."
    )


def create_key(target: Target, workspace_id: str, value: str) -> str:
    try:
        return target.apigateway.create_api_key(name=workspace_id, value=value, enabled=True)["id"]
    except ClientError as failure:
        # An earlier call made it: one whose answer was lost, or of a run that stopped before it could note the id.
        made = _key_by_value(target, workspace_id, value) if error_code(failure) == "ConflictException" else None
        if made is None:
            raise
        return made["id"]


def delete_key(target: Target, key_id: str) -> None:
    target.apigateway.delete_api_key(apiKey=key_id)


def ensure_key(target: Target, workspace_id: str, key_id: str, value: str) -> str:
    """The id of an enabled key with this value. One that is gone is made again with the same value, so that the keys
    of the workspace need no change."""
    found = _key_by_id(target, key_id)
    if found is None:
        return create_key(target, workspace_id, value)
    if not found.get("enabled", False):
        target.apigateway.update_api_key(
            apiKey=found["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "true"}]
        )
    return found["id"]


def move_key(target: Target, key_id: str, plan: UsagePlan) -> None:
    """Put the key into this plan and into no other of the stack. For the moment between, API Gateway refuses it."""
    current = _plans_of(target, key_id)
    for logical_id in current - {plan.logical_id}:
        target.apigateway.delete_usage_plan_key(usagePlanId=target.physical_id(logical_id), keyId=key_id)
    if plan.logical_id not in current:
        target.apigateway.create_usage_plan_key(usagePlanId=plan.plan_id, keyId=key_id, keyType="API_KEY")


def key_faults(target: Target, key_id: str, plan: UsagePlan) -> list[str]:
    """What keeps requests of the workspace from passing the usage plan."""
    key = _key_by_id(target, key_id)
    if key is None:
        return [f"its usage-plan key {key_id} is gone from API Gateway: every request is answered 500"]
    faults = []
    if not key.get("enabled", False):
        faults.append(f"its usage-plan key {key_id} is disabled: every request is answered 500")
    current = _plans_of(target, key_id)
    if not current:
        faults.append(f"its usage-plan key {key_id} is in no usage plan: every request is answered 500")
    elif current != {plan.logical_id}:
        faults.append(
            f"its usage-plan key is in {', '.join(sorted(current))}, but the limit asks for {plan.logical_id}"
        )
    return faults


def _read(target: Target, logical_id: str) -> UsagePlan:
    plan_id = target.physical_id(logical_id)
    try:
        throttle = target.apigateway.get_usage_plan(usagePlanId=plan_id).get("throttle", {})
    except ClientError as failure:
        if error_code(failure) != "NotFoundException":
            raise
        raise ControlError(f"{logical_id} is gone from API Gateway; deploy the stack again.") from failure
    return UsagePlan(logical_id, plan_id, throttle.get("rateLimit", math.inf), throttle.get("burstLimit", math.inf))


def _key_by_id(target: Target, key_id: str) -> ApiKeyTypeDef | ApiKeyResponseTypeDef | None:
    try:
        return target.apigateway.get_api_key(apiKey=key_id)
    except ClientError as failure:
        if error_code(failure) != "NotFoundException":
            raise
        return None


def _key_by_value(target: Target, workspace_id: str, value: str) -> ApiKeyTypeDef | None:
    pages = target.apigateway.get_paginator("get_api_keys").paginate(nameQuery=workspace_id, includeValues=True)
    return next((key for page in pages for key in page.get("items", []) if key.get("value") == value), None)


def _plans_of(target: Target, key_id: str) -> set[str]:
    pages = target.apigateway.get_paginator("get_usage_plans").paginate(keyId=key_id)
    holding = {plan["id"] for page in pages for plan in page.get("items", [])}
    return {logical_id for logical_id in LOGICAL_IDS if target.physical_id(logical_id) in holding}
