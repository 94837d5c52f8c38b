"""Rows of goals: one after every write, of the goal as it is then, and all of them each day."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pixel.aws import tables
from pixel.foundation.settings import ConfigurationError, settings
from pixel.ingest import spill
from pixel.ingest.goal_rows import GoalPublisher, publishing, reconcile_goals
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.goals import GOALS, GoalChanges, NewGoal
from pixel.workspaces.store import Store, function_store, meta_key
from pixel.workspaces.websites import WEBSITES, NewWebsite
from tests.queues import Queues

pytestmark = pytest.mark.usefixtures("tables", "output")
_WORKSPACE = "ws_1"


@pytest.fixture
def website_id() -> str:
    database = tables.database()
    database.put(settings().workspace_table, meta_key(_WORKSPACE))
    return str(WEBSITES.create(function_store(), _WORKSPACE, NewWebsite(domain="a.example", name="A"))["id"])


def _store(send: Callable[[Any], None]) -> Store:
    store = function_store()
    return store._replace(database=GoalPublisher(store.database.service, store.workspace_table, send))


def test_every_write_sends_the_goal_as_it_is_then(website_id: str) -> None:
    sent: list[dict[str, Any]] = []
    store = _store(lambda rows: sent.extend(map(json.loads, rows)))

    goal = GOALS.create(store, _WORKSPACE, NewGoal(website_id=website_id, name="Order", selector="/thanks"))
    GOALS.update(store, _WORKSPACE, goal["id"], GoalChanges(selector="event:order"))
    other = GOALS.create(store, _WORKSPACE, NewGoal(website_id=website_id, name="Buy", selector="#buy"))
    GOALS.delete(store, _WORKSPACE, goal["id"])
    WEBSITES.delete(store, _WORKSPACE, website_id)

    assert [(row["goal_id"], row["kind"], row["is_deleted"]) for row in sent] == [
        (goal["id"], "url", 0),
        (goal["id"], "event", 0),
        (other["id"], "css", 0),
        (goal["id"], "event", 1),
        (other["id"], "css", 1),
    ]
    assert {(row["workspace_id"], row["website_id"]) for row in sent} == {(_WORKSPACE, website_id)}
    assert [row["version"] for row in sent] == sorted(row["version"] for row in sent)


def test_a_write_that_comes_between_is_not_undone_by_an_older_row(website_id: str) -> None:
    sent: list[dict[str, Any]] = []
    store = _store(lambda rows: sent.extend(map(json.loads, rows)))
    goal = GOALS.create(store, _WORKSPACE, NewGoal(website_id=website_id, name="Order", selector="/a"))

    def slow(rows: Any) -> None:
        GOALS.update(store, _WORKSPACE, goal["id"], GoalChanges(selector="/c"))
        sent.extend(map(json.loads, rows))

    GOALS.update(_store(slow), _WORKSPACE, goal["id"], GoalChanges(selector="/b"))

    assert [row["selector"] for row in sent] == ["/a", "/c", "/b"]
    assert sent[1]["version"] > sent[2]["version"]


def test_a_row_that_cannot_be_sent_fails_no_write(website_id: str) -> None:
    def fail(_rows: Any) -> None:
        raise OSError("down")

    goal = GOALS.create(_store(fail), _WORKSPACE, NewGoal(website_id=website_id, name="Order", selector="/a"))

    assert function_store().find(GOAL, _WORKSPACE, goal["id"])["selector"] == "/a"


def test_rows_wait_in_the_spill_queue_while_there_is_no_token(website_id: str) -> None:
    new = NewGoal(website_id=website_id, name="Order", selector="/a")

    goal = GOALS.create(publishing(function_store()), _WORKSPACE, new)
    with pytest.raises(ConfigurationError):
        reconcile_goals({}, None)

    spilled = [spill.read(message["Body"]) for message in Queues().receive(Queues().spill)]
    assert [one.datasource for one in spilled] == ["goals", "goals"]
    assert [json.loads(row)["goal_id"] for one in spilled for row in one.rows] == [goal["id"]] * 2
