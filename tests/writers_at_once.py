"""Writers at the same moment, in threads, on tables that are atomic."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pixel.aws import tables as dynamodb
from pixel.foundation import JsonObject
from pixel.workspaces.errors import RecordError
from tests import dynamodb_engine
from tests.moto_in_process import MotoInProcess


class _Interleaved(MotoInProcess):
    """Lets other threads go first before each call; else one would finish its work before the next one begins."""

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        time.sleep(0.0005)
        return super().call(operation, payload, idempotent=idempotent)


def make_atomic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stores that are made from now on call moto one call after the other, or the engine of DYNAMODB_ENDPOINT."""
    if dynamodb_engine.OTHER is None:
        monkeypatch.setattr(dynamodb, "JsonService", lambda *_: _Interleaved())


def write_at_once(writers: int, write: Callable[[int], object]) -> list[type[RecordError] | None]:
    """Return the kind of error that each of the writers got, or None."""
    barrier = Barrier(writers)

    def wait_and_write(number: int) -> type[RecordError] | None:
        barrier.wait(timeout=30)
        try:
            write(number)
        except RecordError as failure:
            return type(failure)
        return None

    with ThreadPoolExecutor(writers) as threads:
        return list(threads.map(wait_and_write, range(writers)))
