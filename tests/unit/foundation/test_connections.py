"""A request has one deadline, an error says whether anything was sent, and no response is another one's or half."""

import gc
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from urllib3 import HTTPConnectionPool

from authorities import write_authorities
from pixel.foundation.connections import (
    BrokenResponseError,
    NothingSentError,
    Request,
    RequestFailedError,
    Response,
    ResponseTimeoutError,
    ResponseTooLargeError,
    open_pool,
    send,
)
from tests.certificates import make_certificate
from tests.unit.foundation.misbehaving_server import (
    Act,
    MisbehavingServer,
    answer,
    close,
    hang,
    plainly,
    reset,
    stop_half_way,
)

_GET = Request("GET", "/a?b=c", {})
_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"


def _send(pool: HTTPConnectionPool, request: Request = _GET, *, seconds: float = 5, bytes_max: int = 1000) -> Response:
    return send(pool, request, seconds=seconds, body_bytes_max=bytes_max)


def test_a_request_says_where_it_goes_and_how_long_it_is(pool: HTTPConnectionPool, server: MisbehavingServer) -> None:
    server.will(answer(b"fine", headers={"X-Some": "Thing"}))

    given = _send(pool, Request("POST", "/a?b=%20c", {"authorization": "Bearer t"}, "é".encode()))

    assert (given.status, given.headers["x-some"], given.body) == (200, "Thing", b"fine")
    (request,) = server.received
    assert (request.target, request.body) == ("/a?b=%20c", "é".encode())
    assert request.headers == {
        "host": f"{pool.host}:{server.server_address[1]}",
        "user-agent": "pixel-api",
        "accept-encoding": "identity",
        "authorization": "Bearer t",
        "content-length": "2",
    }


@pytest.mark.parametrize("size", [65_537, 5_000_000])
def test_a_body_of_any_size_arrives(pool: HTTPConnectionPool, server: MisbehavingServer, size: int) -> None:
    server.will(answer())
    body = bytes(range(251)) * (size // 251 + 1)

    _send(pool, Request("PUT", "/", {}, body[:size]))

    assert server.received[0].body == body[:size]


def test_no_header_becomes_two(pool: HTTPConnectionPool, server: MisbehavingServer) -> None:
    server.will(answer())

    with pytest.raises(ValueError, match="Invalid header value"):
        _send(pool, Request("GET", "/", {"authorization": "Bearer t\r\nX-Evil: 1"}))

    assert server.received == []


def test_a_redirect_is_an_answer_and_not_followed(pool: HTTPConnectionPool, server: MisbehavingServer) -> None:
    server.will(answer(b"", status=302, headers={"Location": "/elsewhere"}))

    assert _send(pool).status == 302
    assert len(server.received) == 1


def test_a_connection_serves_one_request_after_another(pool: HTTPConnectionPool, server: MisbehavingServer) -> None:
    chunks = _CHUNKED + b"1;x=y\r\na\r\n2\r\nbc\r\n0\r\nTrailer: 1\r\n\r\n"
    server.will(answer(b"x" * 1000), plainly(b"HTTP/1.1 204 None\r\n\r\n"), plainly(chunks), answer(b""))

    assert [_send(pool).body for _ in range(4)] == [b"x" * 1000, b"", b"abc", b""]
    assert server.connections == 1


@pytest.mark.parametrize(
    ("act", "connections"),
    [
        (answer(then_close=True), 2),
        (answer(headers={"Connection": "close"}), 2),
        (plainly(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"), 2),
        (plainly(_OK + b"Content-Length: 0\r\n\r\n", b"unasked", pause=0.05), 2),
        (plainly(_OK + b"Content-Length: 0\r\n\r\n" + b"unasked" * 2000), 2),
        (plainly(_OK + b"Content-Length: 0\r\n\r\nunasked"), 1),
        (plainly(_OK + b"Content-Length: 0\r\n\r\n" + _OK + b"Content-Length: 3\r\n\r\nold"), 1),
    ],
    ids=["closed", "said so", "HTTP/1.0", "unasked later", "much unasked", "unasked", "an answer too many"],
)
def test_a_connection_that_was_closed_or_says_too_much_troubles_no_next_request(
    pool: HTTPConnectionPool, server: MisbehavingServer, act: Act, connections: int
) -> None:
    """What was read along with a response is dropped with it; what is left to read takes its connection along."""
    server.will(act, answer(b"mine"))

    _send(pool)
    time.sleep(0.1)  # what the server does after its answer has happened

    assert _send(pool).body == b"mine"
    assert len({request.connection for request in server.received}) == connections
    assert len(server.received) == 2


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (close, BrokenResponseError),
        (reset, BrokenResponseError),
        (stop_half_way, BrokenResponseError),
        (hang, ResponseTimeoutError),
        (answer(b"x" * 1001), ResponseTooLargeError),
        (plainly(_CHUNKED + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n"), ResponseTooLargeError),
        (
            plainly(b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + _OK + b"Content-Length: 1\r\n\r\nx"),
            RequestFailedError,
        ),
    ],
    ids=["close", "reset", "half", "hang", "too large", "too large in chunks", "early hints"],
)
def test_trouble_has_a_name_and_no_next_request_meets_it(
    pool: HTTPConnectionPool, server: MisbehavingServer, trouble: Act, error: type[RequestFailedError]
) -> None:
    server.will(trouble, answer(b"next"))

    with pytest.raises(error) as caught:
        _send(pool, seconds=0.5)

    assert not isinstance(caught.value, NothingSentError)
    assert _send(pool).body == b"next"
    assert len(server.received) == 2


@pytest.mark.parametrize(
    "whole", [_OK + b"X-A: 1\r\nContent-Length: 5\r\n\r\nwhole", _CHUNKED + b"2\r\nwh\r\n3\r\nole\r\n0\r\n"]
)
def test_a_response_that_ends_too_early_is_never_a_complete_one(plain_server: MisbehavingServer, whole: bytes) -> None:
    pool = open_pool(plain_server.url, connect_seconds=1)
    plain_server.will(*(plainly(whole[:end], then_close=True) for end in range(len(whole) - 3)))

    for _ in range(len(whole) - 3):
        with pytest.raises(BrokenResponseError):
            _send(pool)


@pytest.mark.parametrize(
    "message",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"<html>busy</html>\r\n\r\n",
        b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
        _OK + b"\r\nuntil the connection ends",
        *[_OK + b"Content-Length: " + length + b"\r\n\r\nab" for length in (b"", b"-2", b"2.0", b"two", b"2, 2")],
        _OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        _OK + b"no colon\r\nContent-Length: 2\r\n\r\nab",
        *[_CHUNKED + chunks for chunks in (b"x\r\n", b"\r\n", b"1\r\nab\r\n0\r\n\r\n", b"1" * 70_000, b"-1\r\nab")],
        _OK + b"X: " + b"x" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_what_is_not_plainly_a_response_is_refused(plain_server: MisbehavingServer, message: bytes) -> None:
    plain_server.will(plainly(message, then_close=True))

    with pytest.raises(BrokenResponseError):
        _send(open_pool(plain_server.url, connect_seconds=1))


@pytest.mark.parametrize("status", [204, 304])
def test_some_responses_have_no_body_whatever_they_state(plain_server: MisbehavingServer, status: int) -> None:
    plain_server.will(plainly(f"HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\n".encode()))

    assert _send(open_pool(plain_server.url, connect_seconds=1))[::2] == (status, b"")


def test_nothing_of_a_response_is_logged(
    plain_server: MisbehavingServer, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    plain_server.will(plainly(_OK + b"Content-Length: 0\r\nno colon\r\n\r\n"))

    _send(open_pool(plain_server.url, connect_seconds=1), Request("GET", "/?email=jane", {}))

    assert capsys.readouterr() == ("", "")
    assert caplog.records == []


def test_nothing_was_sent_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    for url in (f"http://127.0.0.1:{port}", f"https://127.0.0.1:{port}"):
        with pytest.raises(NothingSentError, match="NewConnectionError"):
            _send(open_pool(url, connect_seconds=1))


def test_a_refusal_before_all_was_sent_is_an_answer() -> None:
    """As of a body that is too large: the server neither reads it nor waits."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        pool = open_pool(f"http://127.0.0.1:{listening.getsockname()[1]}", connect_seconds=1)

        def refuse() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.1 413 Too large\r\nContent-Length: 2\r\n\r\nno")

        thread = threading.Thread(target=refuse)
        thread.start()
        given = _send(pool, Request("POST", "/", {}, b"x" * 50_000_000))
        thread.join(5)

    assert (given.status, given.body) == (413, b"no")


def test_threads_never_get_each_other_s_answers(pool: HTTPConnectionPool, server: MisbehavingServer) -> None:
    def echo(connection: Any) -> bool:
        body = next(request.body for request in reversed(server.received) if request.connection == connection.number)
        return answer(body)(connection)

    server.will(echo)

    def ask(number: int) -> bytes:
        return _send(pool, Request("POST", "/", {}, str(number).encode())).body

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(500)))

    assert answers == [str(number).encode() for number in range(500)]
    assert server.connections <= 16


def test_no_more_connections_are_kept_than_a_batch_uses(plain_server: MisbehavingServer) -> None:
    together = threading.Barrier(20)

    def all_at_once(connection: Any) -> bool:
        together.wait(5)
        return answer()(connection)

    pool = open_pool(plain_server.url, connect_seconds=1)
    plain_server.will(all_at_once)
    for _ in range(2):
        with ThreadPoolExecutor(20) as threads:
            list(threads.map(lambda _: _send(pool), range(20)))

    assert plain_server.connections == 20 + 4


def test_a_pool_that_goes_closes_its_connections(plain_server: MisbehavingServer) -> None:
    plain_server.will(answer())
    pool = open_pool(plain_server.url, connect_seconds=1)
    _send(pool)

    del pool
    gc.collect()

    assert plain_server.closed.wait(5)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("vouches", ["others", "the system", "its own"])
def test_over_tls_nothing_is_sent_to_a_server_that_is_not_the_one(
    secure_server: MisbehavingServer, certificate: Path, tmp_path: Path, vouches: str, host: str
) -> None:
    secure_server.will(answer())
    write_authorities(make_certificate(tmp_path / "other", "localhost").read_text(), tmp_path / "others")
    folders = {
        "others": tmp_path / "others",
        "the system": tmp_path / "no folder",
        "its own": certificate.parent / "authorities",
    }
    url = f"https://{host}:{secure_server.server_address[1]}"
    pool = open_pool(url, connect_seconds=5, authorities=folders[vouches])

    if (vouches, host) == ("its own", "localhost"):
        assert _send(pool).status == 200
        return
    with pytest.raises(NothingSentError, match="SSLCertVerificationError"):
        _send(pool)
    assert secure_server.received == []
