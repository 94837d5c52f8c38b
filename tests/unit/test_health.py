"""The health checks look for themselves, but not more often than every ten seconds."""

from collections.abc import Callable

import pytest

from pixel import health
from tests.conftest import Frozen, Output
from tests.tinybird_standin.running import StandIn

_ALL_OK = {"store": "ok", "ingest": "ok", "tokens": "ok"}


@pytest.mark.usefixtures("warehouse", "output")
def test_what_answers_is_ok() -> None:
    assert health.run_checks() == _ALL_OK


def test_a_store_that_cannot_be_reached_failed_and_the_log_says_why(
    warehouse: StandIn, store_down: Callable[[], None], output: Output
) -> None:
    assert warehouse.url
    store_down()

    assert health.run_checks() == {**_ALL_OK, "store": "failed"}
    (line,) = output.logged("check failed")
    assert (line["level"], line["check"]) == ("ERROR", "store")
    assert line["reason"] == "AwsUnreachableError: dynamodb GetItem: NewConnectionError"


@pytest.mark.usefixtures("output")
def test_a_store_that_refuses_failed(warehouse: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    assert warehouse.url
    monkeypatch.setenv("PIXEL_COUNTERS_TABLE", "no-such-table")

    assert health.run_checks() == {**_ALL_OK, "store": "failed"}


@pytest.mark.usefixtures("output")
def test_a_warehouse_that_fails_is_seen_in_both_of_its_checks(warehouse: StandIn) -> None:
    warehouse.fault(path="/v0/*", status=503)

    assert health.run_checks() == {"store": "ok", "ingest": "failed", "tokens": "failed"}


@pytest.mark.parametrize(("seconds", "looks"), [(9.9, 1), (10, 2)])
@pytest.mark.usefixtures("tables", "output")
def test_a_result_is_ten_seconds_old_at_most(frozen: Frozen, sent: list[str], seconds: float, looks: int) -> None:
    health.run_checks()

    frozen.move(seconds)
    health.run_checks()

    assert sent.count("GetItem") == looks
