"""A workspace gets its number of requests in each minute, exactly."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pixel.auth import rate_limit
from pixel.auth.rate_limit import LimitExceededError, take
from pixel.aws.tables import Database
from pixel.faces.face import Allowance, Limit
from pixel.foundation import observability
from pixel.foundation.errors import ErrorCode
from tests.conftest import Frozen, Output
from tests.environment import COUNTERS_TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("frozen", "output")


def _refusal(workspace_id: str = "ws_1", limit: int = 60) -> LimitExceededError:
    with pytest.raises(LimitExceededError) as caught:
        take(Limit(workspace_id, limit, 60))
    return caught.value


def _exhaust(workspace_id: str = "ws_1", limit: int = 60) -> None:
    for _ in range(limit):
        take(Limit(workspace_id, limit, 60))


@pytest.mark.usefixtures("tables")
def test_sixty_requests_pass_and_the_next_is_refused(frozen: Frozen) -> None:
    resets_at = int(frozen.seconds) + 50

    passed = [take(Limit("ws_1", 60, 60)) for _ in range(60)]
    refusal = _refusal()

    assert passed == [Allowance(60, remaining, resets_at, is_counted=True) for remaining in range(59, -1, -1)]
    assert refusal.error is ErrorCode.RATE_LIMIT_EXCEEDED
    assert refusal.message == "This workspace may send 60 requests a minute; wait 50 s and try again."
    assert refusal.details == {"limit": 60, "window": "1 minute"}
    assert refusal.headers == {"Retry-After": "50"}
    assert refusal.allowance == Allowance(60, 0, resets_at, is_counted=True)


@pytest.mark.usefixtures("tables")
def test_a_workspace_may_have_its_own_limit() -> None:
    _exhaust(limit=3)

    assert _refusal(limit=3).details == {"limit": 3, "window": "1 minute"}


@pytest.mark.usefixtures("tables")
def test_another_workspace_is_untouched() -> None:
    _exhaust("ws_1")
    _refusal("ws_1")

    assert take(Limit("ws_2", 60, 60)).remaining == 59


@pytest.mark.usefixtures("tables")
def test_the_count_starts_anew_on_the_minute(frozen: Frozen) -> None:
    _exhaust()
    _refusal()

    frozen.move(49.999)
    assert _refusal().headers["Retry-After"] == "1"
    frozen.move(0.001)

    assert take(Limit("ws_1", 60, 60)) == Allowance(60, 59, int(frozen.seconds) + 60, is_counted=True)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    ("past_the_minute", "seconds"), [(0, 60), (0.5, 60), (59, 1), (59.001, 1), (59.999, 1), (30.2, 30)]
)
def test_waiting_as_told_is_enough_and_never_zero(frozen: Frozen, past_the_minute: float, seconds: int) -> None:
    frozen.move(past_the_minute - 10)
    _exhaust(limit=1)
    refusal = _refusal(limit=1)

    frozen.move(float(refusal.headers["Retry-After"]))

    assert refusal.headers["Retry-After"] == str(seconds)
    assert f"wait {seconds} s" in refusal.message
    assert take(Limit("ws_1", 1, 60)).remaining == 0


def test_a_container_that_saw_a_workspace_blocked_refuses_without_asking_the_store(
    frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _count_calls(monkeypatch, answer=61)
    _refusal()

    frozen.move(20)
    later = _refusal()

    assert len(asked) == 1
    assert later.headers["Retry-After"] == "30"


def test_a_blocked_workspace_is_asked_about_again_in_the_next_minute(
    frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _count_calls(monkeypatch, answer=61)
    _refusal()

    frozen.move(50)
    _refusal()

    assert len(asked) == 2


def test_a_raised_limit_holds_at_once(frozen: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    _count_calls(monkeypatch, answer=61)
    _refusal()

    assert rate_limit.take(Limit("ws_1", 100, 60)).remaining == 39


def test_blocks_that_are_over_are_forgotten(frozen: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    _count_calls(monkeypatch, answer=61)
    for workspace in range(10):
        _refusal(f"ws_{workspace}")

    frozen.move(60)
    _refusal("ws_new")

    assert set(rate_limit._blocked) == {"ws_new"}


def test_a_counter_outlives_its_minute_by_an_hour_and_no_more(
    tables: "DynamoDBServiceResource", frozen: Frozen
) -> None:
    take(Limit("ws_1", 60, 60))

    minute_ends = int(frozen.seconds) + 50
    (counter,) = tables.Table(COUNTERS_TABLE).scan()["Items"]
    assert counter == {
        "workspace_minute": f"ws_1#{minute_ends // 60 - 1}",
        "hits": 1,
        "expires_at": minute_ends + 3600,
    }


def test_a_request_passes_and_a_metric_tells_when_the_store_is_down(
    store_down: Callable[[], None], frozen: Frozen, output: Output
) -> None:
    store_down()

    allowance = take(Limit("ws_1", 60, 60))
    observability.flush_metrics()

    assert allowance == Allowance(60, 59, int(frozen.seconds) + 50, is_counted=False)
    assert output.metric("UncountedRequests") == 1
    (line,) = output.logged("request allowed without being counted")
    assert line["level"] == "WARNING"
    assert line["counter"] == "ws_1"
    assert line["reason"] == "dynamodb UpdateItem: NothingSentError"


def test_nobody_is_blocked_while_the_store_is_down(store_down: Callable[[], None]) -> None:
    store_down()

    _exhaust(limit=3)

    assert take(Limit("ws_1", 3, 60)).remaining == 2


def _count_calls(monkeypatch: pytest.MonkeyPatch, *, answer: int) -> list[object]:
    asked: list[object] = []

    def add(_database: Database, *call: object, expires_at: int) -> int:
        asked.append((call, expires_at))
        return answer

    monkeypatch.setattr(Database, "add", add)
    return asked
