"""A response is complete in time or given up, whatever comes in the meantime."""

import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from urllib3 import HTTPConnectionPool

from pixel.foundation.connections import NothingSentError, Request, Response, ResponseTimeoutError, open_pool, send
from tests.unit.foundation.misbehaving_server import Act, MisbehavingServer, answer, hang, plainly

_GET = Request("GET", "/", {})
_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"


def _send(pool: HTTPConnectionPool, request: Request = _GET, *, seconds: float = 5, bytes_max: int = 1000) -> Response:
    return send(pool, request, seconds=seconds, body_bytes_max=bytes_max)


def _never_ending(server: MisbehavingServer, beginning: bytes, flood: bytes) -> Act:
    def act(connection: Any) -> bool:
        with suppress(OSError):
            connection.wfile.write(beginning)
            while not server.released.is_set():
                connection.wfile.write(flood)
        return False

    return act


@pytest.mark.parametrize(
    "pieces",
    [
        [_OK + b"Content-Length: 100\r\n\r\n", *[b"x"] * 30],
        [_CHUNKED, *[b"1\r\nx\r\n"] * 30],
        [_OK[at : at + 1] for at in range(len(_OK))],
    ],
    ids=["body", "chunks", "head"],
)
def test_a_response_has_one_deadline_however_it_trickles(
    pool: HTTPConnectionPool, server: MisbehavingServer, pieces: list[bytes]
) -> None:
    server.will(plainly(*pieces, pause=0.1, then_close=True))
    started = time.monotonic()

    with pytest.raises(ResponseTimeoutError):
        _send(pool, seconds=0.5)
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    ("beginning", "flood"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (_CHUNKED + b"0\r\n", b"Trailer: 1\r\n"),
        (_CHUNKED, b"1;" + b"x" * 4000 + b"\r\nx\r\n"),
    ],
    ids=["words in between", "trailers", "chunks"],
)
def test_a_deadline_holds_while_something_comes_all_the_time(
    pool: HTTPConnectionPool, server: MisbehavingServer, beginning: bytes, flood: bytes
) -> None:
    server.will(_never_ending(server, beginning, flood))
    started = time.monotonic()

    with pytest.raises(ResponseTimeoutError):
        _send(pool, seconds=0.3, bytes_max=10_000_000)
    assert time.monotonic() - started < 2


def test_a_deadline_is_of_one_request_and_not_of_the_next(pool: HTTPConnectionPool, server: MisbehavingServer) -> None:
    server.will(answer(), plainly(_OK + b"Content-Length: 2\r\n\r\n", b"a", b"b", pause=0.2))

    _send(pool, seconds=0.3)

    assert _send(pool, seconds=3).body == b"ab"
    assert server.connections == 1


def test_a_request_that_nobody_takes_may_have_been_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        pool = open_pool(f"http://127.0.0.1:{silent.getsockname()[1]}", connect_seconds=1)

        with pytest.raises(ResponseTimeoutError):
            _send(pool, Request("PUT", "/", {}, b"x" * 50_000_000), seconds=0.3)


def test_a_request_that_is_taken_slowly_over_tls_is_given_up_in_time(
    secure_server: MisbehavingServer, certificate: Path
) -> None:
    url = f"https://localhost:{secure_server.server_address[1]}"
    pool = open_pool(url, connect_seconds=2, authorities=certificate.parent / "authorities")
    request = Request("PUT", "/", {"content-length": "0"}, b"x" * 50_000_000)  # of which the server reads none
    secure_server.will(hang)
    started = time.monotonic()

    with pytest.raises(ResponseTimeoutError):
        _send(pool, request, seconds=0.5)
    assert time.monotonic() - started < 2


def test_a_server_that_is_silent_about_tls_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        pool = open_pool(f"https://127.0.0.1:{silent.getsockname()[1]}", connect_seconds=0.3)
        started = time.monotonic()

        with pytest.raises(NothingSentError):
            _send(pool)
        assert time.monotonic() - started < 2
