"""A store of links on moto, with two workspaces."""

import pytest

from pixel.links.store import LinkStore
from tests.links_given import store_with_workspaces


@pytest.fixture
def store(tables: object) -> LinkStore:
    return store_with_workspaces()
