"""A table of links and two workspaces that may have some."""

import pytest

from pixel.links.store import LinkStore
from tests.links_given import store_with_workspaces


@pytest.fixture
def links(tables: object) -> LinkStore:
    return store_with_workspaces()
