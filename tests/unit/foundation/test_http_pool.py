"""Connections serve one request after another, and never one that could get another's answer."""

import gc
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from authorities import write_authorities
from pixel.foundation import http_pool
from pixel.foundation.http_answers import (
    AnswerTimeoutError,
    AnswerTooLargeError,
    BrokenAnswerError,
    HttpError,
    NoConnectionError,
)
from pixel.foundation.http_pool import HttpAnswer, HttpPool, HttpRequest
from tests.unit.foundation.certificates import make_certificate
from tests.unit.foundation.misbehaving_server import (
    Act,
    MisbehavingServer,
    answer,
    close,
    hang,
    reset,
    running,
    stop_half_way,
)

_GET = HttpRequest("GET", "/a?b=c", {})


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with running() as server:
        yield server


@pytest.fixture
def pool(server: MisbehavingServer) -> HttpPool:
    return HttpPool(server.url, connect_seconds=1)


def _ask(pool: HttpPool, request: HttpRequest = _GET, *, seconds: float = 5, bytes_max: int = 1000) -> HttpAnswer:
    return pool.request(request, seconds=seconds, body_bytes_max=bytes_max)


def _plainly(*pieces: bytes, pause: float = 0, then_close: bool = False) -> Act:
    def act(connection: Any) -> bool:
        for piece in pieces:
            connection.wfile.write(piece)
            connection.wfile.flush()
            time.sleep(pause)
        return not then_close

    return act


def test_a_request_says_where_it_goes_and_how_long_it_is(pool: HttpPool, server: MisbehavingServer) -> None:
    server.will(answer(b"fine", headers={"X-Some": "Thing"}))

    given = _ask(pool, HttpRequest("POST", "/a?b=c", {"authorization": "Bearer t"}, "é".encode()))

    assert (given.status, given.headers["x-some"], given.body) == (200, "Thing", b"fine")
    (request,) = server.received
    assert (request.target, request.body) == ("/a?b=c", "é".encode())
    assert request.headers == {
        "host": server.url.removeprefix("http://"),
        "user-agent": "pixel-api",
        "accept-encoding": "identity",
        "authorization": "Bearer t",
        "content-length": "2",
    }


def test_a_request_without_a_body_has_no_length(pool: HttpPool, server: MisbehavingServer) -> None:
    server.will(answer())

    _ask(pool)
    _ask(pool, HttpRequest("POST", "/", {}, b""))

    assert [request.headers.get("content-length") for request in server.received] == [None, "0"]


@pytest.mark.parametrize("size", [65_536, 65_537, 5_000_000])
def test_a_body_of_any_size_arrives(pool: HttpPool, server: MisbehavingServer, size: int) -> None:
    server.will(answer())
    body = bytes(range(251)) * (size // 251 + 1)

    _ask(pool, HttpRequest("PUT", "/", {}, body[:size]))

    assert server.received[0].body == body[:size]


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("GET", "/a b", {}),
        HttpRequest("GET", "/a\r\nX-Evil: 1", {}),
        HttpRequest("GET", "/", {"authorization": "Bearer t\r\nX-Evil: 1"}),
        HttpRequest("GET", "/", {"x\n": "1"}),
        HttpRequest("GET", "/ü", {}),
    ],
)
def test_nothing_is_sent_that_would_be_read_as_something_else(
    pool: HttpPool, server: MisbehavingServer, request_: HttpRequest
) -> None:
    server.will(answer())

    with pytest.raises(ValueError, match=r"end before its end|codec"):
        _ask(pool, request_)
    assert server.received == []


def test_a_connection_serves_one_request_after_another(pool: HttpPool, server: MisbehavingServer) -> None:
    server.will(answer(b"x" * 1000), _plainly(b"HTTP/1.1 204 None\r\n\r\n"), answer(b""))

    for _ in range(3):
        _ask(pool)

    assert server.connections == 1


@pytest.mark.parametrize(
    "act",
    [
        answer(then_close=True),
        answer(headers={"Connection": "close"}),
        _plainly(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
        _plainly(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nunasked", pause=0.05),
        _plainly(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold"),
    ],
    ids=["closed", "said so", "HTTP/1.0", "more than asked for", "an answer too many"],
)
def test_a_connection_that_cannot_be_trusted_is_replaced(pool: HttpPool, server: MisbehavingServer, act: Act) -> None:
    server.will(act, answer(b"mine"))

    _ask(pool)
    time.sleep(0.1)  # what the server does after its answer has happened

    assert _ask(pool).body == b"mine"
    assert [request.connection for request in server.received] == [1, 2]


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (close, BrokenAnswerError),
        (reset, BrokenAnswerError),
        (stop_half_way, BrokenAnswerError),
        (hang, AnswerTimeoutError),
        (_plainly(b"SSH-2.0-x\r\n\r\n"), BrokenAnswerError),
        (answer(b"x" * 1001), AnswerTooLargeError),
    ],
)
def test_trouble_has_a_name_and_no_next_request_meets_it(
    pool: HttpPool, server: MisbehavingServer, trouble: Act, error: type[HttpError]
) -> None:
    server.will(trouble, answer(b"next"))

    with pytest.raises(error):
        _ask(pool, seconds=0.3)

    assert _ask(pool).body == b"next"


def test_a_whole_answer_has_one_deadline_however_it_trickles(pool: HttpPool, server: MisbehavingServer) -> None:
    pieces = [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *[b"x"] * 30]
    server.will(_plainly(*pieces, pause=0.1, then_close=True))
    started = time.monotonic()

    with pytest.raises(AnswerTimeoutError):
        _ask(pool, seconds=0.5)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("beginning", "flood"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"Trailer: 1\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 4000 + b"\r\nx\r\n"),
    ],
    ids=["words in between", "trailers", "chunks"],
)
def test_a_deadline_holds_while_something_comes_all_the_time(
    pool: HttpPool, server: MisbehavingServer, beginning: bytes, flood: bytes
) -> None:
    def never_end(connection: Any) -> bool:
        connection.wfile.write(beginning)
        with suppress(OSError):
            while not server.released.is_set():
                connection.wfile.write(flood)
        return False

    server.will(never_end)
    started = time.monotonic()

    with pytest.raises(AnswerTimeoutError):
        _ask(pool, seconds=0.3, bytes_max=10_000_000)
    assert time.monotonic() - started < 2


def test_an_open_answer_may_take_long_while_something_comes(pool: HttpPool, server: MisbehavingServer) -> None:
    pieces = [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", *[b"x"] * 10]
    server.will(_plainly(*pieces, pause=0.1))

    opened = pool.open(_GET, silent_seconds=0.8)

    assert opened.read_all(10) == b"x" * 10


def test_an_open_answer_that_is_closed_takes_its_connection_along(pool: HttpPool, server: MisbehavingServer) -> None:
    server.will(answer(b"x" * 100), answer(b"mine"))

    opened = pool.open(_GET, silent_seconds=5)
    assert opened.read(10) == b"x" * 10
    opened.close()
    opened.close()

    assert _ask(pool).body == b"mine"
    assert server.connections == 2


def test_an_open_answer_has_no_deadline_of_a_request_before_it(pool: HttpPool, server: MisbehavingServer) -> None:
    server.will(answer(), _plainly(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"a", b"b", pause=0.2))

    _ask(pool, seconds=0.3)

    assert pool.open(_GET, silent_seconds=2).read_all(10) == b"ab"
    assert server.connections == 1


def test_a_request_that_nobody_takes_may_have_been_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        pool = HttpPool(f"http://127.0.0.1:{silent.getsockname()[1]}", connect_seconds=1)

        with pytest.raises(AnswerTimeoutError):
            _ask(pool, HttpRequest("PUT", "/", {}, b"x" * 50_000_000), seconds=0.3)


def test_a_server_that_is_silent_about_tls_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        pool = HttpPool(f"https://127.0.0.1:{silent.getsockname()[1]}", connect_seconds=0.3)
        started = time.monotonic()

        with pytest.raises(NoConnectionError):
            _ask(pool)
        assert time.monotonic() - started < 2


def test_a_refusal_before_all_was_sent_is_an_answer(pool: HttpPool) -> None:
    """As of a body that is too large: the server neither reads it nor waits."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        refusing = HttpPool(f"http://127.0.0.1:{listening.getsockname()[1]}", connect_seconds=1)

        def refuse() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.1 413 Too large\r\nContent-Length: 2\r\n\r\nno")

        thread = threading.Thread(target=refuse)
        thread.start()
        given = _ask(refusing, HttpRequest("POST", "/", {}, b"x" * 50_000_000))
        thread.join(5)

    assert (given.status, given.body) == (413, b"no")
    assert not refusing._kept


def test_nothing_was_sent_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    for url in (f"http://127.0.0.1:{port}", f"https://127.0.0.1:{port}"):
        with pytest.raises(NoConnectionError):
            _ask(HttpPool(url, connect_seconds=1))


def test_threads_never_get_each_other_s_answers(pool: HttpPool, server: MisbehavingServer) -> None:
    def echo(connection: Any) -> bool:
        body = next(request.body for request in reversed(server.received) if request.connection == connection.number)
        return answer(body)(connection)

    server.will(echo)

    def ask(number: int) -> bytes:
        return _ask(pool, HttpRequest("POST", "/", {}, str(number).encode())).body

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(500)))

    assert answers == [str(number).encode() for number in range(500)]
    assert server.connections <= 16


def test_no_more_connections_are_kept_than_a_batch_uses(pool: HttpPool, server: MisbehavingServer) -> None:
    together = threading.Barrier(20)

    def all_at_once(connection: Any) -> bool:
        together.wait(5)
        return answer()(connection)

    server.will(all_at_once)
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda _: _ask(pool), range(20)))

    assert len(pool._kept) == 16


def test_a_pool_that_goes_closes_its_connections(server: MisbehavingServer) -> None:
    server.will(answer())
    pool = HttpPool(server.url, connect_seconds=1)
    _ask(pool)

    del pool
    gc.collect()

    assert server.closed.wait(5)


@pytest.fixture
def secure_server(tmp_path: Path) -> Iterator[tuple[MisbehavingServer, Path]]:
    """Also its certificate, which vouches for itself."""
    certificate = make_certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with running() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server, certificate


def _trust(authorities: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(http_pool, "_AUTHORITIES", authorities)
    patch.setattr(http_pool, "_tls_context", http_pool._tls_context.__wrapped__)


def test_over_tls_connections_are_kept_too(
    secure_server: tuple[MisbehavingServer, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, certificate = secure_server
    server.will(answer(b"x" * 100_000), answer(b"secret"))
    write_authorities(certificate.read_text(), tmp_path / "authorities")
    _trust(tmp_path / "authorities", monkeypatch)
    pool = HttpPool(f"https://localhost:{server.server_address[1]}", connect_seconds=5)

    assert len(_ask(pool, bytes_max=100_000).body) == 100_000
    assert _ask(pool).body == b"secret"
    assert len({request.connection for request in server.received}) == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("vouches", ["others", "the system", "its own"])
def test_over_tls_nothing_is_sent_to_a_server_that_is_not_the_one(
    secure_server: tuple[MisbehavingServer, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    vouches: str,
    host: str,
) -> None:
    server, certificate = secure_server
    server.will(answer())
    write_authorities(make_certificate(tmp_path / "other", "localhost").read_text(), tmp_path / "others")
    write_authorities(certificate.read_text(), tmp_path / "its own")
    _trust(tmp_path / vouches, monkeypatch)
    pool = HttpPool(f"https://{host}:{server.server_address[1]}", connect_seconds=5)

    if (vouches, host) == ("its own", "localhost"):
        assert _ask(pool).status == 200
        return
    with pytest.raises(NoConnectionError, match="SSLCertVerificationError"):
        _ask(pool)
    assert server.received == []
