"""Many writers and a reader at the same moment, in threads, on tables that are atomic."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pixel.workspaces.errors import AlreadyExistsError, ConcurrentChangeError, RevisionError
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.goals import GOALS, GoalChanges, NewGoal
from pixel.workspaces.store import Store, function_store, meta_key
from pixel.workspaces.websites import WEBSITES, NewWebsite
from tests.writers_at_once import make_atomic, write_at_once

_WRITERS = 16
_WORKSPACE = "ws_1"


@pytest.fixture
def atomic(tables: object, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a store with a workspace, in the engine that DYNAMODB_ENDPOINT names or in moto, call after call."""
    make_atomic(monkeypatch)
    store = function_store()
    store.database.put(store.workspace_table, meta_key(_WORKSPACE))
    return store


def _website(store: Store) -> str:
    return str(WEBSITES.create(store, _WORKSPACE, NewWebsite(domain="example.com"))["id"])


def _goal(store: Store, website_id: str, name: str) -> str:
    new = NewGoal(website_id=website_id, name=name, selector="#a")
    return str(GOALS.create(store, _WORKSPACE, new)["id"])


def test_of_sixteen_writers_with_the_same_revision_exactly_one_wins(atomic: Store) -> None:
    goal_id = _goal(atomic, _website(atomic), "Order")

    def write(number: int) -> None:
        GOALS.update(atomic, _WORKSPACE, goal_id, GoalChanges(selector=f"#w{number}"), revisions={1})

    outcomes = write_at_once(_WRITERS, write)

    assert outcomes.count(None) == 1
    assert outcomes.count(RevisionError) == _WRITERS - 1
    goal = atomic.find(GOAL, _WORKSPACE, goal_id)
    assert (goal["selector"], goal["revision"]) == (f"#w{outcomes.index(None)}", 2)


def test_without_a_revision_every_write_that_succeeds_is_counted(atomic: Store) -> None:
    goal_id = _goal(atomic, _website(atomic), "Order")

    outcomes = write_at_once(
        _WRITERS, lambda number: GOALS.update(atomic, _WORKSPACE, goal_id, GoalChanges(selector=f"#w{number}"))
    )

    assert set(outcomes) <= {None, ConcurrentChangeError}
    assert atomic.find(GOAL, _WORKSPACE, goal_id)["revision"] == 1 + outcomes.count(None)


def test_of_sixteen_that_create_the_same_domain_one_does(atomic: Store) -> None:
    outcomes = write_at_once(_WRITERS, lambda _: _website(atomic))

    assert outcomes.count(None) == 1
    assert set(outcomes) == {None, AlreadyExistsError}


def test_pages_that_are_read_while_records_are_created_lose_and_repeat_none(atomic: Store) -> None:
    website_id = _website(atomic)
    there = [_goal(atomic, website_id, f"there {number}") for number in range(12)]
    barrier = Barrier(5)
    reads: list[list[str]] = []
    finished: list[int] = []

    def create(writer: int) -> None:
        barrier.wait(timeout=30)
        for number in range(6):
            _goal(atomic, website_id, f"{writer} {number}")
        finished.append(writer)

    def read() -> None:
        barrier.wait(timeout=30)
        while len(finished) < 4:
            reads.append(_all_pages(atomic))

    with ThreadPoolExecutor(5) as threads:
        running = [*(threads.submit(create, writer) for writer in range(4)), threads.submit(read)]
        for one in running:
            one.result(timeout=60)

    for found in reads:
        assert found == sorted(set(found))
        assert set(there) <= set(found)
    assert len(_all_pages(atomic)) == len(there) + 24
    assert any(len(there) < len(found) < len(there) + 24 for found in reads)  # they did overlap


def _all_pages(store: Store) -> list[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        page, after = store.page(GOAL, _WORKSPACE, {}, limit=5, after=after)
        found += [item["id"] for item in page]
        if after is None:
            return found
