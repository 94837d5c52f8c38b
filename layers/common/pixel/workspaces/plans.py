"""API Gateway usage plans, in which each workspace has one key: a coarse limit in front of the rate limit.

A key can be in only one usage plan of a stage.
"""

from collections.abc import Mapping
from typing import NamedTuple

from pixel.aws.usage_plans import UsagePlanService
from pixel.workspaces.errors import UsagePlanError

LOGICAL_IDS = ("StandardUsagePlan", "PlusUsagePlan", "MaxUsagePlan")
"""The logical ids in template.yaml, from the smallest plan to the largest."""


class UsagePlan(NamedTuple):
    """A usage plan with its throttle."""

    logical_id: str
    plan_id: str
    requests_per_second: float
    burst: float


def is_smaller(logical_id: str, other: str) -> bool:
    """Return whether a usage plan, or none if there is no such plan, lets fewer requests through than another."""
    return logical_id not in LOGICAL_IDS[LOGICAL_IDS.index(other) :]


class UsagePlans:
    """The usage plans of a stack. `plan_ids` maps their logical ids to their ids in API Gateway."""

    def __init__(self, service: UsagePlanService, plan_ids: Mapping[str, str]) -> None:
        self._service = service
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
        """Create the key of a workspace with this value and return its id."""
        return self._service.create_key(workspace_id, value)

    def delete_key(self, key_id: str) -> None:
        """Delete a key."""
        self._service.delete_key(key_id)

    def remove_key(self, key_id: str) -> None:
        """Delete a key, if it still exists."""
        if self._service.find_key(key_id) is not None:
            self.delete_key(key_id)

    def ensure_key(self, workspace_id: str, key_id: str, value: str) -> str:
        """Enable a key, or create it again if it was deleted, and return its id.

        A key that is created again has the same value, so that the API keys of the workspace need no change.
        """
        key = self._service.find_key(key_id)
        if key is None:
            return self.create_key(workspace_id, value)
        if not key.enabled:
            self._service.enable_key(key.key_id)
        return key.key_id

    def move_key(self, key_id: str, plan: UsagePlan) -> None:
        """Move the key to this plan. API Gateway rejects the key for a moment between both calls."""
        current = self._plans_of(key_id)
        for logical_id in current - {plan.logical_id}:
            self._service.remove_from_plan(self._plan_ids[logical_id], key_id)
        if plan.logical_id not in current:
            self._service.add_to_plan(plan.plan_id, key_id)

    def key_faults(self, key_id: str, plan: UsagePlan) -> list[str]:
        """Return the reasons why API Gateway rejects requests of the workspace."""
        key = self._service.find_key(key_id)
        if key is None:
            return [f"its usage-plan key {key_id} does not exist in API Gateway, so every request fails with 500"]
        faults = []
        if not key.enabled:
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
        throttle = self._service.find_throttle(plan_id)
        if throttle is None:
            raise UsagePlanError(f"{logical_id} does not exist in API Gateway; deploy the stack again.")
        return UsagePlan(logical_id, plan_id, throttle.requests_per_second, throttle.burst)

    def _plans_of(self, key_id: str) -> set[str]:
        holding = self._service.plans_of(key_id)
        return {logical_id for logical_id in LOGICAL_IDS if self._plan_ids[logical_id] in holding}
