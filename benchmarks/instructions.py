"""Instructions from the start of a process to its first answer, counted by valgrind: they repeat where times wander."""

import asyncio
import os
import re
import shutil
import signal
from pathlib import Path

from benchmarks.starts import answer
from local.runtime_api import Program, Worker

_AT_ONCE = 2
_SECONDS_MAX = 300.0  # valgrind is some thirty times slower than the processor


def is_available() -> bool:
    return shutil.which("valgrind") is not None


async def count_all(programs: dict[str, Program], events: dict[str, bytes], folder: Path) -> dict[str, int]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def count(name: str, number: int) -> int:
        async with places:
            return await _count(programs[name], events[name], folder / f"cachegrind.{number}")

    counted = await asyncio.gather(*(count(name, number) for number, name in enumerate(programs)))
    return dict(zip(programs, counted, strict=True))


async def _count(program: Program, event: bytes, file: Path) -> int:
    watched = ("valgrind", "--quiet", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={file}")
    slow = program._replace(
        command=(*watched, *program.command), init_seconds=_SECONDS_MAX, timeout_seconds=_SECONDS_MAX
    )
    worker = Worker(slow, lambda _name, _line: None)
    await worker.start()
    try:
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
