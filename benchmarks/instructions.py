"""Instructions of a start and of a warm request, counted by valgrind: they repeat where times wander.

Valgrind counts whole processes. What one that answers more requests takes beyond one that answers the first is theirs.
"""

import asyncio
import os
import re
import shutil
import signal
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from benchmarks.starts import answer
from local.lambdas.runtime_api import Program, Worker

_AT_ONCE = 2
_WARM_REQUESTS = 20
_SECONDS_MAX = 300.0  # valgrind is some thirty times slower than the processor


class Instructions(NamedTuple):
    start: int  # until the first answer
    warm_request: float | None  # None where it was not counted


def is_available() -> bool:
    return shutil.which("valgrind") is not None


async def count_all(
    programs: dict[str, Program], events: dict[str, bytes], folder: Path, *, warm: Collection[str]
) -> dict[str, Instructions]:
    """Warm requests are counted of those that `warm` names: that takes a second process each."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def count(name: str, number: int) -> Instructions:
        async with places:
            start = await _count(programs[name], events[name], folder / f"cachegrind.{number}", requests=1)
            if name not in warm:
                return Instructions(start, None)
            file = folder / f"cachegrind.{number}.warm"
            whole = await _count(programs[name], events[name], file, requests=1 + _WARM_REQUESTS)
            return Instructions(start, (whole - start) / _WARM_REQUESTS)

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
        os.kill(worker.pid, signal.SIGTERM)  # at which valgrind writes what it has counted
        await worker.ended()
    finally:
        await worker.stop()
    return _read(file)


def _read(file: Path) -> int:
    found = re.search(r"^summary: (\d+)", file.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"{file} holds no count")
    return int(found[1])
