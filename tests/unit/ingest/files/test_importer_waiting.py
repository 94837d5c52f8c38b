"""An object is imported by one run at a time, which waits where it cannot go on and takes up what another one left."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pixel.foundation.errors import ApiError, ErrorCode, LoggableError
from pixel.ingest.event import REJECTED, IncomingEvent, Result
from pixel.ingest.files import importer
from pixel.ingest.files.importer import Imported, ImportState
from pixel.ingest.files.progress import LEASE_SECONDS
from tests.conftest import Frozen
from tests.unit.ingest.files.imports import (
    FILES,
    FakeIngest,
    fates_of,
    forget,
    import_untroubled,
    keys_of,
    ndjson,
    outcome_of,
    put,
    rejects_of,
    run_import,
    summary_of,
)

pytestmark = pytest.mark.usefixtures("small_steps")


class _NotNowError(LoggableError):
    pass


def test_two_deliveries_are_never_imported_at_once(bucket: Any, ingest: FakeIngest, frozen: Frozen) -> None:
    pointer = put(bucket, ndjson(14))
    others: list[Imported] = []
    ingest.before = lambda: others.append(run_import(pointer, FakeIngest()))

    assert run_import(pointer, ingest).state is ImportState.DONE
    assert set(others) == {
        Imported(ImportState.RETRY, "another run imports this object", LEASE_SECONDS, is_attempt=False)
    }


@pytest.mark.parametrize("key", FILES)
def test_short_runs_come_to_the_same_end(key: str, bucket: Any, frozen: Frozen) -> None:
    untroubled, expected = import_untroubled(bucket, key, FILES[key])
    forget(bucket)
    pointer, ingest = put(bucket, FILES[key], key), FakeIngest()
    ingest.before = lambda: frozen.move(20)

    verdicts = [run_import(pointer, ingest, seconds=50).state for _ in range(3)]

    assert verdicts == [ImportState.CONTINUE] * 2 + [ImportState.DONE]
    assert outcome_of(bucket, pointer) == expected
    assert [entry.origin for entry in ingest.given] == [entry.origin for entry in untroubled.given]


@pytest.mark.parametrize(
    "failure", [_NotNowError("the warehouse does not answer"), ApiError(ErrorCode.TINYBIRD_ERROR)], ids=["ours", "api"]
)
def test_a_file_waits_while_its_rows_cannot_be_taken(
    failure: Exception, bucket: Any, ingest: FakeIngest, frozen: Frozen
) -> None:
    pointer = put(bucket, ndjson(14))
    steps = iter([False, False, True])

    def fail_in_the_third_step() -> None:
        if next(steps, False):
            raise failure

    ingest.before = fail_in_the_third_step
    waits = run_import(pointer, ingest)
    done = run_import(pointer, ingest)

    assert waits == Imported(
        ImportState.RETRY, "tinybird_error" if isinstance(failure, ApiError) else str(failure), seconds=60
    )
    assert done.state is ImportState.DONE
    assert len(ingest.given) == len(ingest.origins) == 14
    assert sum(fates_of(summary_of(bucket, pointer)).values()) == 15


class _SlowIngest(FakeIngest):
    """Takes a few events in time, and no more at once."""

    def __init__(self, events_in_time: int) -> None:
        super().__init__()
        self.events_in_time = events_in_time
        self.sizes: list[int] = []

    def __call__(self, incoming: Sequence[IncomingEvent], *, seconds: float) -> list[Result]:
        self.sizes.append(len(incoming))
        if len(incoming) > self.events_in_time:
            raise _NotNowError("the warehouse does not answer in time")
        return super().__call__(incoming, seconds=seconds)


@pytest.mark.parametrize("key", FILES)
@pytest.mark.parametrize("events_in_time", [1, 30])
def test_a_slow_warehouse_gets_fewer_rows_at_a_time(
    key: str, events_in_time: int, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    untroubled, (rejects, summary) = import_untroubled(bucket, key, FILES[key])
    forget(bucket)
    monkeypatch.setattr(importer, "_ROWS_MAX", 8)
    pointer, ingest = put(bucket, FILES[key], key), _SlowIngest(events_in_time)

    runs = 1
    while run_import(pointer, ingest).state is not ImportState.DONE:
        runs += 1

    assert rejects_of(bucket) == rejects
    assert fates_of(summary_of(bucket, pointer)) == fates_of(summary)
    assert [entry.origin for entry in ingest.given] == [entry.origin for entry in untroubled.given]
    assert runs <= 12
    assert events_in_time == 1 or runs == 1


def test_steps_grow_again_after_a_failure(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "_ROWS_MAX", 8)
    pointer, ingest = put(bucket, ndjson(60)), _SlowIngest(events_in_time=0)
    for _ in range(4):
        run_import(pointer, ingest)
    ingest.events_in_time = 8

    assert run_import(pointer, ingest).state is ImportState.DONE

    assert ingest.sizes[:4] == [7, 3, 1, 1]
    assert sorted(ingest.sizes[4:-1]) == ingest.sizes[4:-1]
    assert ingest.sizes[-2] == 8


def test_a_row_that_fails_on_our_side_has_no_fate_yet(
    bucket: Any, ingest: FakeIngest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointer = put(bucket, ndjson(3))
    failed = Result(REJECTED, error=ApiError(ErrorCode.INTERNAL_ERROR))
    with monkeypatch.context() as patch:
        patch.setattr(FakeIngest, "_result", lambda _self, _body: failed)

        assert run_import(pointer, ingest) == Imported(ImportState.RETRY, "internal_error", 60, is_failed=True)

    assert keys_of(bucket) == []
    assert run_import(pointer, ingest).state is ImportState.DONE


def test_a_file_waits_while_the_store_is_away(
    bucket: Any, ingest: FakeIngest, store_down: Callable[[], None], restart: Callable[[], None]
) -> None:
    pointer = put(bucket, ndjson(14))
    store_down()

    away = run_import(pointer, ingest)
    restart()

    assert away.state is ImportState.RETRY
    assert away.reason.startswith("dynamodb PutItem: ")
    assert run_import(pointer, ingest).state is ImportState.DONE


def test_a_store_that_goes_away_in_the_middle_costs_no_more_than_the_wait(
    bucket: Any, ingest: FakeIngest, store_down: Callable[[], None], restart: Callable[[], None], frozen: Frozen
) -> None:
    pointer = put(bucket, ndjson(14))
    ingest.before = store_down

    away = run_import(pointer, ingest)
    ingest.before = lambda: None
    restart()
    held = run_import(pointer, ingest)
    frozen.move(LEASE_SECONDS + 1)

    assert (away.state, held.state) == (ImportState.RETRY, ImportState.RETRY)
    assert run_import(pointer, ingest).state is ImportState.DONE
    assert [reject["line"] for reject in rejects_of(bucket)] == [5, 6, 11, 16]


def test_a_run_that_was_overtaken_stops(bucket: Any, ingest: FakeIngest, frozen: Frozen) -> None:
    pointer = put(bucket, ndjson(14))
    overtaking = FakeIngest()
    verdicts: list[ImportState] = []

    def stand_still() -> None:
        ingest.before = lambda: None
        frozen.move(LEASE_SECONDS + 1)
        verdicts.append(run_import(pointer, overtaking).state)

    ingest.before = stand_still

    slow = run_import(pointer, ingest)

    assert verdicts == [ImportState.DONE]
    assert slow.state is ImportState.RETRY
    assert len(ingest.given) == 3
    assert [reject["line"] for reject in rejects_of(bucket)] == [5, 6, 11, 16]
    assert run_import(pointer, ingest).state is ImportState.DONE


def test_a_long_step_renews_the_lease_before_it_writes(bucket: Any, ingest: FakeIngest, frozen: Frozen) -> None:
    pointer = put(bucket, ndjson(14))
    ingest.before = lambda: frozen.move(100)

    assert run_import(pointer, ingest).state is ImportState.DONE
