"""A tiny HTTP server on loopback that does to each request what it was told, in turn."""

import socket
import socketserver
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple, cast

Act = Callable[["_Connection"], bool]
"""Deals with a request; whether the connection may stay open."""


class Received(NamedTuple):
    connection: int
    target: str  # the operation of an AWS call, the path of any other
    headers: dict[str, str]
    body: bytes


class MisbehavingServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection, bind_and_activate=False)
        self.server_bind()
        self.released = threading.Event()
        self.closed = threading.Event()
        self.received: list[Received] = []
        self.connections = 0
        self._acts: list[Act] = []
        self._is_open = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def will(self, *acts: Act) -> None:
        """Set what to do with the next requests; the last act serves all requests after it."""
        self._acts = list(acts)

    def next_act(self) -> Act:
        return self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]

    def open(self) -> None:
        """Accept connections, which are refused until then."""
        self.server_activate()
        self._is_open = True
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        self.released.set()
        if self._is_open:
            self.shutdown()
        self.server_close()


@contextmanager
def running() -> Iterator[MisbehavingServer]:
    server = MisbehavingServer()
    server.open()
    try:
        yield server
    finally:
        server.stop()


def answer(
    body: bytes = b"{}",
    *,
    status: int = 200,
    crc: str | None = "right",
    then_close: bool = False,
    headers: Mapping[str, str] = {},
) -> Act:
    def act(connection: "_Connection") -> bool:
        lines = [f"HTTP/1.1 {status} Any", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if crc is not None:
            lines.append(f"x-amz-crc32: {zlib.crc32(body) if crc == 'right' else crc}")
        connection.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)
        return not then_close

    return act


def plainly(*pieces: bytes, pause: float = 0, then_close: bool = False) -> Act:
    """Return an act that sends these bytes, one piece after another."""

    def act(connection: "_Connection") -> bool:
        with suppress(OSError):  # the client may have gone
            for piece in pieces:
                connection.wfile.write(piece)
                time.sleep(pause)
        return not then_close

    return act


def hang(connection: "_Connection") -> bool:
    connection.told.released.wait(10)
    return False


def close(_connection: "_Connection") -> bool:
    return False


def reset(connection: "_Connection") -> bool:
    """Return an act that resets the connection, as a dying server does."""
    connection.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.connection.close()
    return False


def stop_half_way(connection: "_Connection") -> bool:
    connection.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half":')
    return False


class _Connection(socketserver.StreamRequestHandler):
    @property
    def told(self) -> MisbehavingServer:
        return cast(MisbehavingServer, self.server)

    def handle(self) -> None:
        self.told.connections += 1
        self.number = self.told.connections
        while (request := self._read()) is not None:
            path, headers, body = request
            self.told.received.append(Received(self.number, headers.get("x-amz-target", path), headers, body))
            if not self.told.next_act()(self):
                return

    def finish(self) -> None:
        super().finish()
        with suppress(OSError):  # the client was first
            self.connection.shutdown(socket.SHUT_RDWR)
        self.told.closed.set()

    def _read(self) -> tuple[str, dict[str, str], bytes] | None:
        first = b""
        with suppress(ConnectionError):  # the client may have given up
            first = self.rfile.readline()
        if not first:
            return None
        headers = {}
        while line := self.rfile.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        if "expect" in headers:  # boto3 waits a second for it
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return first.split()[1].decode(), headers, self.rfile.read(int(headers.get("content-length", 0)))
