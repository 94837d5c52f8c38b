"""Changes at the same time leave no record on a deleted website, no deleted record alive and no domain twice."""

from functools import partial
from typing import Any

import pytest

from pixel.aws.tables import WriteRefusedError
from pixel.workspaces.alert_kind import ALERT
from pixel.workspaces.alerts import ALERTS, AlertChanges, NewAlert
from pixel.workspaces.errors import AlreadyExistsError, ConcurrentChangeError, NotFoundError
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.goals import GOALS, GoalChanges
from pixel.workspaces.models import InvalidFieldsError
from pixel.workspaces.store import Store
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.websites import WEBSITES, WebsiteChanges
from pixel.workspaces.workspace import Workspace
from tests.provisioned import Parameters, Perform, Wire, first
from tests.unit.workspaces.records_given import new_goal, new_website, stored_claims, stored_items


def test_an_update_brings_no_deleted_record_back(store: Store, aws: Wire, workspace: Workspace, goal_id: str) -> None:
    ws = workspace.workspace_id
    aws.once("TransactWriteItems", first(lambda: store.delete(GOAL, ws, goal_id)))

    with pytest.raises(NotFoundError, match="was deleted at"):
        GOALS.update(store, ws, goal_id, GoalChanges(name="Later"))

    [item] = stored_items(GOAL)
    assert item["name"] == "A goal"
    assert "deleted_at" in item


def test_a_delete_takes_an_updated_record_too(store: Store, aws: Wire, workspace: Workspace, goal_id: str) -> None:
    ws = workspace.workspace_id
    rename = partial(GOALS.update, store, ws, goal_id, GoalChanges(name="Later"))
    aws.once("TransactWriteItems", first(rename))

    assert store.delete(GOAL, ws, goal_id)[1]

    [item] = stored_items(GOAL)
    assert item["name"] == "Later"
    assert "deleted_at" in item


def test_two_deletes_at_once_agree(store: Store, aws: Wire, workspace: Workspace, goal_id: str) -> None:
    ws = workspace.workspace_id
    aws.once("TransactWriteItems", first(lambda: store.delete(GOAL, ws, goal_id)))

    _, changed = store.delete(GOAL, ws, goal_id)

    assert not changed


def test_two_updates_at_once_both_hold(store: Store, aws: Wire, workspace: Workspace, goal_id: str) -> None:
    ws = workspace.workspace_id
    aws.once("TransactWriteItems", first(lambda: GOALS.update(store, ws, goal_id, GoalChanges(name="Later"))))

    GOALS.update(store, ws, goal_id, GoalChanges(selector="#later"))

    item = store.find(GOAL, ws, goal_id)
    assert (item["name"], item["selector"]) == ("Later", "#later")


def test_two_updates_at_once_leave_no_contradiction(
    store: Store, aws: Wire, workspace: Workspace, website_id: str
) -> None:
    ws = workspace.workspace_id
    new = NewAlert(website_id=website_id, metric="visitors", threshold=1, channel="email")
    alert_id = ALERTS.create(store, ws, new)["id"]
    raise_threshold = partial(ALERTS.update, store, ws, alert_id, AlertChanges(threshold=100))
    aws.once("TransactWriteItems", first(raise_threshold))

    with pytest.raises(InvalidFieldsError) as refusal:
        ALERTS.update(store, ws, alert_id, AlertChanges(metric="bounce_rate"))

    assert [fault.path for fault in refusal.value.faults] == ["threshold"]
    assert store.find(ALERT, ws, alert_id)["metric"] == "visitors"


def test_nothing_is_hung_on_a_website_that_is_being_deleted(
    store: Store, aws: Wire, workspace: Workspace, website_id: str
) -> None:
    """The website is live when the command looks, and deleted when it writes."""
    aws.once("TransactWriteItems", first(lambda: WEBSITES.delete(store, workspace.workspace_id, website_id)))

    with pytest.raises(NotFoundError, match=f'The website "{website_id}" was deleted at'):
        new_goal(store, workspace, website_id)

    assert stored_items(GOAL) == []


@pytest.mark.parametrize("operation", ["TransactWriteItems", "Query"])
def test_a_goal_made_during_a_delete_goes_with_the_website(
    store: Store, aws: Wire, workspace: Workspace, website_id: str, operation: str
) -> None:
    """It is made before the website is marked, or not at all."""

    def make() -> None:
        try:
            new_goal(store, workspace, website_id)
        except NotFoundError:
            assert operation == "Query"

    aws.once(operation, first(make))

    WEBSITES.delete(store, workspace.workspace_id, website_id)

    assert [item for item in stored_items(GOAL) if "deleted_at" not in item] == []
    assert len(stored_items(GOAL)) == (1 if operation == "TransactWriteItems" else 0)


def test_what_another_run_deletes_meanwhile_does_not_stop_a_website_s_delete(
    store: Store, aws: Wire, workspace: Workspace, website_id: str, goal_id: str
) -> None:
    ws = workspace.workspace_id
    second = new_goal(store, workspace, website_id, "Another goal")

    def delete_goal(perform: Perform, parameters: Parameters) -> Any:
        found = perform(parameters)
        store.delete(GOAL, ws, goal_id)
        return found

    aws.once("Query", delete_goal)

    gone = {kind.noun: number for kind, number in WEBSITES.delete(store, ws, website_id).went_with_it}

    assert gone["goal"] == 1
    assert {item["id"] for item in stored_items(GOAL) if "deleted_at" in item} == {goal_id, second}


def test_two_calls_at_once_register_a_domain_once(store: Store, aws: Wire, workspace: Workspace) -> None:
    aws.once("TransactWriteItems", first(lambda: new_website(store, workspace, "example.com")))

    with pytest.raises(AlreadyExistsError, match="is already registered in this workspace"):
        new_website(store, workspace, "example.com")

    assert len(stored_items(WEBSITE)) == 1


def test_a_website_that_moves_while_it_is_deleted_leaves_no_claim(
    store: Store, aws: Wire, workspace: Workspace, website_id: str
) -> None:
    ws = workspace.workspace_id
    move = partial(WEBSITES.update, store, ws, website_id, WebsiteChanges(domain="moved.example.com"))
    aws.once("TransactWriteItems", first(move))

    assert WEBSITES.delete(store, ws, website_id).changed

    assert stored_claims() == {}


def test_a_delete_releases_no_claim_that_another_website_has_taken_over(
    store: Store, aws: Wire, workspace: Workspace, website_id: str
) -> None:
    ws = workspace.workspace_id
    heirs: list[str] = []

    def hand_over() -> None:
        WEBSITES.update(store, ws, website_id, WebsiteChanges(domain="moved.example.com"))
        heirs.append(new_website(store, workspace))

    aws.once("TransactWriteItems", first(hand_over))

    WEBSITES.delete(store, ws, website_id)

    assert stored_claims() == {"example.com": heirs[0]}


def test_a_delete_wins_over_a_website_that_moves(
    store: Store, aws: Wire, workspace: Workspace, website_id: str
) -> None:
    ws = workspace.workspace_id
    aws.once("TransactWriteItems", first(lambda: WEBSITES.delete(store, ws, website_id)))

    with pytest.raises(NotFoundError, match="was deleted at"):
        WEBSITES.update(store, ws, website_id, WebsiteChanges(domain="moved.example.com"))

    assert stored_claims() == {}


def test_what_never_stops_changing_is_given_up(
    store: Store, aws: Wire, workspace: Workspace, website_id: str, goal_id: str
) -> None:
    ws = workspace.workspace_id

    def refuse(*_: object) -> None:
        raise WriteRefusedError([])

    aws.always("TransactWriteItems", refuse)

    for action in (
        lambda: new_goal(store, workspace, website_id, "Another goal"),
        lambda: GOALS.update(store, ws, goal_id, GoalChanges(name="Later")),
        lambda: store.delete(GOAL, ws, goal_id),
        lambda: WEBSITES.delete(store, ws, website_id),
    ):
        with pytest.raises(ConcurrentChangeError, match="at the same time; try again"):
            action()
