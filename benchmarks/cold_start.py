"""Cold starts of every function: from the start of its process to its first answer, under AWS's runtime client.

Rounds are interleaved with a bare handler, so that a machine that slows down slows both; the ratio is what to quote.
Writes the section "Cold start" of benchmarks/RESULTS.md.
"""

import asyncio
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.results import measured_with, write_section
from local.console import Console
from local.runtime_api import Program, Worker
from local.stack import Options, Stack

PROJECT = Path(__file__).resolve().parent.parent
ROUNDS = 15
FLOOR = "bare handler"


class Sample(NamedTuple):
    wall_ms: float
    cpu_ms: float


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        options = Options(PROJECT / "template.yaml", Path(folder), port=0, parameters={}, quiet=True)
        async with Stack(options, Console(options.folder / "logs", quiet=True)) as stack:
            programs = dict(_programs(stack))
            events = {name: _event(program, stack.state) for name, program in programs.items()}
            samples: dict[str, list[Sample]] = {name: [] for name in programs}
            for number in range(ROUNDS + 1):
                for name, program in programs.items():
                    sample = await _first_answer(program, events[name])
                    if number:  # the first round fills caches and writes bytecode
                        samples[name].append(sample)
    report = _report(samples)
    write_section("cold-start", report)
    print(report)


def _programs(stack: Stack) -> Iterator[tuple[str, Program]]:
    programs = [function.program for function in stack.functions.values()]
    yield FLOOR, programs[0]._replace(name="floor", folder=PROJECT / "benchmarks" / "floor", handler="handler.handler")
    for program in programs:
        yield program.name, program


def _event(program: Program, state: dict[str, Any]) -> bytes:
    file = PROJECT / "events" / f"{program.name}.json"
    event = json.loads(file.read_text()) if file.exists() else {}
    if program.name == "authorizer":
        event["headers"] = {"Authorization": f"Bearer {state['keys']['all']}"}
    return json.dumps(event).encode()


async def _first_answer(program: Program, event: bytes) -> Sample:
    worker = Worker(program, lambda _name, _line: None)
    cpu_before = _children_cpu_seconds()
    started = time.perf_counter()
    await worker.start()
    outcome = await worker.invoke(event)
    wall_seconds = time.perf_counter() - started
    await worker.stop()
    if outcome.error is not None:
        raise RuntimeError(f"{program.name}: {outcome.error}")
    return Sample(wall_seconds * 1000, (_children_cpu_seconds() - cpu_before) * 1000)


def _children_cpu_seconds() -> float:
    """Of the children that have ended: the worker just stopped, for the others live on."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _report(samples: dict[str, list[Sample]]) -> str:
    lines = [
        "## Cold start: process start to first answer",
        "",
        f"{measured_with('make bench')} Medians of {ROUNDS} interleaved rounds, bytecode warm.",
        "Times differ from machine to machine; the ratios to the bare handler of the same run are what to compare.",
        "",
        "| function | wall ms | x bare | CPU ms | x bare |",
        "|---|---:|---:|---:|---:|",
    ]
    floor = samples[FLOOR]
    for name, taken in samples.items():
        wall = statistics.median(sample.wall_ms for sample in taken)
        cpu = statistics.median(sample.cpu_ms for sample in taken)
        wall_ratio = statistics.median(a.wall_ms / b.wall_ms for a, b in zip(taken, floor, strict=True))
        cpu_ratio = statistics.median(a.cpu_ms / b.cpu_ms for a, b in zip(taken, floor, strict=True))
        lines.append(f"| {name} | {wall:.0f} | {wall_ratio:.2f} | {cpu:.0f} | {cpu_ratio:.2f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    asyncio.run(main())
