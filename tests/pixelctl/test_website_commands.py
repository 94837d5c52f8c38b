"""pixelctl website: one live website for a domain, an owner in the index, and nothing left when it goes."""

from collections.abc import Sequence
from io import StringIO
from typing import Any

import boto3
import pytest

from pixel.aws.attributes import from_item
from pixel.aws.tables import WRITES_AT_ONCE
from pixel.workspaces.alerts import ALERTS
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.kinds import KINDS_OF_A_WEBSITE
from pixel.workspaces.models import checked
from pixel.workspaces.provisioning import NewWorkspace, create_workspace
from pixel.workspaces.reports import REPORTS
from pixel.workspaces.share_links import SHARE_LINKS, NewShareLink
from pixel.workspaces.workspace import Workspace
from pixelctl.target import Target
from tests import dynamodb_engine
from tests.environment import WORKSPACE_TABLE
from tests.pixelctl.conftest import Outcome, Run
from tests.provisioned import Wire, fails
from tests.unit.workspaces.records_given import new_goal, new_website, stored_claims, stored_items


def _create(run: Run, workspace_id: str, domain: str) -> Outcome:
    return run("website", "create", workspace_id, "--domain", domain, "--name", "A site", "--json")


def _owners(website_id: str) -> list[str]:
    """Find websites as sources without an API key do."""
    found = boto3.client("dynamodb").query(
        TableName=WORKSPACE_TABLE,
        IndexName="by_website",
        KeyConditionExpression="owned_website_id = :website_id",
        ExpressionAttributeValues={":website_id": {"S": website_id}},
    )
    return [from_item(item)["workspace_id"] for item in found["Items"]]


def test_the_index_leads_from_a_live_website_to_its_workspace(run: Run, workspace: Workspace) -> None:
    website_id = _create(run, workspace.workspace_id, "example.com").json["id"]
    assert _owners(website_id) == [workspace.workspace_id]

    run("website", "update", workspace.workspace_id, website_id, "--name", "Other")
    assert _owners(website_id) == [workspace.workspace_id]

    run("website", "delete", workspace.workspace_id, website_id)
    assert _owners(website_id) == []


def test_create_says_how_to_go_on(run: Run, workspace: Workspace) -> None:
    out = run("website", "create", workspace.workspace_id, "--domain", "example.com", "--name", "A site").out

    assert f"pixelctl goal create {workspace.workspace_id} --website admx_" in out
    assert out.rstrip().endswith("--help --stack pixel")


@pytest.mark.parametrize("again", ["example.com", "EXAMPLE.com", " example.com."])
def test_a_domain_is_registered_once(run: Run, workspace: Workspace, again: str) -> None:
    website_id = _create(run, workspace.workspace_id, "example.com").json["id"]

    outcome = _create(run, workspace.workspace_id, again)

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith(
        f"pixelctl: example.com is already registered in this workspace as {website_id}; change or delete"
    )
    assert len(run("website", "list", workspace.workspace_id, "--json").json) == 1


def test_two_workspaces_may_have_the_same_domain(run: Run, target: Target, workspace: Workspace) -> None:
    other = create_workspace(target.store, target.usage_plans, NewWorkspace(name="Other"))

    assert [_create(run, each.workspace_id, "example.com").status for each in (workspace, other)] == [0, 0]


def test_a_domain_is_free_again_once_its_website_is_deleted(run: Run, workspace: Workspace) -> None:
    first = _create(run, workspace.workspace_id, "example.com").json["id"]
    run("website", "delete", workspace.workspace_id, first)

    second = _create(run, workspace.workspace_id, "example.com")

    assert second.status == 0
    assert stored_claims() == {"example.com": second.json["id"]}


def test_a_website_that_moves_takes_its_claim_along(run: Run, workspace: Workspace) -> None:
    ws = workspace.workspace_id
    website_id = _create(run, ws, "old.example.com").json["id"]

    moved = run("website", "update", ws, website_id, "--domain", "new.example.com", "--json").json

    assert (moved["domain"], moved["name"]) == ("new.example.com", "A site")
    assert stored_claims() == {"new.example.com": website_id}
    assert _create(run, ws, "old.example.com").status == 0
    assert _create(run, ws, "new.example.com").status == 1


def test_a_website_cannot_move_to_a_domain_that_is_taken(run: Run, workspace: Workspace) -> None:
    ws = workspace.workspace_id
    taken, website_id = (_create(run, ws, domain).json["id"] for domain in ("a.example.com", "b.example.com"))

    outcome = run("website", "update", ws, website_id, "--domain", "a.example.com")

    assert outcome.status == 1
    assert f"a.example.com is already registered in this workspace as {taken}" in outcome.err
    assert run("website", "update", ws, website_id, "--domain", "b.example.com", "--name", "B").status == 0
    assert stored_claims() == {"a.example.com": taken, "b.example.com": website_id}


@pytest.fixture
def hung(target: Target, workspace: Workspace) -> str:
    """Create a website with two goals and one of every other record, beside another website with a goal."""
    website_id = new_website(target.store, workspace)
    ws = workspace.workspace_id
    for rules, given in (
        (ALERTS, {"metric": "visitors", "threshold": 1, "channel": "email"}),
        (REPORTS, {"cadence": "daily", "channel": "slack", "recipients": ["#sales"]}),
    ):
        rules.create(target.store, ws, checked(rules.new, {"website_id": website_id, **given}))
    SHARE_LINKS.create(target.store, ws, NewShareLink(website_id=website_id), secret=SHARE_LINKS.issue())
    new_goal(target.store, workspace, website_id, "First goal")
    new_goal(target.store, workspace, website_id, "Second goal")
    new_goal(target.store, workspace, new_website(target.store, workspace, "other.example.com"))
    return website_id


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


_COUNTS = {"goals": 2, "alerts": 1, "reports": 1, "share_links": 1}


def _live_of(website_id: str) -> Sequence[Any]:
    """Return the live records of a website, without the claim of its domain, which has no id."""
    items = (item for item in stored_items() if item.get("website_id") == website_id and "id" in item)
    return [item for item in items if "deleted_at" not in item]


def test_delete_takes_along_what_hangs_on_it_and_counts_it(run: Run, workspace: Workspace, hung: str) -> None:
    outcome = run("website", "delete", workspace.workspace_id, hung, "--yes", "--json")

    assert outcome.json["deleted_with_it"] == _COUNTS
    assert _live_of(hung) == []
    assert len(run("goal", "list", workspace.workspace_id, "--json").json) == 1
    gone = [item for kind in KINDS_OF_A_WEBSITE for item in stored_items(kind) if "deleted_at" in item]
    assert len(gone) == 5


def test_delete_tells_people_too(run: Run, workspace: Workspace, hung: str) -> None:
    assert run("website", "delete", workspace.workspace_id, hung, "--yes").out == (
        f"{hung} is deleted. Deleted with it: 2 goals, 1 alert, 1 report, 1 share link.\n"
    )


_WITH_IT = "also deletes 2 goals, 1 alert, 1 report, 1 share link"


def test_delete_is_refused_without_a_terminal_unless_it_is_confirmed(run: Run, workspace: Workspace, hung: str) -> None:
    outcome = run("website", "delete", workspace.workspace_id, hung)

    assert outcome == (1, "", f"pixelctl: Deleting {hung} {_WITH_IT}; add --yes to confirm.\n")
    assert len(_live_of(hung)) == 5


@pytest.mark.parametrize(
    ("typed", "status", "left"), [("y\n", 0, 0), ("YES\n", 0, 0), ("\n", 1, 5), ("", 1, 5), ("no\n", 1, 5)]
)
def test_delete_asks_at_a_terminal(
    run: Run, workspace: Workspace, hung: str, monkeypatch: pytest.MonkeyPatch, *, typed: str, status: int, left: int
) -> None:
    monkeypatch.setattr("sys.stdin", _Terminal(typed))

    outcome = run("website", "delete", workspace.workspace_id, hung)

    assert outcome.status == status
    assert outcome.err.startswith(f"Deleting {hung} {_WITH_IT}. Continue? [y/N] ")
    assert ("Nothing was deleted." in outcome.err) == (left > 0)
    assert len(_live_of(hung)) == left


def test_a_website_without_records_needs_no_confirmation(run: Run, target: Target, workspace: Workspace) -> None:
    website_id = new_website(target.store, workspace)

    assert run("website", "delete", workspace.workspace_id, website_id).out == f"{website_id} is deleted.\n"


def test_delete_takes_more_along_than_one_write_holds(
    run: Run, target: Target, workspace: Workspace, stack: Wire
) -> None:
    dynamodb_engine.skip_unless_it_takes(WRITES_AT_ONCE)
    website_id = new_website(target.store, workspace)
    new_goal(target.store, workspace, website_id)
    [goal] = stored_items(GOAL)
    others = [
        {**goal, "id": f"{goal['id'][:-3]}{number:03}", "item": f"{goal['item'][:-3]}{number:03}"}
        for number in range(104)
    ]
    target.store.database.put_all(WORKSPACE_TABLE, others)
    stack.calls.clear()

    assert (
        run("website", "delete", workspace.workspace_id, website_id, "--yes", "--json").json["deleted_with_it"]["goals"]
        == 105
    )

    assert [len(call["TransactItems"]) for call in stack.made("TransactWriteItems")] == [3, 100, 5]
    assert _live_of(website_id) == []


def test_a_delete_that_stopped_half_way_is_finished_by_the_next(
    run: Run, workspace: Workspace, hung: str, stack: Wire
) -> None:
    stack.once("Query", fails("Query"))
    stopped = run("website", "delete", workspace.workspace_id, hung, "--yes")
    assert stopped.status == 1
    assert "The website is deleted, but some of its records are not; delete it again to finish." in stopped.err
    assert len(_live_of(hung)) == 5

    finished = run("website", "delete", workspace.workspace_id, hung, "--yes", "--json").json

    assert (finished["changed"], finished["deleted_with_it"]) == (False, _COUNTS)
    assert _live_of(hung) == []


def test_a_claim_is_no_website(run: Run, workspace: Workspace) -> None:
    made = _create(run, workspace.workspace_id, "example.com").json

    assert [row["id"] for row in run("website", "list", workspace.workspace_id, "--json").json] == [made["id"]]
