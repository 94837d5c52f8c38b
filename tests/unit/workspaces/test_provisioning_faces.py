"""A key of another face moves its workspace to the smallest usage plan that lets through all that it may send."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from pixel.auth.keys import KeyRecord
from pixel.aws.json_service import AwsError
from pixel.workspaces.api_keys import create_key, revoke_key, rotate_key
from pixel.workspaces.errors import NotFoundError, UsagePlanError
from pixel.workspaces.key_lookup import list_keys
from pixel.workspaces.key_models import KeyRotation, NewKey
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.provisioning import WorkspaceLimit, inspect_workspace, issue_key, set_limit
from pixel.workspaces.store import Store
from pixel.workspaces.workspace import Workspace, find_workspace
from tests.provisioned import Wire, fails

_BOTH = ("site:read", "site:write")
PlansOf = Callable[[str], set[str]]


@pytest.fixture
def issue(
    store: Store, usage_plans: UsagePlans, workspace: Workspace, website_id: str
) -> Callable[..., tuple[str, KeyRecord]]:
    def make(**given: object) -> tuple[str, KeyRecord]:
        new = NewKey.model_validate({"scopes": _BOTH, "website_ids": (website_id,), **given})
        return issue_key(store, lambda: usage_plans, workspace.workspace_id, new)

    return make


@pytest.mark.parametrize(
    ("given", "plan"),
    [
        ({}, "PlusUsagePlan"),  # 60 + 1,000 + 100
        ({"scopes": ("site:read",)}, "StandardUsagePlan"),  # 60 + 100
        ({"limits": {"ingest": (140, 60)}}, "StandardUsagePlan"),  # 60 + 140 + 100 is all of the plan
        ({"limits": {"ingest": (141, 60)}}, "PlusUsagePlan"),
        ({"limits": {"ingest": (1, 1), "read": (1, 86_400)}}, "StandardUsagePlan"),  # 60 + 60 + 1
        ({"limits": {"ingest": (320, 1)}}, "MaxUsagePlan"),
        ({"scopes": ("short:read", "insight:read"), "website_ids": None}, "StandardUsagePlan"),  # 500 a day: 1 a minute
        ({"scopes": ("short:write",), "website_ids": None, "limits": {"pxl": (240, 60)}}, "StandardUsagePlan"),
        ({"scopes": ("short:write",), "website_ids": None, "limits": {"pxl": (241, 60)}}, "PlusUsagePlan"),
    ],
)
def test_a_key_moves_its_workspace_to_the_plan_that_holds_the_sum(
    store: Store,
    workspace: Workspace,
    issue: Callable[..., tuple[str, KeyRecord]],
    *,
    plans_of: PlansOf,
    given: dict[str, object],
    plan: str,
) -> None:
    raw, record = issue(**given)

    assert plans_of(workspace.usage_plan_key_id) == {plan}
    assert find_workspace(store, workspace.workspace_id).usage_plan == plan
    assert raw.startswith("pixel_live_")
    assert list_keys(store, workspace.workspace_id) == [record]


def test_all_live_keys_and_the_workspace_s_own_limit_are_added_up(
    store: Store,
    usage_plans: UsagePlans,
    workspace: Workspace,
    issue: Callable[..., tuple[str, KeyRecord]],
    plans_of: PlansOf,
) -> None:
    first, second = issue()[1], issue(limits={"ingest": (600, 60)})[1]
    assert plans_of(workspace.usage_plan_key_id) == {"PlusUsagePlan"}  # 60 + 1,100 + 700
    rotate_key(store, second.key_id, KeyRotation(grace=timedelta(hours=1)))  # its successor counts, and not itself too
    assert inspect_workspace(store, usage_plans, workspace.workspace_id).faults == []

    set_limit(store, usage_plans, workspace.workspace_id, WorkspaceLimit(rate_limit=201))
    assert plans_of(workspace.usage_plan_key_id) == {"MaxUsagePlan"}
    revoke_key(store, first.key_id)
    set_limit(store, usage_plans, workspace.workspace_id, WorkspaceLimit(rate_limit=201))

    assert plans_of(workspace.usage_plan_key_id) == {"PlusUsagePlan"}
    assert inspect_workspace(store, usage_plans, workspace.workspace_id).faults == []


def test_a_key_of_the_core_or_one_that_fits_leaves_the_plan_alone(
    store: Store, usage_plans: UsagePlans, workspace: Workspace, issue: Callable[..., tuple[str, KeyRecord]], aws: Wire
) -> None:
    issue()
    aws.calls.clear()

    issue(scopes=("pixel:write",), website_ids=None)
    assert not [name for name, _ in aws.calls if name.startswith("GetUsagePlan")]
    issue(limits={"ingest": (1, 60), "read": (1, 60)})

    assert not [name for name, _ in aws.calls if "UsagePlanKey" in name]


def test_a_key_that_no_plan_holds_is_not_made(
    store: Store, workspace: Workspace, issue: Callable[..., tuple[str, KeyRecord]], plans_of: PlansOf
) -> None:
    with pytest.raises(UsagePlanError, match="No usage plan fits"):
        issue(limits={"ingest": (20_000, 60)})

    assert list_keys(store, workspace.workspace_id) == []
    assert plans_of(workspace.usage_plan_key_id) == {"StandardUsagePlan"}


def test_the_website_of_a_key_must_be_a_live_one_of_its_workspace(
    store: Store, workspace: Workspace, issue: Callable[..., tuple[str, KeyRecord]], plans_of: PlansOf
) -> None:
    with pytest.raises(NotFoundError):
        issue(website_ids=("admx_nowhere",))

    assert list_keys(store, workspace.workspace_id) == []
    assert plans_of(workspace.usage_plan_key_id) == {"StandardUsagePlan"}


def test_a_key_whose_plan_cannot_be_had_is_revoked(
    store: Store, workspace: Workspace, issue: Callable[..., tuple[str, KeyRecord]], aws: Wire
) -> None:
    aws.once("DeleteUsagePlanKey", fails("DeleteUsagePlanKey"))

    with pytest.raises(AwsError, match="DeleteUsagePlanKey") as failure:
        issue()

    [record] = list_keys(store, workspace.workspace_id)
    assert record.revoked_at is not None
    assert record.key_id in str(failure.value.__notes__)


def test_a_rotated_key_keeps_its_website_and_its_limits(
    store: Store, workspace: Workspace, issue: Callable[..., tuple[str, KeyRecord]]
) -> None:
    old = issue(limits={"read": (7, 60)})[1]

    _, (new, _) = rotate_key(store, old.key_id, KeyRotation())

    assert (new.website_ids, new.scopes, new.limits) == (old.website_ids, _BOTH, {"read": (7, 60)})
    assert KeyRecord.from_item(new.to_item()) == new


def test_a_key_is_as_it_was_written_without_what_it_does_not_have(store: Store, workspace: Workspace) -> None:
    _, record = create_key(store, workspace.workspace_id, NewKey(scopes=("pixel:read",)))

    assert not {"limits", "kind", "website_ids"} & record.to_item().keys()
