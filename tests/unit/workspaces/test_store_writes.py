"""Records are created, changed and deleted for whoever may, and ids that are taken or cannot be one are refused."""

import pytest

from pixel.workspaces.alerts import ALERTS, AlertChanges, NewAlert
from pixel.workspaces.errors import AlreadyExistsError, InvalidIdError, NotFoundError
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.goals import GOALS, GoalChanges, NewGoal
from pixel.workspaces.models import InvalidFieldsError
from pixel.workspaces.reports import REPORTS, NewReport, ReportChanges
from pixel.workspaces.store import Store
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.workspace import Workspace
from tests.unit.workspaces.records_given import stored_items


def test_an_id_that_is_taken_is_said(store: Store, workspace: Workspace, website_id: str) -> None:
    new = NewGoal(website_id=website_id, name="x", selector="#x")
    GOALS.create(store, workspace.workspace_id, new, record_id="goal_fixed")

    other = NewGoal(website_id=website_id, name="y", selector="#x")
    with pytest.raises(AlreadyExistsError, match='The goal "goal_fixed" already exists') as refusal:
        GOALS.create(store, workspace.workspace_id, other, record_id="goal_fixed")

    assert refusal.value.existing_id == "goal_fixed"


@pytest.mark.parametrize("website_id", ["admx_none", "goal_1", "x" * 40])
def test_nothing_is_created_for_a_website_that_is_not_there(
    store: Store, workspace: Workspace, website_id: str
) -> None:
    with pytest.raises(NotFoundError):
        GOALS.create(store, workspace.workspace_id, NewGoal(website_id=website_id, name="x", selector="#x"))

    assert stored_items(GOAL) == []


@pytest.mark.parametrize("record_id", ["ws_1", "a/b", f"goal_{'x' * 43}", "", "goal_\u00e9"])
def test_what_cannot_be_an_id_is_not_repeated(store: Store, workspace: Workspace, record_id: str) -> None:
    with pytest.raises(InvalidIdError, match=r"^Identify a goal by its id \(goal_\.\.\.\)\.$"):
        store.find(GOAL, workspace.workspace_id, record_id)


def test_what_is_not_there_says_of_what_and_since_when(store: Store, workspace: Workspace, goal_id: str) -> None:
    ws = workspace.workspace_id
    deleted_at = store.delete(GOAL, ws, goal_id).item["deleted_at"]

    with pytest.raises(NotFoundError) as gone:
        store.find(GOAL, ws, goal_id)
    with pytest.raises(NotFoundError) as missing:
        store.find(WEBSITE, ws, "admx_none")
    with pytest.raises(NotFoundError) as nowhere:
        store.find(WEBSITE, "ws_none", "admx_none")

    assert (gone.value.noun, gone.value.deleted_at) == ("goal", deleted_at)
    assert (missing.value.noun, missing.value.deleted_at) == ("website", None)
    assert nowhere.value.noun == "workspace"


def test_a_record_of_another_workspace_is_not_there(store: Store, workspace: Workspace, goal_id: str) -> None:
    store.database.put(store.workspace_table, {"workspace_id": "ws_other", "item": "META"})

    for act in (
        lambda: store.find(GOAL, "ws_other", goal_id),
        lambda: store.delete(GOAL, "ws_other", goal_id),
        lambda: GOALS.update(store, "ws_other", goal_id, GoalChanges(name="Taken")),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert store.find(GOAL, workspace.workspace_id, goal_id)["name"] == "A goal"


def test_a_change_that_contradicts_what_is_stored_is_refused(
    store: Store, workspace: Workspace, website_id: str
) -> None:
    ws = workspace.workspace_id
    new_alert = NewAlert(website_id=website_id, metric="visitors", threshold=100, channel="email")
    new_report = NewReport(
        website_id=website_id, cadence="daily", channel="email", recipients=["ann@example.com", "bob@example.com"]
    )
    alert_id = ALERTS.create(store, ws, new_alert)["id"]
    report_id = REPORTS.create(store, ws, new_report)["id"]
    before = sorted(map(str, stored_items()))

    with pytest.raises(InvalidFieldsError) as bounce:
        ALERTS.update(store, ws, alert_id, AlertChanges(metric="bounce_rate"))
    with pytest.raises(InvalidFieldsError) as slack:
        REPORTS.update(store, ws, report_id, ReportChanges(channel="slack"))

    assert [fault.path for fault in bounce.value.faults] == ["threshold"]
    assert [fault.path for fault in slack.value.faults] == ["recipients.0", "recipients.1"]
    assert sorted(map(str, stored_items())) == before
