"""Twenty writers at once, on an engine that takes them at once. The stack's tests do the like through functions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pixel.aws.tables import database
from tests import dynamodb_engine
from tests.environment import CLAIMS_TABLE, COUNTERS_TABLE

pytestmark = [
    pytest.mark.usefixtures("tables"),
    pytest.mark.skipif(dynamodb_engine.OTHER is None, reason="moto's server is not atomic; `make conformance` runs it"),
]

_WRITERS = 20


def _at_once[Answer](write: Callable[[int], Answer]) -> list[Answer]:
    barrier = Barrier(_WRITERS)

    def wait_and_write(number: int) -> Answer:
        barrier.wait(timeout=30)
        return write(number)

    with ThreadPoolExecutor(_WRITERS) as writers:
        return list(writers.map(wait_and_write, range(_WRITERS)))


def test_each_of_twenty_counts_is_counted_and_told_apart() -> None:
    key = {"workspace_minute": "ws_1#1"}

    counted = _at_once(lambda _: database().add(COUNTERS_TABLE, key, "hits", expires_at=100))

    assert sorted(counted) == list(range(1, _WRITERS + 1))


def test_of_twenty_claims_one_is_first_and_all_others_find_it() -> None:
    found = _at_once(lambda number: database().put_if_absent(CLAIMS_TABLE, {"claim": "c", "by": number}, "claim"))

    stored = database().get(CLAIMS_TABLE, {"claim": "c"})
    assert stored is not None
    assert found.count(None) == 1
    assert found[stored["by"]] is None
    assert [there for there in found if there is not None] == [stored] * (_WRITERS - 1)


def test_of_twenty_that_take_over_one_does() -> None:
    database().put(CLAIMS_TABLE, {"claim": "c", "owner": "gone"})

    found = _at_once(
        lambda number: database().replace_if(
            CLAIMS_TABLE, {"claim": "c", "owner": f"o_{number}"}, "claim", {"owner": "gone"}
        )
    )

    stored = database().get(CLAIMS_TABLE, {"claim": "c"})
    assert found.count(None) == 1
    assert stored == {"claim": "c", "owner": f"o_{found.index(None)}"}
    assert [there for there in found if there is not None] == [stored] * (_WRITERS - 1)
