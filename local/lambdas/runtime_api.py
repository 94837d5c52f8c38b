"""One execution environment: a process under AWS's own runtime client, and the Runtime API that it polls.

As on Lambda, each process has its own Runtime API on its own port, handles one request at a time, and is killed when
a request times out.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from aiohttp import web

from local.lambdas.forks import ForkServer, Process

_PREFIX = "/2018-06-01/runtime"
PAYLOAD_BYTES_MAX = 6_291_556
REQUEST_TOO_LARGE = "RequestTooLarge"


class Outcome(NamedTuple):
    payload: bytes
    error: str | None  # None if the function returned, otherwise the error type that Lambda would report


class Program(NamedTuple):
    """What a process needs to run a function of the template."""

    name: str
    arn: str
    handler: str
    folder: Path
    layers: list[Path]
    timeout_seconds: float
    environment: dict[str, str]
    command: tuple[str, ...] = (sys.executable, "-m", "awslambdaric")
    init_seconds: float = 10.0


class Worker:
    def __init__(self, program: Program, on_line: Callable[[str, str], None], forks: ForkServer | None = None) -> None:
        self._program = program
        self._on_line = on_line
        self._forks = forks
        self._ready = asyncio.Event()
        self._events: asyncio.Queue[tuple[str, bytes, float]] = asyncio.Queue()
        self._answer: asyncio.Future[Outcome] | None = None
        self._runner: web.ServerRunner | None = None
        self._process: Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.alive = True

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the worker has not been started")
        return self._process.pid

    async def start(self) -> None:
        # The poll of a dead process must not wait for work, nor delay the shutdown.
        server = web.Server(self._serve, handler_cancellation=True)
        self._runner = web.ServerRunner(server, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self._process = await self._start_process(f"127.0.0.1:{port}")
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                self._tasks.append(asyncio.create_task(self._read_lines(stream)))
        self._tasks.append(asyncio.create_task(self._watch(self._process)))

    async def _start_process(self, runtime_api: str) -> Process:
        program = self._program
        environment = {**program.environment, "AWS_LAMBDA_RUNTIME_API": runtime_api}
        if self._forks is not None:
            with suppress(OSError):
                return await self._forks.fork(program.folder, program.handler, environment, PAYLOAD_BYTES_MAX)
        return await asyncio.create_subprocess_exec(
            *program.command,
            program.handler,
            cwd=program.folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=PAYLOAD_BYTES_MAX,
        )

    async def invoke(self, payload: bytes) -> Outcome:
        """Run one request. A worker that is not `alive` afterwards must not be used again."""
        invocation = str(uuid4())
        self._answer = asyncio.get_running_loop().create_future()
        started = time.perf_counter()
        self._on_line(self._program.name, f"START RequestId: {invocation}")
        outcome = await self._wait_for_answer(invocation, payload)
        milliseconds = (time.perf_counter() - started) * 1000
        status = "" if outcome.error is None else f" Status: {outcome.error}"
        self._on_line(self._program.name, f"REPORT RequestId: {invocation} Duration: {milliseconds:.1f} ms{status}")
        self._answer = None
        return outcome

    async def _wait_for_answer(self, invocation: str, payload: bytes) -> Outcome:
        answer = self._answer
        if answer is None or not self.alive:
            return Outcome(b"", "Runtime.ExitError")
        with suppress(TimeoutError):
            async with asyncio.timeout(self._program.init_seconds):
                await self._ready.wait()
        if self._ready.is_set() and not answer.done():
            deadline = time.time() + self._program.timeout_seconds
            self._events.put_nowait((invocation, payload, deadline))
            await asyncio.wait({answer}, timeout=self._program.timeout_seconds)
        if not answer.done():
            await self.stop()
            return Outcome(b"", "timeout")
        return answer.result()

    async def ended(self) -> None:
        """Wait until the process has ended by itself or by a signal."""
        if self._process is not None:
            await self._process.wait()

    async def stop(self) -> None:
        self.alive = False
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):  # it has just exited by itself
                self._process.kill()
            await self._process.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path.removeprefix(_PREFIX)
        if path == "/invocation/next":
            return await self._next_event()
        body = await request.content.read(-1)
        if path.endswith("/response"):
            too_large = len(body) > PAYLOAD_BYTES_MAX
            self._finish(Outcome(b"", "Function.ResponseSizeTooLarge") if too_large else Outcome(body, None))
        else:  # /init/error, /invocation/<id>/error
            self._finish(Outcome(body, _error_type(body)))
        return web.Response(status=202)

    async def _next_event(self) -> web.Response:
        self._ready.set()
        invocation, payload, deadline = await self._events.get()
        return web.Response(
            body=payload,
            content_type="application/json",
            headers={
                "Lambda-Runtime-Aws-Request-Id": invocation,
                "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": self._program.arn,
                "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{uuid4().hex[:24]}",
            },
        )

    def _finish(self, outcome: Outcome) -> None:
        self._ready.set()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(outcome)

    async def _watch(self, process: Process) -> None:
        await process.wait()
        self.alive = False
        self._finish(Outcome(b"", "Runtime.ExitError"))

    async def _read_lines(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self._on_line(self._program.name, line.decode(errors="replace").rstrip("\n"))


def _error_type(body: bytes) -> str:
    try:
        error: Any = json.loads(body)
        return str(error["errorType"])
    except (ValueError, TypeError, KeyError):
        return "Unhandled"


def base_environment() -> dict[str, str]:
    """Return the variables that a function inherits: enough to start Python, and no settings."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
    # No bytecode beside the handlers, because `sam deploy` uploads their folders as they are.
    bytecode = {"PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "pixel-local-bytecode")}
    return {**bytecode, **{name: os.environ[name] for name in kept if name in os.environ}}
