"""One stand-in for the whole tier; tests that need other settings or a restart start their own."""

from collections.abc import Iterator

import pytest

from tests.local.tinybird.running import StandIn, new_id


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    # A zone that is not UTC: Tinybird's answers do not depend on the machine's.
    arguments = ("--events-per-second", "10000", "--body-bytes-max", "1000000", "--query-seconds-max", "2")
    with StandIn(tmp_path_factory.mktemp("shared"), *arguments, environment={"TZ": "Asia/Tokyo"}) as running:
        yield running


@pytest.fixture
def stand_in(shared: StandIn) -> Iterator[StandIn]:
    yield shared
    shared.call("DELETE", "/_faults", token=None)


@pytest.fixture
def workspace_id() -> str:
    return new_id()
