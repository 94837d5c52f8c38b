"""Whatever stops a command half way, running it again ends where one run would have."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from pixelctl import tables
from pixelctl.api_keys import create_key, find_key
from pixelctl.failures import AlreadyExistsError, ControlError
from pixelctl.provisioning import set_limit
from pixelctl.target import Target
from pixelctl.workspaces import Workspace, create_workspace
from tests.pixelctl.conftest import Run, Wire, fails, loses_answer

_BROKEN = "every request is answered 500"


@pytest.mark.parametrize("operation", ["CreateUsagePlanKey", "TransactWriteItems"])
@pytest.mark.parametrize("how", [fails, loses_answer])
def test_a_failed_create_leaves_nothing(
    run: Run, stack: Wire, gateway_keys: Callable[[], list[Any]], operation: str, how: Callable[[str], Any]
) -> None:
    stack.once(operation, how(operation))

    outcome = run("workspace", "create", "Acme")

    assert (outcome.status, outcome.out) == (1, "")
    assert operation in outcome.err
    assert gateway_keys() == []
    assert run("workspace", "list", "--json").json == []
    assert run("workspace", "create", "Acme").status == 0


def test_a_create_that_is_interrupted_leaves_nothing(
    run: Run, stack: Wire, gateway_keys: Callable[[], list[Any]]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    stack.once("TransactWriteItems", interrupt)

    assert run("workspace", "create", "Acme") == (130, "", "pixelctl: interrupted\n")
    assert gateway_keys() == []


def test_a_failed_cleanup_names_what_is_left(run: Run, stack: Wire, gateway_keys: Callable[[], list[Any]]) -> None:
    stack.once("CreateUsagePlanKey", fails("CreateUsagePlanKey"))
    stack.once("DeleteApiKey", fails("DeleteApiKey"))

    outcome = run("workspace", "create", "Acme")

    [left] = gateway_keys()
    assert outcome.err.startswith("pixelctl: AWS refuses CreateUsagePlanKey")
    assert f"aws apigateway delete-api-key --api-key {left['id']}" in outcome.err


def test_a_key_whose_creation_went_unheard_is_taken(
    run: Run, stack: Wire, gateway_keys: Callable[[], list[Any]]
) -> None:
    """As when boto3 repeats a call whose answer was lost."""

    def repeat(perform: Callable[[Any], Any], parameters: Any) -> Any:
        perform(parameters)
        return perform(parameters)

    stack.once("CreateApiKey", repeat)

    assert run("workspace", "create", "Acme").status == 0
    assert len(gateway_keys()) == 1


def test_an_id_that_is_taken_is_refused_and_its_workspace_is_left_alone(
    target: Target, stack: Wire, gateway_keys: Callable[[], list[Any]]
) -> None:
    create_workspace(target, "First", workspace_id="ws_demo")
    stack.once("GetItem", lambda _perform, _parameters: {})  # it was not there yet when it was looked for

    for _ in range(2):
        with pytest.raises(AlreadyExistsError):
            create_workspace(target, "Second", workspace_id="ws_demo")

    assert [key["name"] for key in gateway_keys()] == ["ws_demo"]
    assert set_limit(target, "ws_demo", 60)[0].name == "First"


@pytest.mark.parametrize("operation", ["DeleteUsagePlanKey", "CreateUsagePlanKey", "TransactWriteItems", "Scan"])
@pytest.mark.parametrize("how", [fails, loses_answer])
def test_set_limit_finishes_when_run_again(
    run: Run,
    *,
    stack: Wire,
    workspace: Workspace,
    key_id: str,
    plans_of: Callable[[str], set[str]],
    operation: str,
    how: Callable[[str], Any],
) -> None:
    command = ["workspace", "set-limit", workspace.workspace_id, "1000"]
    stack.once(operation, how(operation))

    outcome = run(*command)

    assert outcome.status == 1
    assert outcome.err.endswith("run the same command again to finish.\n")
    assert run(*command).status == 0
    shown = run("workspace", "show", workspace.workspace_id, "--json").json
    assert (shown["rate_limit"], shown["usage_plan"], shown["warnings"]) == (1000, "PlusUsagePlan", [])
    assert plans_of(workspace.usage_plan_key_id) == {"PlusUsagePlan"}
    assert run("key", "list", workspace.workspace_id, "--json").json[0]["rate_limit"] == 1000


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
    ("damage", "warning"),
    [
        (_delete_key, f"is gone from API Gateway: {_BROKEN}"),
        (_disable_key, f"is disabled: {_BROKEN}"),
        (_take_from_plan, f"is in no usage plan: {_BROKEN}"),
        (_put_in_another_plan, "is in MaxUsagePlan, but the limit asks for StandardUsagePlan"),
    ],
)
def test_show_warns_of_broken_provisioning_and_what_it_advises_mends_it(
    run: Run,
    *,
    workspace: Workspace,
    plans: dict[str, str],
    gateway_keys: Callable[[], list[Any]],
    plans_of: Callable[[str], set[str]],
    damage: Callable[[Workspace, dict[str, str]], None],
    warning: str,
) -> None:
    damage(workspace, plans)

    out = run("workspace", "show", workspace.workspace_id).out
    [warned] = run("workspace", "show", workspace.workspace_id, "--json").json["warnings"]
    advice = out.rpartition("Mend it with: pixelctl ")[2].split()

    assert warning in warned
    assert f"warning: {warned}" in out
    assert advice == ["workspace", "set-limit", workspace.workspace_id, "60", "--stack", "pixel"]
    assert run(*advice).status == 0
    assert run("workspace", "show", workspace.workspace_id, "--json").json["warnings"] == []
    [key] = gateway_keys()
    assert (key["value"], key["enabled"]) == (workspace.usage_plan_key, True)
    assert plans_of(key["id"]) == {"StandardUsagePlan"}


def test_a_key_made_anew_by_a_run_that_stopped_is_found_again(
    run: Run, stack: Wire, workspace: Workspace, gateway_keys: Callable[[], list[Any]]
) -> None:
    _delete_key(workspace, {})
    stack.once("TransactWriteItems", fails("TransactWriteItems"))
    command = ["workspace", "set-limit", workspace.workspace_id, "60"]
    assert run(*command).status == 1

    assert run(*command).status == 0

    assert [key["value"] for key in gateway_keys()] == [workspace.usage_plan_key]
    assert run("workspace", "show", workspace.workspace_id, "--json").json["warnings"] == []


def test_show_warns_of_keys_that_disagree(run: Run, target: Target, workspace: Workspace, key_id: str) -> None:
    record = find_key(target, key_id)
    tables.write(
        target.dynamodb,
        tables.update(target.keys_table, {"key_hash": record.key_hash}, {"rate_limit": 5}, {"rate_limit": 60}),
    )

    shown = run("workspace", "show", workspace.workspace_id, "--json").json
    assert shown["warnings"] == ["1 of its keys carry another limit or usage-plan key"]
    assert run("workspace", "set-limit", workspace.workspace_id, "60", "--json").json["keys_changed"] == 1


def test_many_keys_change_in_several_writes(
    target: Target,
    stack: Wire,
    workspace: Workspace,
    stored_keys: Callable[[], list[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(5):
        create_key(target, workspace.workspace_id)
    monkeypatch.setattr(tables, "WRITES_AT_ONCE", 3)
    stack.calls.clear()

    assert set_limit(target, workspace.workspace_id, 77)[1] == 5

    assert [key["rate_limit"] for key in stored_keys()] == [77] * 5
    assert [len(call["TransactItems"]) for call in stack.made("TransactWriteItems")] == [1, 3, 3, 2]


def test_a_failed_rotation_changes_nothing(
    run: Run, stack: Wire, key_id: str, stored_keys: Callable[[], list[Any]]
) -> None:
    before = stored_keys()
    stack.once("TransactWriteItems", fails("TransactWriteItems"))

    assert run("key", "rotate", key_id).status == 1

    assert stored_keys() == before


def test_a_known_key_is_registered_once(
    target: Target, workspace: Workspace, stored_keys: Callable[[], list[Any]]
) -> None:
    raw, record = create_key(target, workspace.workspace_id, test=True)
    stored = stored_keys()

    with pytest.raises(AlreadyExistsError):
        create_key(target, workspace.workspace_id, name="other", key=raw)
    with pytest.raises(ControlError, match="well-formed"):
        create_key(target, workspace.workspace_id, key=raw[:-1])

    assert stored_keys() == stored
    assert find_key(target, record.key_id) == record
