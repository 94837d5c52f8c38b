"""The processes of a running stack: how long they have worked, and whether they end with it."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from typing import NamedTuple

from tests.stack.running import RunningStack

_FORKER = "fork_server"


class _Process(NamedTuple):
    pid: int
    parent: int
    cpu_seconds: float
    command: str


def assert_ends_with_one_sentence(running: RunningStack, process: str, name: str) -> None:
    """Kill a process that the stack needs: the stack says so, ends all others and leaves no state."""
    running.wait_for_line("  `make run FRESH=1`")
    before = running.output.read_text()
    pids = started_processes(running.process.pid).keys()
    os.kill(running.state["pids"][process], signal.SIGKILL)

    assert running.process.wait(timeout=20) == 1

    after = running.output.read_text().removeprefix(before)
    log = running.folder / "logs" / f"{process}.log"
    told = f"{name} has ended unexpectedly; see {log}, then run `make run` again: your data is kept"
    assert after.endswith(f"stopped: {told}\n"), after
    assert after.count(name) == 1
    assert "ERROR" not in after
    assert "Traceback" not in after
    assert not [pid for pid in pids if is_alive(pid)]
    assert not (running.folder / "stack.json").exists()


def started_processes(leader: int) -> dict[int, float]:
    """Return the CPU seconds of the stack and of all that it started, by process id."""
    return {one.pid: one.cpu_seconds for one in _listed(leader)}


def function_processes(leader: int) -> list[int]:
    """Return the processes of a stack's functions, started or forked."""
    listed = _listed(leader)
    forkers = {one.pid for one in listed if _FORKER in one.command}
    return [
        one.pid for one in listed if one.parent in forkers or (one.parent == leader and "awslambdaric" in one.command)
    ]


def _listed(leader: int) -> list[_Process]:
    """Return the process of this id, then those that it and its children started."""
    columns = ["ps", "-e", "-ww", "-o", "pid=,ppid=,time=,args="]
    listing = subprocess.run(columns, capture_output=True, text=True, check=True).stdout
    processes = [
        _Process(int(pid), int(parent), _seconds(clock), command)
        for pid, parent, clock, command in (line.split(maxsplit=3) for line in listing.splitlines())
    ]
    found = [one for one in processes if one.pid == leader]
    for ancestor in found:
        found += [one for one in processes if one.parent == ancestor.pid]
    return found


def _seconds(clock: str) -> float:
    """Convert hours, minutes and seconds as ps shows them."""
    return sum(float(part) * 60.0**place for place, part in enumerate(reversed(clock.split(":"))))


def is_alive(pid: int) -> bool:
    """Return whether a process runs; a zombie, which an orphan may become where nothing reaps it, does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def wait_until_gone(pids: Iterable[int]) -> None:
    deadline = time.monotonic() + 20
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline, "a process outlives the stack that started it"
        time.sleep(0.05)
