"""pixelctl workspace: what an operator sees, and what is in AWS afterwards."""

import re
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from pixel.workspaces.plans import LOGICAL_IDS
from pixel.workspaces.provisioning import NewWorkspace, create_workspace
from pixel.workspaces.workspace import Workspace
from pixelctl.target import Target
from tests.pixelctl.conftest import Run
from tests.provisioned import Wire, fails, loses_answer
from tests.template import document

_SHOWN = {"workspace_id", "name", "rate_limit", "usage_plan", "created_at"}


def test_create_makes_a_workspace_with_a_key_in_the_smallest_plan(
    run: Run, plans_of: Callable[[str], set[str]], gateway_keys: Callable[[], list[Any]]
) -> None:
    outcome = run("workspace", "create", "Acme Ltd", "--json")

    assert outcome.status == 0
    assert outcome.json.keys() == _SHOWN
    assert re.fullmatch(r"ws_[0-9a-z]{20}", outcome.json["workspace_id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", outcome.json["created_at"])
    assert (outcome.json["name"], outcome.json["rate_limit"]) == ("Acme Ltd", 60)
    [key] = gateway_keys()
    assert (key["name"], key["enabled"]) == (outcome.json["workspace_id"], True)
    assert re.fullmatch(r"[0-9A-Za-z]{40}", key["value"])
    assert plans_of(key["id"]) == {"StandardUsagePlan"} == {outcome.json["usage_plan"]}


def test_create_says_what_to_do_next_and_hides_the_usage_plan_key(
    run: Run, gateway_keys: Callable[[], list[Any]]
) -> None:
    outcome = run("--region", "eu-central-1", "workspace", "create", "Acme")

    assert re.search(
        r"pixelctl key create ws_\w+ --scopes pixel:read,pixel:write --stack pixel --region eu-central-1$", outcome.out
    )
    assert gateway_keys()[0]["value"] not in outcome.out


@pytest.mark.parametrize(
    ("limit", "plan"),
    [
        ("1", "StandardUsagePlan"),
        ("300", "StandardUsagePlan"),
        ("301", "PlusUsagePlan"),
        ("2000", "PlusUsagePlan"),
        ("2001", "MaxUsagePlan"),
        ("5000", "MaxUsagePlan"),
        ("20000", "MaxUsagePlan"),
    ],
)
def test_the_plan_is_the_smallest_whose_burst_carries_two_minutes_of_the_limit(
    run: Run, plans_of: Callable[[str], set[str]], gateway_keys: Callable[[], list[Any]], limit: str, plan: str
) -> None:
    assert run("workspace", "create", "Acme", "--limit", limit, "--json").json["usage_plan"] == plan
    assert plans_of(gateway_keys()[0]["id"]) == {plan}


def test_a_limit_that_no_plan_carries_is_refused_before_anything_is_made(
    run: Run, gateway_keys: Callable[[], list[Any]]
) -> None:
    outcome = run("workspace", "create", "Acme", "--limit", "20001")

    assert outcome.status == 1
    assert outcome.err.startswith("pixelctl: No usage plan fits 20001 requests per minute: the largest, MaxUsagePlan")
    assert gateway_keys() == []
    assert run("workspace", "list", "--json").json == []


def test_the_throttle_is_read_from_api_gateway(run: Run, plans: dict[str, str]) -> None:
    boto3.client("apigateway").update_usage_plan(
        usagePlanId=plans["StandardUsagePlan"],
        patchOperations=[{"op": "replace", "path": "/throttle/burstLimit", "value": "10"}],
    )

    assert run("workspace", "create", "Acme", "--json").json["usage_plan"] == "PlusUsagePlan"


def test_every_plan_of_the_template_is_considered() -> None:
    assert set(LOGICAL_IDS) == set(document.of_type("AWS::ApiGateway::UsagePlan"))


def test_list_has_every_workspace_whatever_the_pages(run: Run, target: Target, stack: Wire) -> None:
    made = [
        create_workspace(target.store, target.usage_plans, NewWorkspace(name=f"Number {number}")).workspace_id
        for number in range(3)
    ]
    target.store.database.put(target.store.workspace_table, {"workspace_id": made[0], "item": "GOAL#1"})
    stack.always("Scan", lambda perform, parameters: perform(parameters | {"Limit": 1}))

    outcome = run("workspace", "list", "--json")

    assert {row["workspace_id"] for row in outcome.json} == set(made)
    assert len(outcome.json) == 3
    assert outcome.json[0].keys() == _SHOWN


def test_list_aligns_its_columns(run: Run, target: Target) -> None:
    for name, limit in (("A", 60), ("A much longer name", 2000)):
        create_workspace(target.store, target.usage_plans, NewWorkspace(name=name, rate_limit=limit))

    lines = run("workspace", "list").out.splitlines()

    assert lines[0].split() == ["WORKSPACE_ID", "NAME", "RATE_LIMIT", "USAGE_PLAN", "CREATED_AT"]
    assert {line.index("20", line.index("UsagePlan")) for line in lines[1:]} == {lines[0].index("CREATED_AT")}


def test_list_of_nothing_says_so(run: Run) -> None:
    assert run("workspace", "list").out == "No workspaces yet.\n"


def test_show_counts_keys_and_has_no_warning(run: Run, workspace: Workspace, key_id: str) -> None:
    run("key", "create", workspace.workspace_id)
    run("key", "revoke", key_id)

    outcome = run("workspace", "show", workspace.workspace_id, "--json")

    assert outcome.json.keys() == _SHOWN | {"keys", "warnings"}
    assert outcome.json["keys"] == {"total": 2, "active": 1}
    assert outcome.json["warnings"] == []
    assert "warning" not in run("workspace", "show", workspace.workspace_id).out


def test_set_limit_changes_workspace_keys_and_plan(
    run: Run,
    workspace: Workspace,
    key_id: str,
    plans_of: Callable[[str], set[str]],
    stored_keys: Callable[[], list[Any]],
) -> None:
    outcome = run("workspace", "set-limit", workspace.workspace_id, "1000", "--json")

    assert outcome.json | {"created_at": ""} == {
        "workspace_id": workspace.workspace_id,
        "name": "Acme",
        "rate_limit": 1000,
        "usage_plan": "PlusUsagePlan",
        "created_at": "",
        "keys_changed": 1,
        "effective_within_seconds": 0,
    }
    assert plans_of(workspace.usage_plan_key_id) == {"PlusUsagePlan"}
    assert [(key["key_id"], key["rate_limit"]) for key in stored_keys()] == [(key_id, 1000)]
    shown = run("workspace", "show", workspace.workspace_id, "--json").json
    assert (shown["rate_limit"], shown["usage_plan"], shown["warnings"]) == (1000, "PlusUsagePlan", [])


def test_set_limit_moves_the_key_down_again(
    run: Run, workspace: Workspace, plans_of: Callable[[str], set[str]]
) -> None:
    run("workspace", "set-limit", workspace.workspace_id, "5000")
    assert plans_of(workspace.usage_plan_key_id) == {"MaxUsagePlan"}

    run("workspace", "set-limit", workspace.workspace_id, "60")

    assert plans_of(workspace.usage_plan_key_id) == {"StandardUsagePlan"}


def test_set_limit_within_a_tier_leaves_the_plan_alone(run: Run, workspace: Workspace, stack: Wire) -> None:
    stack.calls.clear()

    assert run("workspace", "set-limit", workspace.workspace_id, "61").status == 0

    assert stack.made("CreateUsagePlanKey") == stack.made("DeleteUsagePlanKey") == stack.made("CreateApiKey") == []


def test_set_limit_leaves_other_workspaces_alone(
    run: Run, target: Target, workspace: Workspace, stored_keys: Callable[[], list[Any]]
) -> None:
    other = create_workspace(target.store, target.usage_plans, NewWorkspace(name="Other"))
    run("key", "create", other.workspace_id)

    run("workspace", "set-limit", workspace.workspace_id, "100")

    assert [key["rate_limit"] for key in stored_keys()] == [60]
    assert run("workspace", "show", other.workspace_id, "--json").json["rate_limit"] == 60


@pytest.mark.parametrize("command", [["show", "ws_none"], ["set-limit", "ws_none", "60"]])
def test_an_unknown_workspace_is_said_in_one_line(run: Run, command: list[str]) -> None:
    outcome = run("workspace", *command)

    assert outcome == (
        1,
        "",
        'pixelctl: There is no workspace "ws_none"; `pixelctl workspace list` lists the existing ones.\n',
    )


@pytest.mark.parametrize(
    "command",
    [
        ["--json"],
        ["workspace", "create"],
        ["workspace", "create", " "],
        ["workspace", "create", "two\nlines"],
        ["workspace", "create", "x" * 101],
        ["workspace", "create", "Acme", "--limit", "0"],
        ["workspace", "create", "Acme", "--limit", "many"],
        ["workspace", "set-limit", "ws_1", "-1"],
        ["workspace", "set-limit", "ws_1", "1.5"],
        ["workspace", "list", "--local", "--stack", "x"],
        ["workspace", "list", "--js"],
    ],
)
def test_wrong_usage_is_2(run: Run, stack: Wire, command: list[str]) -> None:
    outcome = run(*command)

    assert (outcome.status, outcome.out) == (2, "")
    assert "pixelctl" in outcome.err
    assert stack.calls == []


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (
            ["workspace", "create", "Acme", "--limit"],
            "--limit: This number has more than 12 digits; use a smaller one.",
        ),
        (["workspace", "set-limit", "ws_1"], "LIMIT: This number has more than 12 digits; use a smaller one."),
        (["doctor", "--wait"], "--wait: This number has more than 12 digits; use a smaller one."),
        (["alert", "update", "ws_1", "alrt_1", "--threshold"], "--threshold must be a number of at least 0"),
    ],
)
@pytest.mark.parametrize("digits", [13, 5000])
def test_a_number_of_too_many_digits_is_refused(run: Run, command: list[str], sentence: str, digits: int) -> None:
    outcome = run(*command, "9" * digits)

    assert (outcome.status, outcome.out) == (2, "")
    assert sentence in outcome.err


def test_a_plan_that_somebody_deleted_is_named(run: Run, stack: Wire) -> None:
    stack.always("GetUsagePlan", fails("GetUsagePlan", "NotFoundException"))

    assert run("workspace", "create", "Acme").err == (
        "pixelctl: StandardUsagePlan does not exist in API Gateway; deploy the stack again.\n"
    )


def test_show_warns_when_no_plan_carries_the_limit_any_more(
    run: Run, target: Target, stack: Wire, plans: dict[str, str]
) -> None:
    workspace = create_workspace(target.store, target.usage_plans, NewWorkspace(name="Acme", rate_limit=20000))
    boto3.client("apigateway").update_usage_plan(
        usagePlanId=plans["MaxUsagePlan"],
        patchOperations=[{"op": "replace", "path": "/throttle/rateLimit", "value": "10"}],
    )

    [warning] = run("workspace", "show", workspace.workspace_id, "--json").json["warnings"]

    assert warning.startswith("No usage plan fits 20000 requests per minute")


@pytest.mark.parametrize("how", [fails, loses_answer])
def test_a_limit_that_is_half_changed_is_said(run: Run, stack: Wire, workspace: Workspace, how: Any) -> None:
    stack.once("TransactWriteItems", how("TransactWriteItems"))
    command = ["workspace", "set-limit", workspace.workspace_id, "1000"]

    outcome = run(*command)

    assert outcome.status == 1
    assert "TransactWriteItems" in outcome.err
    assert outcome.err.endswith("The limit may be partly changed; set it again to finish.\n")
    assert run(*command).status == 0


def test_a_create_that_is_interrupted_is_said(run: Run, stack: Wire) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    stack.once("TransactWriteItems", interrupt)

    assert run("workspace", "create", "Acme") == (130, "", "pixelctl: interrupted\n")


def test_what_show_advises_mends_the_provisioning(run: Run, workspace: Workspace) -> None:
    boto3.client("apigateway").delete_api_key(apiKey=workspace.usage_plan_key_id)

    out = run("workspace", "show", workspace.workspace_id).out
    [warned] = run("workspace", "show", workspace.workspace_id, "--json").json["warnings"]
    advice = out.rpartition("Repair it with: pixelctl ")[2].split()

    assert f"warning: {warned}" in out
    assert advice == ["workspace", "set-limit", workspace.workspace_id, "60", "--stack", "pixel"]
    assert run(*advice).status == 0
    assert run("workspace", "show", workspace.workspace_id, "--json").json["warnings"] == []
