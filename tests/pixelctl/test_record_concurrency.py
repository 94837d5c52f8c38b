"""Commands at the same time leave no record on a deleted website, no deleted record alive and no domain twice."""

from functools import partial
from typing import Any

import pytest

from pixelctl import tables
from pixelctl.failures import AlreadyExistsError, NotFoundError, StillChangingError
from pixelctl.record_kinds import ALERT, GOAL, WEBSITE
from pixelctl.records import create_record, delete_record, find_record, update_record
from pixelctl.target import Target
from pixelctl.websites import delete_website, update_website
from pixelctl.workspaces import Workspace
from tests.pixelctl.conftest import Parameters, Perform, Run, Wire, first
from tests.pixelctl.records_given import new_goal, new_website, stored_items


@pytest.fixture
def website_id(target: Target, workspace: Workspace) -> str:
    return new_website(target, workspace)


@pytest.fixture
def goal_id(target: Target, workspace: Workspace, website_id: str) -> str:
    return new_goal(target, workspace, website_id)


def test_an_update_brings_no_deleted_record_back(
    target: Target, stack: Wire, workspace: Workspace, goal_id: str
) -> None:
    ws = workspace.workspace_id
    stack.once("TransactWriteItems", first(lambda: delete_record(target, GOAL, ws, goal_id)))

    with pytest.raises(NotFoundError, match="was deleted at"):
        update_record(target, GOAL, ws, goal_id, GOAL.checked({"name": "Later"}))

    [item] = stored_items(GOAL)
    assert item["name"] == "A goal"
    assert "deleted_at" in item


def test_a_delete_takes_an_updated_record_too(target: Target, stack: Wire, workspace: Workspace, goal_id: str) -> None:
    ws = workspace.workspace_id
    rename = partial(update_record, target, GOAL, ws, goal_id, GOAL.checked({"name": "Later"}))
    stack.once("TransactWriteItems", first(rename))

    assert delete_record(target, GOAL, ws, goal_id)[1]

    [item] = stored_items(GOAL)
    assert item["name"] == "Later"
    assert "deleted_at" in item


def test_two_deletes_at_once_agree(target: Target, stack: Wire, workspace: Workspace, goal_id: str) -> None:
    ws = workspace.workspace_id
    stack.once("TransactWriteItems", first(lambda: delete_record(target, GOAL, ws, goal_id)))

    _, changed = delete_record(target, GOAL, ws, goal_id)

    assert not changed


def test_two_updates_at_once_both_hold(target: Target, stack: Wire, workspace: Workspace, goal_id: str) -> None:
    ws = workspace.workspace_id
    stack.once(
        "TransactWriteItems", first(lambda: update_record(target, GOAL, ws, goal_id, GOAL.checked({"name": "Later"})))
    )

    update_record(target, GOAL, ws, goal_id, GOAL.checked({"selector": "#later"}))

    item = find_record(target, GOAL, ws, goal_id)
    assert (item["name"], item["selector"]) == ("Later", "#later")


def test_two_updates_at_once_leave_no_contradiction(
    run: Run, target: Target, stack: Wire, workspace: Workspace, website_id: str
) -> None:
    ws = workspace.workspace_id
    values = ALERT.checked_new({"metric": "visitors", "threshold": "1", "channel": "email"})
    alert_id = create_record(target, ALERT, ws, values, website_id=website_id)["id"]
    raise_threshold = partial(update_record, target, ALERT, ws, alert_id, ALERT.checked({"threshold": "100"}))
    stack.once("TransactWriteItems", first(raise_threshold))

    outcome = run("alert", "update", ws, alert_id, "--metric", "bounce_rate")

    assert "--threshold: A bounce rate is a fraction" in outcome.err
    assert find_record(target, ALERT, ws, alert_id)["metric"] == "visitors"


def test_nothing_is_hung_on_a_website_that_is_being_deleted(
    target: Target, stack: Wire, workspace: Workspace, website_id: str
) -> None:
    """The website is live when the command looks, and deleted when it writes."""
    stack.once("TransactWriteItems", first(lambda: delete_website(target, workspace.workspace_id, website_id)))

    with pytest.raises(NotFoundError, match=f'The website "{website_id}" was deleted at'):
        new_goal(target, workspace, website_id)

    assert stored_items(GOAL) == []


@pytest.mark.parametrize("operation", ["TransactWriteItems", "Query"])
def test_a_goal_made_during_a_delete_goes_with_the_website(
    target: Target, stack: Wire, workspace: Workspace, website_id: str, operation: str
) -> None:
    """It is made before the website is marked, or not at all."""

    def make() -> None:
        try:
            new_goal(target, workspace, website_id)
        except NotFoundError:
            assert operation == "Query"

    stack.once(operation, first(make))

    delete_website(target, workspace.workspace_id, website_id)

    assert [item for item in stored_items(GOAL) if "deleted_at" not in item] == []
    assert len(stored_items(GOAL)) == (1 if operation == "TransactWriteItems" else 0)


def test_what_another_run_deletes_meanwhile_does_not_stop_a_website_s_delete(
    target: Target, stack: Wire, workspace: Workspace, website_id: str, goal_id: str
) -> None:
    ws = workspace.workspace_id
    second = new_goal(target, workspace, website_id)

    def delete_goal(perform: Perform, parameters: Parameters) -> Any:
        found = perform(parameters)
        delete_record(target, GOAL, ws, goal_id)
        return found

    stack.once("Query", delete_goal)

    gone = {kind.noun: number for kind, number in delete_website(target, ws, website_id).went_with_it}

    assert gone["goal"] == 1
    assert {item["id"] for item in stored_items(GOAL) if "deleted_at" in item} == {goal_id, second}


def test_two_commands_at_once_register_a_domain_once(target: Target, stack: Wire, workspace: Workspace) -> None:
    stack.once("TransactWriteItems", first(lambda: new_website(target, workspace, "example.com")))

    with pytest.raises(AlreadyExistsError, match="is registered in this workspace already"):
        new_website(target, workspace, "example.com")

    assert len(stored_items(WEBSITE)) == 1


def test_a_website_that_moves_while_it_is_deleted_leaves_no_claim(
    target: Target, stack: Wire, workspace: Workspace, website_id: str
) -> None:
    ws = workspace.workspace_id
    move = partial(update_website, target, ws, website_id, WEBSITE.checked({"domain": "moved.example.com"}))
    stack.once("TransactWriteItems", first(move))

    assert delete_website(target, ws, website_id).changed

    assert [item for item in stored_items() if item["item"].startswith("DOMAIN#")] == []


def test_a_delete_releases_no_claim_that_another_website_has_taken_over(
    target: Target, stack: Wire, workspace: Workspace, website_id: str
) -> None:
    ws = workspace.workspace_id
    heirs: list[str] = []

    def hand_over() -> None:
        update_website(target, ws, website_id, WEBSITE.checked({"domain": "moved.example.com"}))
        heirs.append(new_website(target, workspace))

    stack.once("TransactWriteItems", first(hand_over))

    delete_website(target, ws, website_id)

    claims = [item for item in stored_items() if item["item"].startswith("DOMAIN#")]
    assert [(claim["item"], claim["website_id"]) for claim in claims] == [("DOMAIN#example.com", heirs[0])]


def test_a_delete_wins_over_a_website_that_moves(
    target: Target, stack: Wire, workspace: Workspace, website_id: str
) -> None:
    ws = workspace.workspace_id
    stack.once("TransactWriteItems", first(lambda: delete_website(target, ws, website_id)))

    with pytest.raises(NotFoundError, match="was deleted at"):
        update_website(target, ws, website_id, WEBSITE.checked({"domain": "moved.example.com"}))

    assert [item for item in stored_items() if item["item"].startswith("DOMAIN#")] == []


def test_what_never_stops_changing_is_given_up(
    target: Target, stack: Wire, workspace: Workspace, website_id: str, goal_id: str
) -> None:
    ws = workspace.workspace_id

    def refuse(*_: object) -> None:
        raise tables.WriteRefusedError([])

    stack.always("TransactWriteItems", refuse)

    for action in (
        lambda: new_goal(target, workspace, website_id),
        lambda: update_record(target, GOAL, ws, goal_id, GOAL.checked({"name": "Later"})),
        lambda: delete_record(target, GOAL, ws, goal_id),
        lambda: delete_website(target, ws, website_id),
    ):
        with pytest.raises(StillChangingError, match="at the same time; run the command again"):
            action()
