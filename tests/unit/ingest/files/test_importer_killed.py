"""Each row of an object has one fate in the end, whatever dies when, and each reject is written once."""

import gzip
import random
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from urllib3 import HTTPConnectionPool

from pixel.aws import objects
from pixel.foundation import connections
from pixel.foundation.connections import Request
from pixel.ingest.event import ACCEPTED, DUPLICATE, QUEUED, REJECTED, Result
from pixel.ingest.files.importer import ImportState
from pixel.ingest.files.progress import LEASE_SECONDS
from tests.conftest import Frozen
from tests.thorough import some_of
from tests.unit.ingest.files.imports import (
    FILES,
    FakeIngest,
    fates_of,
    forget,
    import_untroubled,
    ndjson,
    outcome_of,
    put,
    rejects_of,
    run_import,
    summary_of,
)

pytestmark = pytest.mark.usefixtures("small_steps")


class _KilledError(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches the end of a process."""


_NEVER = 1_000_000
_OPERATIONS = ("get_object", "put_object", "list_objects_v2")
_CUT_SHORT = {
    "incoming/damaged.json.gz": gzip.compress(ndjson(10)) + b"damage",
    "incoming/header.csv": b"website_id,colour\nadmx_1,red\n",
}


@pytest.mark.parametrize("key", [*FILES, *_CUT_SHORT])
def test_a_run_that_is_killed_after_any_call_is_taken_up_without_loss_or_double(
    key: str, bucket: Any, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To be killed before a call leaves what being killed after the one before it leaves."""
    content = (FILES | _CUT_SHORT)[key]
    untroubled, expected = import_untroubled(bucket, key, content)
    forget(bucket)
    with monkeypatch.context() as patch:
        calls = _Guillotine(patch, at=_NEVER, moment="after")
        run_import(put(bucket, content, key), FakeIngest())
    assert len(calls.made) >= 6
    of_each_kind = {calls.made.index(name) for name in calls.made}
    for call in sorted({*some_of(range(len(calls.made)), usual=2), *of_each_kind}):
        forget(bucket)
        pointer, ingest = put(bucket, content, key), FakeIngest()
        with monkeypatch.context() as patch:
            guillotine = _Guillotine(patch, at=call, moment="after")
            with pytest.raises(_KilledError):
                run_import(pointer, ingest)
        frozen.move(LEASE_SECONDS + 1)

        assert run_import(pointer, ingest).state is ImportState.DONE, guillotine.fell_at
        assert outcome_of(bucket, pointer) == expected, guillotine.fell_at
        assert ingest.origins == untroubled.origins, guillotine.fell_at


@pytest.mark.parametrize("key", FILES)
@pytest.mark.parametrize("seed", some_of(range(2), usual=1))
def test_a_run_that_is_killed_again_and_again_comes_to_the_same_end(
    key: str, seed: int, bucket: Any, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    untroubled, expected = import_untroubled(bucket, key, FILES[key])
    forget(bucket)
    pointer, ingest = put(bucket, FILES[key], key), FakeIngest()

    while True:
        with monkeypatch.context() as patch:
            _Guillotine(patch, at=chance.randrange(3, 20), moment=chance.choice(["before", "after"]))
            try:
                run_import(pointer, ingest)
            except _KilledError:
                frozen.move(LEASE_SECONDS + 1)
            else:
                break

    assert outcome_of(bucket, pointer) == expected
    assert ingest.origins == untroubled.origins


def test_a_reject_that_is_taken_the_second_time_is_no_reject(
    bucket: Any, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its website was created meanwhile, say."""
    pointer = put(bucket, b'{"title": "rejected"}')
    ingest = FakeIngest()
    with monkeypatch.context() as patch:
        _Guillotine(patch, at=7, moment="after")
        with pytest.raises(_KilledError):
            run_import(pointer, ingest)
    assert len(rejects_of(bucket)) == 1
    frozen.move(LEASE_SECONDS + 1)
    monkeypatch.setattr(FakeIngest, "_result", lambda _self, _body: Result(ACCEPTED))

    run_import(pointer, ingest)

    assert rejects_of(bucket) == []
    assert summary_of(bucket, pointer)["rejects"] == []
    assert fates_of(summary_of(bucket, pointer)) == {ACCEPTED: 1, DUPLICATE: 0, QUEUED: 0, REJECTED: 0}


class _Guillotine:
    """Ends the process at its nth call to anything outside."""

    def __init__(self, patch: pytest.MonkeyPatch, *, at: int, moment: str) -> None:
        self._left = at
        self.made: list[str] = []
        self.fell_at = ""
        send, call, client = connections.send, FakeIngest.__call__, objects.s3_client()

        def guarded_send(pool: HTTPConnectionPool, request: Request, **limits: Any) -> Any:
            return self._guard(request.headers["x-amz-target"], moment, lambda: send(pool, request, **limits))

        def guarded_call(called: FakeIngest, *given: Any, **named: Any) -> Any:
            return self._guard("ingest", moment, lambda: call(called, *given, **named))

        def guarded_client() -> Any:
            return SimpleNamespace(**{name: partial(to_s3, name) for name in _OPERATIONS})

        def to_s3(operation: str, **given: Any) -> Any:
            return self._guard(operation, moment, lambda: getattr(client, operation)(**given))

        patch.setattr(connections, "send", guarded_send)
        patch.setattr(FakeIngest, "__call__", guarded_call)
        patch.setattr(objects, "s3_client", guarded_client)

    def _guard(self, name: str, moment: str, call: Callable[[], Any]) -> Any:
        self.made.append(name)
        self._left -= 1
        if self._left >= 0:
            return call()
        if self._left == -1:
            self.fell_at = f"{moment} {name}"
        if moment == "after" and self._left == -1 and isinstance(done := call(), dict) and "Body" in done:
            done["Body"].close()  # as the end of a process does
        raise _KilledError
