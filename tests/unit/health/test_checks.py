"""The health checks look for themselves, but not more often than they have to."""

import time
from collections.abc import Callable

import pytest

from pixel.foundation import container
from pixel.health import checks
from tests.conftest import Frozen, Output
from tests.local.tinybird.running import StandIn

_ALL_OK = {"store": "ok", "ingest": "ok", "tokens": "ok"}


@pytest.mark.usefixtures("warehouse", "output")
def test_what_answers_is_ok() -> None:
    assert checks.run_checks() == _ALL_OK


def test_a_store_that_cannot_be_reached_failed_and_the_log_says_why(
    warehouse: StandIn, store_down: Callable[[], None], output: Output
) -> None:
    assert warehouse.url
    store_down()

    assert checks.run_checks() == {**_ALL_OK, "store": "failed"}
    (line,) = output.logged("check failed")
    assert (line["level"], line["check"]) == ("ERROR", "store")
    assert line["reason"] == "AwsUnreachableError: dynamodb GetItem: NothingSentError"


@pytest.mark.usefixtures("output")
def test_a_store_that_refuses_failed(warehouse: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    assert warehouse.url
    monkeypatch.setenv("PIXEL_COUNTERS_TABLE", "no-such-table")

    assert checks.run_checks() == {**_ALL_OK, "store": "failed"}


@pytest.mark.usefixtures("output")
def test_a_warehouse_that_fails_is_seen_in_both_of_its_checks(warehouse: StandIn) -> None:
    warehouse.fault(path="/v0/*", status=503)

    assert checks.run_checks() == {"store": "ok", "ingest": "failed", "tokens": "failed"}


@pytest.mark.parametrize(("seconds", "looks"), [(9.9, 1), (10, 2)])
@pytest.mark.usefixtures("tables", "output")
def test_a_container_looks_every_ten_seconds_at_most(
    frozen: Frozen, sent: list[str], seconds: float, looks: int
) -> None:
    checks.run_checks()

    frozen.move(seconds)
    checks.run_checks()

    assert sent.count("GetItem") == looks


@pytest.mark.parametrize(("seconds", "asked"), [(59, 1), (60, 2)])
@pytest.mark.usefixtures("output")
def test_all_containers_together_ask_tinybird_once_a_minute(
    warehouse: StandIn, sent: list[str], monkeypatch: pytest.MonkeyPatch, seconds: int, asked: int
) -> None:
    assert warehouse.url
    now = time.time() // 1
    monkeypatch.setattr(checks, "epoch_seconds", lambda: now)
    for _ in range(3):
        container.forget_all()  # another container
        assert checks.run_checks() == _ALL_OK
    now += seconds
    container.forget_all()

    checks.run_checks()

    assert sent.count("POST /v0/events") == asked


@pytest.mark.usefixtures("output")
def test_a_failure_is_shared_for_ten_seconds_only(warehouse: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time() // 1
    monkeypatch.setattr(checks, "epoch_seconds", lambda: now)
    warehouse.fault(path="/v0/*", status=503)
    assert checks.run_checks()["tokens"] == "failed"
    warehouse.call("DELETE", "/_faults", token=None)
    now += 10

    assert checks.run_checks() == _ALL_OK
