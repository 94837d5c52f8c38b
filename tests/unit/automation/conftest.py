"""The world in memory around the functions of automation."""

import pytest

from tests.unit.automation.world import World, set_queues


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    set_queues(monkeypatch)
    return World(monkeypatch)
