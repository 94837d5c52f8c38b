"""Start processes of functions by forking one that has imported packages, which takes a third of the time.

Only Linux does so: what other systems load into a process does not always survive a fork.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import NamedTuple, Protocol

from local.lambdas import fork_server

ARE_SAFE = sys.platform == "linux"


class Process(Protocol):
    """What a worker needs of its process, as asyncio names it."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    @property
    def stdout(self) -> asyncio.StreamReader | None: ...
    @property
    def stderr(self) -> asyncio.StreamReader | None: ...
    def kill(self) -> None: ...
    async def wait(self) -> int: ...


class _Pipe(NamedTuple):
    """What reads from a pipe, and the descriptor to write to it."""

    stream: asyncio.StreamReader
    transport: asyncio.ReadTransport
    writing: int


class Fork:
    """A process that is no child of this one, so that its exit code is unknown; it is held by a descriptor."""

    def __init__(self, pid: int, stdout: _Pipe, stderr: _Pipe) -> None:
        self.pid = pid
        self.stdout = stdout.stream
        self.stderr = stderr.stream
        self._transports = (stdout.transport, stderr.transport)
        self._ended = asyncio.Event()
        assert sys.platform == "linux"
        try:
            self._descriptor = os.pidfd_open(pid)
        except ProcessLookupError:  # it has just ended
            self._ended.set()
        else:
            asyncio.get_running_loop().add_reader(self._descriptor, self._end)

    @property
    def returncode(self) -> int | None:
        return 0 if self._ended.is_set() else None

    def kill(self) -> None:
        assert sys.platform == "linux"
        if not self._ended.is_set():
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def abandon(self) -> None:
        """Kill the process, of whose output nobody reads the end."""
        self.kill()
        for transport in self._transports:
            transport.close()

    async def wait(self) -> int:
        await self._ended.wait()
        return 0

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._ended.set()


class ForkServer:
    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment  # that of all functions, which packages may read when they are imported
        self._process: asyncio.subprocess.Process | None = None
        self._orders: socket.socket | None = None
        self._one_at_a_time = asyncio.Lock()

    async def fork(self, folder: Path, handler: str, environment: dict[str, str], line_bytes_max: int) -> Fork:
        """Start a function's process. Raises OSError if the server has just ended; the next call starts another one."""
        order = json.dumps({"folder": str(folder), "handler": handler, "environment": environment}).encode()
        forking = asyncio.create_task(self._fork(order, line_bytes_max))
        try:
            return await asyncio.shield(forking)
        except asyncio.CancelledError:  # the next order must not take this one's answer for its own
            forking.add_done_callback(_abandon)
            raise

    async def _fork(self, order: bytes, line_bytes_max: int) -> Fork:
        pipes = [await _open_pipe(line_bytes_max) for _ in range(2)]
        try:
            return Fork(await self._order(order, [pipe.writing for pipe in pipes]), *pipes)
        except BaseException:
            for pipe in pipes:
                pipe.transport.close()
            raise
        finally:
            for pipe in pipes:
                os.close(pipe.writing)

    async def _order(self, order: bytes, descriptors: list[int]) -> int:
        """Return the id of the process that the server has forked."""
        async with self._one_at_a_time:
            orders = await self._connected()
            socket.send_fds(orders, [order], descriptors)
            answer = await asyncio.get_running_loop().sock_recv(orders, 32)
        if not answer:
            raise ConnectionResetError("the process that forks those of functions has ended")
        return int(answer)

    async def stop(self) -> None:
        """End the server, but not its forks."""
        if self._orders is not None:
            self._orders.close()
        if self._process is not None:
            await self._process.wait()

    async def _connected(self) -> socket.socket:
        if self._orders is None or self._process is None or self._process.returncode is not None:
            await self.stop()
            self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._orders.settimeout(0)
            with theirs:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", fork_server.__file__, str(theirs.fileno())),
                    env=self._environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
        return self._orders


def _abandon(forking: asyncio.Task[Fork]) -> None:
    if not forking.cancelled() and forking.exception() is None:
        forking.result().abandon()


async def _open_pipe(line_bytes_max: int) -> _Pipe:
    reading, writing = os.pipe()
    stream = asyncio.StreamReader(limit=line_bytes_max)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reading, "rb", buffering=0)
    )
    return _Pipe(stream, transport, writing)
