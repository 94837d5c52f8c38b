"""The health check looks for itself, but not more often than every five seconds."""

from collections.abc import Callable

import pytest

from pixel import dynamodb, health
from tests.conftest import Frozen, Output


@pytest.mark.usefixtures("tables", "output")
def test_a_store_that_answers_is_ok() -> None:
    assert health.run_checks() == {"store": "ok"}


def test_a_store_that_cannot_be_reached_failed_and_the_log_says_why(
    store_down: Callable[[], None], output: Output
) -> None:
    store_down()

    assert health.run_checks() == {"store": "failed"}
    (line,) = output.logged("health check failed")
    assert line["level"] == "ERROR"
    assert line["reason"] == "dynamodb GetItem: NewConnectionError"


@pytest.mark.usefixtures("output")
def test_a_store_that_refuses_failed(tables: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXEL_COUNTERS_TABLE", "no-such-table")

    assert health.run_checks() == {"store": "failed"}


@pytest.mark.parametrize(("seconds", "looks"), [(4.9, 1), (5, 2)])
def test_a_result_is_five_seconds_old_at_most(
    frozen: Frozen, monkeypatch: pytest.MonkeyPatch, seconds: float, looks: int
) -> None:
    looked: list[object] = []
    monkeypatch.setattr(dynamodb, "get_item", lambda *call: looked.append(call))
    health.run_checks()

    frozen.move(seconds)
    health.run_checks()

    assert len(looked) == looks
