"""Whatever stops a call half way, calling again ends where one call would have."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from pixel.aws import tables
from pixel.aws.json_service import AwsError
from pixel.workspaces.api_keys import create_key, rotate_key
from pixel.workspaces.errors import AlreadyExistsError
from pixel.workspaces.key_lookup import find_key, list_keys
from pixel.workspaces.key_models import KeyRotation, NewKey
from pixel.workspaces.plans import UsagePlans
from pixel.workspaces.provisioning import (
    NewWorkspace,
    WorkspaceLimit,
    create_workspace,
    inspect_workspace,
    set_limit,
)
from pixel.workspaces.store import Store
from pixel.workspaces.workspace import Workspace, list_workspaces
from tests.provisioned import Wire, fails, loses_answer

_BROKEN = "every request fails with 500"
_ACME = NewWorkspace(name="Acme")
_60 = WorkspaceLimit(rate_limit=60)
_1000 = WorkspaceLimit(rate_limit=1000)


@pytest.mark.parametrize("operation", ["CreateUsagePlanKey", "TransactWriteItems"])
@pytest.mark.parametrize("how", [fails, loses_answer])
def test_a_failed_create_leaves_nothing(
    store: Store,
    usage_plans: UsagePlans,
    *,
    aws: Wire,
    gateway_keys: Callable[[], list[Any]],
    operation: str,
    how: Callable[[str], Any],
) -> None:
    aws.once(operation, how(operation))

    with pytest.raises(AwsError, match=operation):
        create_workspace(store, usage_plans, _ACME)

    assert gateway_keys() == []
    assert list_workspaces(store) == []
    assert list_workspaces(store) == [] != [create_workspace(store, usage_plans, _ACME)]


def test_a_create_that_is_interrupted_leaves_nothing(
    store: Store, usage_plans: UsagePlans, aws: Wire, gateway_keys: Callable[[], list[Any]]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    aws.once("TransactWriteItems", interrupt)

    with pytest.raises(KeyboardInterrupt):
        create_workspace(store, usage_plans, _ACME)

    assert gateway_keys() == []


def test_a_failed_cleanup_names_what_is_left(
    store: Store, usage_plans: UsagePlans, aws: Wire, gateway_keys: Callable[[], list[Any]]
) -> None:
    aws.once("CreateUsagePlanKey", fails("CreateUsagePlanKey"))
    aws.once("DeleteApiKey", fails("DeleteApiKey"))

    with pytest.raises(AwsError, match="CreateUsagePlanKey") as failure:
        create_workspace(store, usage_plans, _ACME)

    [left] = gateway_keys()
    assert f"aws apigateway delete-api-key --api-key {left['id']}" in str(failure.value.__notes__)


def test_a_key_whose_creation_went_unheard_is_taken(
    store: Store, usage_plans: UsagePlans, aws: Wire, gateway_keys: Callable[[], list[Any]]
) -> None:
    """As when boto3 repeats a call whose answer was lost."""

    def repeat(perform: Callable[[Any], Any], parameters: Any) -> Any:
        perform(parameters)
        return perform(parameters)

    aws.once("CreateApiKey", repeat)

    create_workspace(store, usage_plans, _ACME)

    assert len(gateway_keys()) == 1


def test_an_id_that_is_taken_is_refused_and_its_workspace_is_left_alone(
    store: Store, usage_plans: UsagePlans, aws: Wire, gateway_keys: Callable[[], list[Any]]
) -> None:
    create_workspace(store, usage_plans, NewWorkspace(name="First"), workspace_id="ws_demo")
    aws.once("GetItem", lambda _perform, _parameters: {})  # it was not there yet when it was looked for

    for _ in range(2):
        with pytest.raises(AlreadyExistsError) as refusal:
            create_workspace(store, usage_plans, NewWorkspace(name="Second"), workspace_id="ws_demo")
        assert refusal.value.existing_id == "ws_demo"

    assert [key["name"] for key in gateway_keys()] == ["ws_demo"]
    assert set_limit(store, usage_plans, "ws_demo", _60)[0].name == "First"


@pytest.mark.parametrize("operation", ["DeleteUsagePlanKey", "CreateUsagePlanKey", "TransactWriteItems", "Scan"])
@pytest.mark.parametrize("how", [fails, loses_answer])
def test_set_limit_finishes_when_called_again(
    store: Store,
    usage_plans: UsagePlans,
    *,
    aws: Wire,
    workspace: Workspace,
    key_id: str,
    plans_of: Callable[[str], set[str]],
    operation: str,
    how: Callable[[str], Any],
) -> None:
    ws = workspace.workspace_id
    aws.once(operation, how(operation))

    with pytest.raises(AwsError) as failure:
        set_limit(store, usage_plans, ws, _1000)

    assert failure.value.__notes__ == ["The limit may be partly changed; set it again to finish."]
    set_limit(store, usage_plans, ws, _1000)
    found = inspect_workspace(store, usage_plans, ws)
    assert (found.workspace.rate_limit, found.workspace.usage_plan, found.faults) == (1000, "PlusUsagePlan", [])
    assert plans_of(workspace.usage_plan_key_id) == {"PlusUsagePlan"}
    assert [key.rate_limit for key in list_keys(store, ws)] == [1000]


def _delete_key(workspace: Workspace, _plans: dict[str, str]) -> None:
    boto3.client("apigateway").delete_api_key(apiKey=workspace.usage_plan_key_id)


def _disable_key(workspace: Workspace, _plans: dict[str, str]) -> None:
    boto3.client("apigateway").update_api_key(
        apiKey=workspace.usage_plan_key_id,
        patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}],
    )


def _take_from_plan(workspace: Workspace, plans: dict[str, str]) -> None:
    boto3.client("apigateway").delete_usage_plan_key(
        usagePlanId=plans["StandardUsagePlan"], keyId=workspace.usage_plan_key_id
    )


def _put_in_another_plan(workspace: Workspace, plans: dict[str, str]) -> None:
    _take_from_plan(workspace, plans)
    boto3.client("apigateway").create_usage_plan_key(
        usagePlanId=plans["MaxUsagePlan"], keyId=workspace.usage_plan_key_id, keyType="API_KEY"
    )


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (_delete_key, f"does not exist in API Gateway, so {_BROKEN}"),
        (_disable_key, f"is disabled, so {_BROKEN}"),
        (_take_from_plan, f"is in no usage plan, so {_BROKEN}"),
        (_put_in_another_plan, "is in MaxUsagePlan, but the limit requires StandardUsagePlan"),
    ],
)
def test_broken_provisioning_is_seen_and_mended_by_setting_the_limit_again(
    store: Store,
    usage_plans: UsagePlans,
    *,
    workspace: Workspace,
    plans: dict[str, str],
    gateway_keys: Callable[[], list[Any]],
    plans_of: Callable[[str], set[str]],
    damage: Callable[[Workspace, dict[str, str]], None],
    fault: str,
) -> None:
    ws = workspace.workspace_id
    damage(workspace, plans)

    [found] = inspect_workspace(store, usage_plans, ws).faults
    set_limit(store, usage_plans, ws, _60)

    assert fault in found
    assert inspect_workspace(store, usage_plans, ws).faults == []
    [key] = gateway_keys()
    assert (key["value"], key["enabled"]) == (workspace.usage_plan_key, True)
    assert plans_of(key["id"]) == {"StandardUsagePlan"}


def test_a_key_made_anew_by_a_call_that_stopped_is_found_again(
    store: Store, usage_plans: UsagePlans, aws: Wire, workspace: Workspace, gateway_keys: Callable[[], list[Any]]
) -> None:
    ws = workspace.workspace_id
    _delete_key(workspace, {})
    aws.once("TransactWriteItems", fails("TransactWriteItems"))
    with pytest.raises(AwsError):
        set_limit(store, usage_plans, ws, _60)

    set_limit(store, usage_plans, ws, _60)

    assert [key["value"] for key in gateway_keys()] == [workspace.usage_plan_key]
    assert inspect_workspace(store, usage_plans, ws).faults == []


def test_keys_that_disagree_are_seen_and_mended(
    store: Store, usage_plans: UsagePlans, workspace: Workspace, key_id: str
) -> None:
    key = {"key_hash": find_key(store, key_id).key_hash}
    store.database.transact(tables.change(store.keys_table, key, {"rate_limit": 5}, {"rate_limit": 60}))

    found = inspect_workspace(store, usage_plans, workspace.workspace_id)

    assert found.faults == ["1 of its keys have a different limit or usage-plan key"]
    assert set_limit(store, usage_plans, workspace.workspace_id, _60)[1] == 1


def test_many_keys_change_in_several_writes(
    store: Store,
    usage_plans: UsagePlans,
    *,
    aws: Wire,
    workspace: Workspace,
    stored_keys: Callable[[], list[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(5):
        create_key(store, workspace.workspace_id, NewKey())
    monkeypatch.setattr(tables, "WRITES_AT_ONCE", 3)
    aws.calls.clear()

    assert set_limit(store, usage_plans, workspace.workspace_id, WorkspaceLimit(rate_limit=77))[1] == 5

    assert [key["rate_limit"] for key in stored_keys()] == [77] * 5
    assert [len(call["TransactItems"]) for call in aws.made("TransactWriteItems")] == [1, 3, 3, 2]


def test_a_failed_rotation_changes_nothing(
    store: Store, aws: Wire, key_id: str, stored_keys: Callable[[], list[Any]]
) -> None:
    before = stored_keys()
    aws.once("TransactWriteItems", fails("TransactWriteItems"))

    with pytest.raises(AwsError):
        rotate_key(store, key_id, KeyRotation())

    assert stored_keys() == before


def test_a_known_key_is_registered_once(
    store: Store, workspace: Workspace, stored_keys: Callable[[], list[Any]]
) -> None:
    raw, record = create_key(store, workspace.workspace_id, NewKey(test=True))
    stored = stored_keys()

    with pytest.raises(AlreadyExistsError) as refusal:
        create_key(store, workspace.workspace_id, NewKey(name="other", key=raw))

    assert refusal.value.existing_id == record.key_id
    assert stored_keys() == stored
    assert find_key(store, record.key_id) == record
