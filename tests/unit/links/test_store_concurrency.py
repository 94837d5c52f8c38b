"""Writers of links at the same moment: a code is one link's, and no change is lost or half written."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pixel.aws import tables as dynamodb
from pixel.foundation import JsonObject
from pixel.links.codes import code_key
from pixel.links.compiled import compiled
from pixel.links.models import LinkChanges
from pixel.links.store import LinkStore
from pixel.workspaces.errors import AlreadyExistsError, ConcurrentChangeError, NotFoundError, RecordError
from pixel.workspaces.models import checked
from tests import dynamodb_engine
from tests.links_given import OTHER_WORKSPACE, WORKSPACE, new_link, store_with_workspaces
from tests.moto_in_process import MotoInProcess

_WRITERS = 12


class _Interleaved(MotoInProcess):
    """Lets other threads go first before each call."""

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        time.sleep(0.0005)
        return super().call(operation, payload, idempotent=idempotent)


@pytest.fixture
def atomic(tables: object, monkeypatch: pytest.MonkeyPatch) -> LinkStore:
    if dynamodb_engine.OTHER is None:
        monkeypatch.setattr(dynamodb, "JsonService", lambda *_: _Interleaved())
    return store_with_workspaces()


def _at_once(write: Callable[[int], object]) -> list[type[RecordError] | None]:
    """Return the kind of error that each writer got, or None."""
    barrier = Barrier(_WRITERS)

    def wait_and_write(number: int) -> type[RecordError] | None:
        barrier.wait(timeout=30)
        try:
            write(number)
        except RecordError as failure:
            return type(failure)
        return None

    with ThreadPoolExecutor(_WRITERS) as pool:
        return list(pool.map(wait_and_write, range(_WRITERS)))


def test_of_many_that_want_a_code_one_gets_it(atomic: LinkStore) -> None:
    workspaces = (WORKSPACE, OTHER_WORKSPACE)

    outcomes = _at_once(lambda number: new_link(atomic, workspace_id=workspaces[number % 2], short_code="sale"))

    assert outcomes.count(None) == 1
    assert outcomes.count(AlreadyExistsError) == _WRITERS - 1
    assert sum(len(atomic.list_live(one)) for one in workspaces) == 1


def test_changes_at_once_leave_items_that_agree(atomic: LinkStore) -> None:
    link = new_link(atomic)

    outcomes = _at_once(
        lambda number: atomic.update(WORKSPACE, link["id"], checked(LinkChanges, {"title": f"Title {number}"}))
    )

    now = atomic.find(WORKSPACE, link["id"])
    assert {*outcomes} <= {None, ConcurrentChangeError}
    assert now["version"] == 1 + outcomes.count(None)
    assert atomic.database.get(atomic.links_table, code_key(link["code"])) == compiled(now)
    assert atomic.list_live(WORKSPACE)[0]["title"] == now["title"]


def test_a_deletion_among_changes_is_final(atomic: LinkStore) -> None:
    link = new_link(atomic)

    def write(number: int) -> None:
        if number == 5:
            atomic.delete(WORKSPACE, link["id"])
        else:
            atomic.update(WORKSPACE, link["id"], checked(LinkChanges, {"title": f"Title {number}"}))

    outcomes = _at_once(write)
    while outcomes[5] is ConcurrentChangeError:  # the changes were faster, each time
        atomic.delete(WORKSPACE, link["id"])
        outcomes[5] = None

    assert {*outcomes} <= {None, ConcurrentChangeError, NotFoundError}
    assert "held_until" in (atomic.database.get(atomic.links_table, code_key(link["code"])) or {})
    assert atomic.list_live(WORKSPACE) == []
