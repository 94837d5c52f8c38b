"""Measure one process of a function: its start, and each request once it is warm."""

import json
import re
import time
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from local.lambdas.runtime_api import Program, Worker

_WARM_UP_REQUESTS = 5
_NANO = 1_000_000_000


class Sample(NamedTuple):
    cold_wall_ms: float
    cold_cpu_ms: float
    memory_mb: float  # the peak resident size until the first answer
    warm_cpu_ms: float  # per request


async def take_sample(program: Program, event: bytes, *, warm_requests: int) -> Sample:
    worker = Worker(program, lambda _name, _line: None)
    started = time.perf_counter()
    await worker.start()
    try:
        await answer(worker, program, event)
        wall_seconds = time.perf_counter() - started
        cold_seconds = cpu_seconds(worker.pid)
        memory_mb = _memory_max_mb(worker.pid)
        for _ in range(_WARM_UP_REQUESTS):
            await answer(worker, program, event)
        before = cpu_seconds(worker.pid)
        for _ in range(warm_requests):
            await answer(worker, program, event)
        warm_seconds = (cpu_seconds(worker.pid) - before) / warm_requests
    finally:
        await worker.stop()
    return Sample(wall_seconds * 1000, cold_seconds * 1000, memory_mb, warm_seconds * 1000)


async def answer(worker: Worker, program: Program, event: bytes) -> bytes:
    """Invoke the function and return its answer; raise RuntimeError if it failed, as its path would differ.

    A record that is created again is refused with 409, by the same code and after nearly the same calls.
    """
    outcome = await worker.invoke(event)
    given = {} if outcome.error else json.loads(outcome.payload)
    failed = outcome.error or given.get("batchItemFailures") or given.get("errorMessage")
    status = given.get("statusCode", HTTPStatus.OK)
    refused = status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.CONFLICT
    if failed or refused or "failed" in given.values():
        raise RuntimeError(f"{program.name}: {outcome.error} {outcome.payload[:500]!r}")
    return outcome.payload


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of all threads of a process, by its clock id as in clock_getcpuclockid(3)."""
    return time.clock_gettime_ns(~pid << 3 | 2) / _NANO


def _memory_max_mb(pid: int) -> float:
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
