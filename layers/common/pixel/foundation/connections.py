"""HTTP requests over urllib3's pools, with one deadline for a response and errors that tell whether anything was sent.

urllib3 limits only the wait for each read, so a response that arrives byte by byte could take forever, and it reports a
failed TLS handshake like a broken response. The sockets and connections in this module add these two distinctions.
"""

import logging
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, override

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

from pixel.foundation.errors import LoggableError

AUTHORITIES = Path(__file__).parents[3] / "authorities"
"""The certificates of authorities in the layer, which layers/common/authorities.py writes."""

_CONNECTIONS_KEPT = 16  # as many as a batch uses at the same time
_HEADERS = {"user-agent": "pixel-api", "accept-encoding": "identity"}
_WITHOUT_BODY = {204, 304}

# urllib3 logs URLs, whose query strings may contain values that callers sent.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


class RequestFailedError(LoggableError):
    """There is no complete response. The request may have taken effect, unless nothing was sent."""


class NothingSentError(RequestFailedError):
    """No connection could be opened."""


class ResponseTimeoutError(RequestFailedError):
    """The response was not complete in time."""


class BrokenResponseError(RequestFailedError):
    """The connection ended early, or the response is not valid."""


class ResponseTooLargeError(RequestFailedError):
    """The body is larger than the caller accepts."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"{status} with a body that is too large")


class Request(NamedTuple):
    """An HTTP request to the host of a pool."""

    method: str
    target: str  # path and query, encoded
    headers: Mapping[str, str]
    body: bytes | None = None


class Response(NamedTuple):
    """A complete HTTP response."""

    status: int
    headers: Mapping[str, str]  # names are case-insensitive
    body: bytes


def open_pool(url: str, *, connect_seconds: float, authorities: Path = AUTHORITIES) -> HTTPConnectionPool:
    """Return a pool of connections to one host, which any number of threads may use."""
    place = parse_url(url)
    options: dict[str, Any] = {"maxsize": _CONNECTIONS_KEPT, "connect_seconds": connect_seconds}
    if place.scheme == "https":
        return _TlsPool(place.host or "", place.port, ssl_context=_tls_context(authorities), **options)
    return _Pool(place.host or "", place.port, **options)


def open_pool_to(
    address: str, url: str, *, connect_seconds: float, authorities: Path = AUTHORITIES
) -> HTTPConnectionPool:
    """Return a pool whose connections go to one IP address, although the certificate must be that of the URL's host.

    The name is not looked up again, so it cannot lead anywhere else. Requests must have the header `host`.
    """
    place = parse_url(url)
    options: dict[str, Any] = {"maxsize": 1, "connect_seconds": connect_seconds}
    if place.scheme == "https":
        context = _tls_context(authorities)
        return _TlsPool(address, place.port, ssl_context=context, server_hostname=place.host, **options)
    return _Pool(address, place.port, **options)


def send(
    pool: HTTPConnectionPool, request: Request, *, seconds: float, body_bytes_max: int, cut: bool = False
) -> Response:
    """Send a request once and return its response, which must be complete within `seconds` of the connection's opening.

    Redirects are not followed. With `cut`, the response is as much of its body as the caller accepts: its end, its
    declared length and whether it breaks off do not matter, and the connection is closed.
    """
    try:
        received = pool.urlopen(
            request.method,
            request.target,
            request.body,
            {**_HEADERS, **request.headers},
            retries=False,
            timeout=seconds,
            preload_content=False,
            decode_content=False,
        )
        try:
            if cut:
                body = _read_beginning(received, body_bytes_max)
                received.close()
            else:
                body = _read_body(received, body_bytes_max)
            return Response(received.status, received.headers, body)
        except BaseException:
            received.close()
            raise
        finally:
            received.release_conn()
    except ReadTimeoutError as failure:
        raise ResponseTimeoutError("no response in time") from failure
    except HTTPError as failure:
        raise BrokenResponseError(type(failure).__name__) from failure


def _read_body(received: BaseHTTPResponse, bytes_max: int) -> bytes:
    """Return the whole body. A body that ends only with the connection is rejected, because it may be incomplete."""
    has_chunks = received.headers.get("transfer-encoding", "").lower() == "chunked"
    has_length = received.headers.get("content-length", "").isdecimal()
    if received.status < 200 or not (has_chunks or has_length or received.status in _WITHOUT_BODY):
        raise BrokenResponseError("the response does not declare its length")
    pieces = []
    left = bytes_max + 1
    while left and (piece := received.read(left)):
        pieces.append(piece)
        left -= len(piece)
    if not left:
        raise ResponseTooLargeError(received.status)
    return b"".join(pieces)


def _read_beginning(received: BaseHTTPResponse, bytes_max: int) -> bytes:
    """Return as much of a body as arrives, up to a limit."""
    pieces: list[bytes] = []
    left = bytes_max
    try:
        while left and (piece := received.read1(left)):
            pieces.append(piece)
            left -= len(piece)
    except (HTTPError, OSError):
        pass  # the status has arrived, which is the answer
    return b"".join(pieces)


class _Socket(socket.socket):
    """A socket whose reads and writes time out at a deadline."""

    deadline = 0.0

    @override
    def recv_into(self, *args: Any, **options: Any) -> int:
        self._limit()
        return super().recv_into(*args, **options)

    @override
    def sendall(self, *args: Any) -> None:
        self._limit()
        super().sendall(*args)

    @override
    def send(self, *args: Any) -> int:
        """Send data before the deadline; `sendall` calls this for each part over TLS."""
        self._limit()
        return super().send(*args)

    def _limit(self) -> None:
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)


class _TlsSocket(_Socket, ssl.SSLSocket):
    pass


class _Connection(HTTPConnection):
    sock: Any  # a _Socket after connect()

    def __init__(self, *args: Any, connect_seconds: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self._connect_seconds = connect_seconds

    @override
    def connect(self) -> None:
        seconds, self.timeout = self.timeout or 0.0, min(self.timeout or 0.0, self._connect_seconds)
        try:
            super().connect()
        except (HTTPError, OSError) as failure:
            self.close()
            raise NothingSentError(type(failure).__name__) from failure
        if not isinstance(self.sock, _Socket):
            self.sock = _Socket(fileno=self.sock.detach())
        self.timeout = seconds

    @override
    def request(self, *args: Any, **options: Any) -> None:
        if self.is_closed:
            self.connect()
        self.sock.deadline = monotonic() + (self.timeout or 0.0)
        try:
            super().request(*args, **options)
        except TimeoutError as failure:
            raise ResponseTimeoutError("the request could not be sent in time") from failure

    @property
    @override
    def is_connected(self) -> bool:
        """Whether a persistent connection can be reused.

        It cannot if unexpected data has arrived, on the socket or in the buffer of TLS.
        """
        return super().is_connected and not (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending())


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


@cache
def _tls_context(authorities: Path) -> ssl.SSLContext:
    """Return the TLS context of all pools.

    From the layer's folder, OpenSSL reads only the certificate that it needs. Outside Lambda there is no layer, so the
    system's bundle is used, which is read as a whole.
    """
    context = ssl.create_default_context(capath=authorities if authorities.is_dir() else None)
    context.sslsocket_class = _TlsSocket
    return context
