"""Requests over connections that are kept: as much of HTTP/1.1 as functions speak with AWS and Tinybird.

An error says whether anything was sent, because a counter must not count twice. And a start does not pay for what
nobody asks: urllib3 and what it imports were a third of one, and two fifths of a warm request (docs/decisions/0026).
"""

import select
import socket
import ssl
import weakref
from collections import deque
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

from pixel.foundation.http_answers import (
    RECEIVED_BYTES_MAX,
    AnswerTimeoutError,
    AnswerTooLargeError,
    Body,
    BrokenAnswerError,
    Incoming,
    NoConnectionError,
    read_head,
)

_PORTS = {"http": 80, "https": 443}
_CONNECTIONS_KEPT = 16  # as many as a batch uses at once; only those in use are ever opened
_SENT_AT_ONCE_BYTES_MAX = 64 * 1024
_AUTHORITIES = Path(__file__).parents[3] / "authorities"  # made with the layer, by layers/common/authorities.py
_ALWAYS_SENT = {"user-agent": "pixel-api", "accept-encoding": "identity"}


class HttpRequest(NamedTuple):
    method: str
    target: str  # encoded
    headers: Mapping[str, str]  # names in lower case
    body: bytes | None = None


class HttpAnswer(NamedTuple):
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class HttpPool:
    """Connections to one place. A connection serves one request at a time, and any number of threads may ask."""

    def __init__(self, url: str, *, connect_seconds: float) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc  # as requests name it
        self._address = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
        self._tls = _tls_context() if parts.scheme == "https" else None
        self._connect_seconds = connect_seconds
        self._kept: deque[_Connection] = deque()
        weakref.finalize(self, _close_all, self._kept)

    def request(self, request: HttpRequest, *, seconds: float, body_bytes_max: int) -> HttpAnswer:
        """The whole of an answer, which has so many seconds from when the connection is open."""
        answer = self._ask(request, seconds, is_deadline=True)
        return HttpAnswer(answer.status, answer.headers, answer.read_all(body_bytes_max))

    def open(self, request: HttpRequest, *, silent_seconds: float) -> "OpenAnswer":
        """An answer whose body is yet to be read, of which each part has so many seconds to come."""
        return self._ask(request, silent_seconds, is_deadline=False)

    def _ask(self, request: HttpRequest, seconds: float, *, is_deadline: bool) -> "OpenAnswer":
        connection = self._connection(min(self._connect_seconds, seconds))
        try:
            connection.wait_at_most(seconds, is_deadline=is_deadline)
            connection.send(_head_of(request, self.host), request.body or b"")
            return OpenAnswer(connection, self)
        except BaseException:
            connection.close()
            raise

    def _connection(self, seconds: float) -> "_Connection":
        while self._kept:
            try:
                connection = self._kept.pop()
            except IndexError:  # another thread was quicker
                break
            if connection.is_idle():
                return connection
            connection.close()
        return _Connection(self._connect(seconds))

    def _connect(self, seconds: float) -> socket.socket:
        try:
            connected = socket.create_connection(self._address, timeout=seconds)
        except OSError as failure:
            raise NoConnectionError(type(failure).__name__) from failure
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._tls.wrap_socket(connected, server_hostname=self._address[0]) if self._tls else connected
        except OSError as failure:
            connected.close()
            raise NoConnectionError(type(failure).__name__) from failure

    def keep(self, connection: "_Connection") -> None:
        if len(self._kept) < _CONNECTIONS_KEPT:
            self._kept.append(connection)
        else:
            connection.close()


class OpenAnswer:
    """To be read to its end, at which its connection serves others again, or to be closed."""

    def __init__(self, connection: "_Connection", pool: HttpPool) -> None:
        self._connection = connection
        self._pool = pool
        self._head = read_head(connection.incoming)
        self._body = Body(connection.incoming, self._head)
        self.status = self._head.status
        self.headers = self._head.headers
        self._is_done = False
        self._let_go_at_end()

    def read(self, bytes_max: int = RECEIVED_BYTES_MAX) -> bytes:
        """As much as has come; nothing at the end."""
        try:
            piece = self._body.read(bytes_max)
        except BaseException:
            self.close()
            raise
        self._let_go_at_end()
        return piece

    def read_all(self, bytes_max: int) -> bytes:
        pieces = []
        size = 0
        while piece := self.read():
            size += len(piece)
            if size > bytes_max:
                self.close()
                raise AnswerTooLargeError(self.status)
            pieces.append(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """The rest is still on its way, so nothing else can come over this connection."""
        if not self._is_done:
            self._is_done = True
            self._connection.close()

    def _let_go_at_end(self) -> None:
        if self._is_done or not self._body.is_at_end:
            return
        if self._head.may_be_kept and self._connection.took_all:
            self._is_done = True
            self._pool.keep(self._connection)
        else:
            self.close()


class _Connection:
    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._deadline: float | None = None
        self.incoming = Incoming(self._receive)
        self.took_all = True  # that was sent

    def wait_at_most(self, seconds: float, *, is_deadline: bool) -> None:
        self._deadline = monotonic() + seconds if is_deadline else None
        self._socket.settimeout(seconds)

    def send(self, head: bytes, body: bytes) -> None:
        """Who refuses a request may say so before all of it was sent: after a failure there may be an answer."""
        try:
            if len(body) <= _SENT_AT_ONCE_BYTES_MAX:
                self._socket.sendall(head + body)
            else:
                self._socket.sendall(head)
                self._socket.sendall(body)
        except TimeoutError as failure:
            raise AnswerTimeoutError("the request was not taken in time") from failure
        except OSError:
            self.took_all = False

    def is_idle(self) -> bool:
        """Neither has it ended, nor has anything come that nobody asked for, which TLS may hold back."""
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return False
        watched = select.poll()
        watched.register(self._socket, select.POLLIN)
        return self.incoming.is_empty and not watched.poll(0)

    def close(self) -> None:
        self._socket.close()

    def _receive(self, bytes_max: int) -> bytes:
        if self._deadline is not None:
            left = self._deadline - monotonic()
            if left <= 0:  # else what keeps coming would keep us
                raise AnswerTimeoutError("no answer in time")
            self._socket.settimeout(left)
        try:
            return self._socket.recv(bytes_max)
        except TimeoutError as failure:
            raise AnswerTimeoutError("no answer in time") from failure
        except OSError as failure:
            raise BrokenAnswerError(type(failure).__name__) from failure


def _head_of(request: HttpRequest, host: str) -> bytes:
    headers = {"host": host, **_ALWAYS_SENT, **request.headers}
    if request.body is not None:
        headers["content-length"] = str(len(request.body))
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if lines[0].count(" ") != 2 or not all(map(str.isprintable, lines)):
        raise ValueError("a target or a header that would end before its end")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _close_all(kept: "deque[_Connection]") -> None:
    while kept:
        kept.pop().close()


@cache
def _tls_context() -> ssl.SSLContext:
    """One for all pools. From the folder OpenSSL reads only the authority that a server names; where there is no layer
    there is the system's bundle, all of which it reads at once."""
    return ssl.create_default_context(capath=_AUTHORITIES if _AUTHORITIES.is_dir() else None)
