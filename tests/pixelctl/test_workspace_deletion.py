"""pixelctl workspace rename and delete: what is asked, what is said, and what a stop in the middle leaves."""

import io
import sys
from typing import Any

import boto3
import pytest

from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.workspace import Workspace
from pixelctl.commands.command import when
from pixelctl.target import Target
from tests.pixelctl.conftest import Run
from tests.provisioned import Wire, fails
from tests.unit.workspaces.records_given import new_goal, new_website, stored_items

_STAYS = "Rows that are stored stay in the warehouse"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def website_id(target: Target, workspace: Workspace) -> str:
    website_id = new_website(target.store, workspace)
    new_goal(target.store, workspace, website_id)
    return website_id


def _is_live(target: Target, workspace: Workspace) -> bool:
    return bool(target.store.list_live(WEBSITE, workspace.workspace_id))


@pytest.mark.usefixtures("key_id", "website_id")
def test_the_name_must_be_typed_or_the_deletion_confirmed(
    run: Run, target: Target, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["workspace", "delete", workspace.workspace_id]
    consequence = f"Deleting {workspace.workspace_id} revokes 1 key and deletes 1 website, 1 goal, for good"

    assert run(*command) == (1, "", f"pixelctl: {consequence}; add --yes to confirm.\n")
    for wrong in ("y\n", "acme\n", "", "Acm\n"):
        monkeypatch.setattr(sys, "stdin", _Terminal(wrong))
        outcome = run(*command)
        assert (outcome.status, outcome.out) == (1, "")
        assert outcome.err.startswith(f'{consequence}. Type its name, "Acme", to confirm: ')
        assert outcome.err.endswith("pixelctl: That is another name; nothing was deleted.\n")
    assert _is_live(target, workspace)

    monkeypatch.setattr(sys, "stdin", _Terminal("Acme\n"))
    deleted = run(*command)

    assert deleted.status == 0
    assert [line for line in deleted.out.splitlines() if line][:3] == [
        f"{workspace.workspace_id} is deleted.",
        f"Revoked with it: 1 key; that takes effect {when(target)}.",
        "Deleted with it: 1 website, 1 goal.",
    ]
    assert _STAYS in deleted.out
    assert "docs/security.md#forgetting-a-workspace" in deleted.out
    assert not _is_live(target, workspace)


@pytest.mark.usefixtures("website_id")
def test_what_is_gone_is_gone_for_every_command(run: Run, workspace: Workspace, key_id: str) -> None:
    ws = workspace.workspace_id
    data = run("workspace", "delete", ws, "--yes", "--json").json
    again = run("workspace", "delete", ws)

    assert (data["changed"], data["keys_revoked"]) == (True, 1)
    none = dict.fromkeys(("alerts", "reports", "share_links", "destinations"), 0)
    assert data["deleted_with_it"] == {"websites": 1, "goals": 1, **none}
    assert (again.status, again.err) == (0, "")
    assert again.out.startswith(f"{ws} was deleted already, at {data['deleted_at']}.\n")
    assert run("workspace", "list", "--json").json == []
    assert "was revoked already" in run("key", "revoke", key_id).out
    for words in (
        ["workspace", "show", ws],
        ["workspace", "rename", ws, "New"],
        ["workspace", "set-limit", ws, "100"],
        ["key", "create", ws],
        ["key", "list", ws],
        ["website", "create", ws, "--domain", "new.example.com"],
        ["website", "list", ws],
    ):
        outcome = run(*words)
        assert (outcome.status, outcome.out) == (1, ""), words
        assert outcome.err.startswith(f'pixelctl: The workspace "{ws}" was deleted at {data["deleted_at"]};'), words


@pytest.mark.usefixtures("website_id", "key_id")
def test_a_deletion_that_stops_says_how_to_finish_it(
    run: Run, target: Target, workspace: Workspace, stack: Wire
) -> None:
    command = ["workspace", "delete", workspace.workspace_id]
    for _ in range(2):  # the mark and the key
        stack.once("TransactWriteItems", lambda perform, parameters: perform(parameters))
    stack.once("TransactWriteItems", fails("TransactWriteItems"))

    stopped = run(*command, "--yes")

    assert (stopped.status, stopped.out) == (1, "")
    assert stopped.err.endswith("delete the workspace again to finish.\n")
    assert _is_live(target, workspace)
    finished = run(*command)  # which was confirmed before
    assert finished.status == 0
    assert "Deleted with it: 1 website, 1 goal." in finished.out
    assert not _is_live(target, workspace)
    plan_keys: Any = boto3.client("apigateway").get_api_keys()
    assert workspace.usage_plan_key_id not in [key["id"] for key in plan_keys["items"]]


def test_a_workspace_that_is_not_there_or_is_needed_is_not_deleted(run: Run, stack: Wire) -> None:
    assert run("workspace", "delete", "ws_none", "--yes").err == (
        'pixelctl: There is no workspace "ws_none"; `pixelctl workspace list` lists the existing ones.\n'
    )
    assert "by its id (ws_...)" in run("workspace", "delete", "Acme", "--yes").err
    assert "`pixelctl doctor`, which needs it" in run("workspace", "delete", "ws_doctor", "--yes").err
    assert stack.made("TransactWriteItems") == []


def test_a_workspace_gets_another_name(run: Run, workspace: Workspace) -> None:
    renamed = run("workspace", "rename", workspace.workspace_id, "Acme Europe", "--json").json
    wrong = run("workspace", "rename", workspace.workspace_id, " ")

    assert renamed == run("workspace", "list", "--json").json[0]
    assert renamed["name"] == "Acme Europe"
    assert wrong.status == 2
    assert "NAME must have 1 to 100 printable characters." in wrong.err
    assert [item["action"] for item in stored_items() if "action" in item] == ["workspace.renamed"]
