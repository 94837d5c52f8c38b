"""The peers that a list is measured beside read the same websites as it does."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from pixel.workspaces.store import function_store
from pixel.workspaces.website_kind import WEBSITE
from tests.routes.workspace.lists import LISTS, store

_WEBSITES = LISTS[0]


@pytest.fixture
def stores(tables: object, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import the peers' stores, whose clients are made on import."""
    monkeypatch.delitem(sys.modules, "benchmarks.peers.stores", raising=False)
    return import_module("benchmarks.peers.stores")


@pytest.mark.parametrize("website_id", [None, "admx_old", "admx_gone", "admx_foreign"])
def test_a_peer_lists_the_same_websites(stores: ModuleType, website_id: str | None) -> None:
    store(
        [
            _WEBSITES.row("", website_id="admx_new", created_at="2026-02-01T00:00:00Z"),
            _WEBSITES.row("", website_id="admx_old"),
            _WEBSITES.row("", website_id="admx_gone", deleted_at="2026-01-02T00:00:00Z"),
            _WEBSITES.row("", website_id="admx_foreign", workspace_id="ws_2"),
        ]
    )

    ours = _listed(website_id)

    assert stores.list_websites("ws_1", website_id) == ours
    assert len(ours) == {None: 2, "admx_old": 1}.get(website_id, 0)


def test_a_peer_reads_all_pages_too(stores: ModuleType) -> None:
    """As many as a megabyte, which is what DynamoDB gives at once, does not hold."""
    long_name = "x" * 20_000
    store(_WEBSITES.row("", website_id=f"admx_{number:02}", name=long_name) for number in range(60))

    ours = _listed(None)

    assert stores.list_websites("ws_1", None) == ours
    assert len(ours) == 60


def _listed(website_id: str | None) -> list[dict[str, Any]]:
    return [WEBSITE.to_response(item) for item in function_store().list_live(WEBSITE, "ws_1", website_id)]
