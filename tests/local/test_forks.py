"""Processes of functions that are forked, as the embedded stack does on Linux: each is as if it had been started."""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from local.lambdas import forks
from local.lambdas.forks import Fork, ForkServer
from local.lambdas.runtime_api import Program, Worker, base_environment

pytestmark = pytest.mark.skipif(not forks.ARE_SAFE, reason="functions are started, not forked, on this system")

_HANDLER = """
import os, sys
import part

print("to the log of", os.environ["NAME"], "from", os.getpid())

def handler(event, context):
    imported = sorted(name for name in ("pixel", "local", "tests") if name in sys.modules)
    return {
        "environment": dict(os.environ), "folder": os.getcwd(), "path": sys.path, "argv": sys.argv,
        "part": part.VALUE, "group": os.getsid(0) == os.getpid(), "imported": imported,
    }
"""
_SHARED = {**base_environment(), "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13", "PYTHONPATH": "/nowhere"}


def _program(folder: Path, name: str, part: str = "1") -> Program:
    code = folder / name
    code.mkdir(exist_ok=True)
    (code / "handler.py").write_text(_HANDLER)
    (code / "part.py").write_text(f"VALUE = {part}")
    environment = {**_SHARED, "NAME": name}
    return Program(name, f"arn:{name}", "handler.handler", code, [], 5.0, environment)


async def _ask(program: Program, server: ForkServer | None, lines: list[str]) -> Any:
    worker = Worker(program, lambda name, line: lines.append(f"{name}: {line}"), server)
    await worker.start()
    try:
        outcome = await worker.invoke(b"{}")
        assert outcome.error is None, outcome.payload
        return json.loads(outcome.payload)
    finally:
        await worker.stop()


def _with_server[T](act: Callable[[ForkServer], Awaitable[T]]) -> T:
    async def run() -> T:
        server = ForkServer(_SHARED)
        try:
            return await act(server)
        finally:
            await server.stop()

    return asyncio.run(run())


def test_a_fork_finds_what_a_started_process_finds(tmp_path: Path) -> None:
    lines: list[str] = []
    programs = [_program(tmp_path, name) for name in ("first", "second")]

    async def ask(server: ForkServer) -> list[Any]:
        return [await _ask(program, server, lines) for program in programs]

    forked = _with_server(ask)

    started = [asyncio.run(_ask(program, None, [])) for program in programs]
    for found in (*forked, *started):
        del found["argv"][0]  # where the runtime client is
        for differs in ("AWS_LAMBDA_RUNTIME_API", "_X_AMZN_TRACE_ID"):
            del found["environment"][differs]
        found["environment"].pop("LC_CTYPE", None)  # which Python adds where no language is set
    assert forked == started
    for name in ("first", "second"):
        assert [line for line in lines if line.startswith(f"{name}: to the log of {name} from ")]
    assert [(one["group"], one["imported"]) for one in forked] == [(True, [])] * 2


def test_a_fork_reads_the_code_as_it_is_then(tmp_path: Path) -> None:
    async def ask(server: ForkServer) -> list[int]:
        before = await _ask(_program(tmp_path, "first", "1"), server, [])
        after = await _ask(_program(tmp_path, "first", "22"), server, [])
        return [before["part"], after["part"]]

    assert _with_server(ask) == [1, 22]


def test_a_fork_that_is_killed_is_known_to_have_ended(tmp_path: Path) -> None:
    async def kill(server: ForkServer) -> str | None:
        worker = Worker(_program(tmp_path, "first"), lambda _name, _line: None, server)
        await worker.start()
        os.kill(worker.pid, signal.SIGKILL)
        async with asyncio.timeout(10):
            await worker.ended()
        outcome = await worker.invoke(b"{}")
        await worker.stop()
        return outcome.error

    assert _with_server(kill) == "Runtime.ExitError"


def test_another_server_follows_one_that_ended(tmp_path: Path) -> None:
    async def ask(server: ForkServer) -> list[str]:
        folders = [(await _ask(_program(tmp_path, "first"), server, []))["folder"]]
        await server.stop()
        return [*folders, (await _ask(_program(tmp_path, "first"), server, []))["folder"]]

    assert _with_server(ask) == [str(tmp_path / "first")] * 2


def test_nobody_gets_the_fork_of_an_order_that_was_cancelled(tmp_path: Path) -> None:
    async def order(server: ForkServer) -> None:
        mine, others = _program(tmp_path, "mine"), _program(tmp_path, "others")
        cancelled = [asyncio.create_task(_fork(server, others)) for _ in range(3)]
        await asyncio.sleep(0.01)
        for task in cancelled:
            task.cancel()
        await asyncio.gather(*cancelled, return_exceptions=True)
        fork = await _fork(server, mine)
        async with asyncio.timeout(10):
            assert await fork.stdout.readline() == f"to the log of mine from {fork.pid}\n".encode()
        fork.kill()
        await fork.wait()

    _with_server(order)


async def _fork(server: ForkServer, program: Program) -> Fork:
    nobody_there = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"}
    return await server.fork(program.folder, program.handler, {**program.environment, **nobody_there}, 1024)
