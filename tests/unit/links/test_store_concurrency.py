"""Writers of links at the same moment: a code is one link's, and no change is lost or half written."""

import pytest

from pixel.links.codes import code_key
from pixel.links.compiled import compiled
from pixel.links.models import LinkChanges
from pixel.links.store import LinkStore, ShortCodeTakenError
from pixel.workspaces.errors import ConcurrentChangeError, NotFoundError
from pixel.workspaces.models import checked
from tests.links_given import OTHER_WORKSPACE, WORKSPACE, new_link, store_with_workspaces
from tests.writers_at_once import make_atomic, write_at_once

_WRITERS = 12


@pytest.fixture
def atomic(tables: object, monkeypatch: pytest.MonkeyPatch) -> LinkStore:
    make_atomic(monkeypatch)
    return store_with_workspaces()


def test_of_many_that_want_a_code_one_gets_it(atomic: LinkStore) -> None:
    workspaces = (WORKSPACE, OTHER_WORKSPACE)

    outcomes = write_at_once(
        _WRITERS, lambda number: new_link(atomic, workspace_id=workspaces[number % 2], short_code="sale")
    )

    assert outcomes.count(None) == 1
    assert outcomes.count(ShortCodeTakenError) == _WRITERS - 1
    assert sum(len(atomic.list_live(one)) for one in workspaces) == 1


def test_changes_at_once_leave_items_that_agree(atomic: LinkStore) -> None:
    link = new_link(atomic)

    outcomes = write_at_once(
        _WRITERS,
        lambda number: atomic.update(WORKSPACE, link["id"], checked(LinkChanges, {"title": f"Title {number}"})),
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

    outcomes = write_at_once(_WRITERS, write)
    while outcomes[5] is ConcurrentChangeError:  # the changes were faster, each time
        atomic.delete(WORKSPACE, link["id"])
        outcomes[5] = None

    assert {*outcomes} <= {None, ConcurrentChangeError, NotFoundError}
    assert "held_until" in (atomic.database.get(atomic.links_table, code_key(link["code"])) or {})
    assert atomic.list_live(WORKSPACE) == []
