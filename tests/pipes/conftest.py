"""One stand-in for the whole tier: every example has a workspace of its own."""

from collections.abc import Iterator

import pytest

from tests.local.tinybird.running import StandIn
from tests.pipes.warehouse import PROJECT, Warehouse


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    # A zone that is not UTC: answers do not depend on the machine's.
    arguments = ("--events-per-second", "1000000", "--query-seconds-max", "30", "--quiet")
    folder = tmp_path_factory.mktemp("warehouse")
    with StandIn(folder, *arguments, project=PROJECT, environment={"TZ": "Asia/Tokyo"}) as running:
        yield Warehouse(running)
