"""Count the instructions of a start, plain and over TLS, and of a warm request by valgrind.

Valgrind counts whole processes, so a warm request is the difference between processes that answer more and fewer.
"""

import asyncio
import os
import re
import shutil
import signal
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.starts import answer
from local.lambdas.runtime_api import Program, Worker

_AT_ONCE = 2
_WARM_REQUESTS = 20
_SECONDS_MAX = 300.0  # programs run some thirty times slower under valgrind


class Instructions(NamedTuple):
    start: int  # until the first answer
    warm_request: float | None  # None if it was not counted
    start_over_tls: int | None = None


def is_available() -> bool:
    return shutil.which("valgrind") is not None


async def count_all(
    programs: dict[str, Program],
    events: dict[str, bytes],
    folder: Path,
    *,
    compared: Collection[str],
    over_tls: Mapping[str, Program],
) -> dict[str, Instructions]:
    """Count starts of all programs, and warm requests and starts over TLS only of those in `compared`."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def count(name: str, number: int) -> Instructions:
        async with places:
            start = await _count(programs[name], events[name], folder / f"cachegrind.{number}", requests=1)
            if name not in compared:
                return Instructions(start, None)
            file = folder / f"cachegrind.warm.{number}"
            whole = await _count(programs[name], events[name], file, requests=1 + _WARM_REQUESTS)
            secured = over_tls.get(name)
            start_over_tls = (
                None
                if secured is None
                else await _count(secured, events[name], folder / f"cachegrind.tls.{number}", requests=1)
            )
            return Instructions(start, (whole - start) / _WARM_REQUESTS, start_over_tls)

    counted = await asyncio.gather(*(count(name, number) for number, name in enumerate(programs)))
    return dict(zip(programs, counted, strict=True))


async def _count(program: Program, event: bytes, file: Path, *, requests: int) -> int:
    watched = ("valgrind", "--quiet", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={file}")
    slow = program._replace(
        command=(*watched, *program.command), init_seconds=_SECONDS_MAX, timeout_seconds=_SECONDS_MAX
    )
    worker = Worker(slow, lambda _name, _line: None)
    await worker.start()
    try:
        for _ in range(requests):
            await answer(worker, slow, event)
        os.kill(worker.pid, signal.SIGTERM)  # valgrind then writes its counts
        await worker.ended()
    finally:
        await worker.stop()
    return _read(file)


def _read(file: Path) -> int:
    found = re.search(r"^summary: (\d+)", file.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"{file} holds no count")
    return int(found[1])
