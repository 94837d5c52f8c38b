"""Calls to Tinybird end in time, are repeated where that may help, and stop reading where it becomes too much."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from pixel.foundation.connections import ResponseTooLargeError
from pixel.tinybird import client
from pixel.tinybird.client import RetryPolicy, TinybirdUnreachableError
from tests.unit.foundation.misbehaving_server import Act, MisbehavingServer, answer, close, hang, running, stop_half_way

_RETRY_POLICY = RetryPolicy(attempts=3, response_seconds=0.2, total_seconds=5, body_bytes_max=1000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MisbehavingServer]:
    with running() as server:
        monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)
        yield server


def _get(retry_policy: RetryPolicy = _RETRY_POLICY) -> client.TinybirdResponse:
    return client.get("/v0/pipes/p.json", {"path": "/a b?&%"}, "a-token", retry_policy)


def test_a_call_carries_token_and_parameters(server: MisbehavingServer) -> None:
    server.will(answer(b'{"data":[]}', crc=None))

    given = _get()

    assert (given.status, given.body) == (200, b'{"data":[]}')
    (request,) = server.received
    assert request.target == "/v0/pipes/p.json?path=%2Fa+b%3F%26%25"
    assert request.headers["authorization"] == "Bearer a-token"


def test_calls_share_one_connection(server: MisbehavingServer) -> None:
    server.will(answer(crc=None))

    for _ in range(3):
        _get()

    assert server.connections == 1


@pytest.mark.parametrize(
    "trouble",
    [*[answer(status=status, crc=None) for status in (429, 500, 502, 503, 504)], close, hang, stop_half_way],
    ids=["429", "500", "502", "503", "504", "close", "hang", "half"],
)
def test_what_may_pass_is_tried_again(server: MisbehavingServer, no_sleep: list[float], trouble: Act) -> None:
    server.will(trouble, trouble, answer(b"at last", crc=None))

    assert _get().body == b"at last"
    assert len(server.received) == 3
    assert all(0 <= pause <= 0.4 for pause in no_sleep)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 413, 422])
def test_what_will_not_pass_is_not_tried_again(server: MisbehavingServer, status: int) -> None:
    server.will(answer(b"no", status=status, crc=None))

    assert _get().status == status
    assert len(server.received) == 1


@pytest.mark.usefixtures("no_sleep")
def test_the_last_refusal_is_the_answer(server: MisbehavingServer) -> None:
    server.will(answer(status=503, crc=None))

    assert _get().status == 503
    assert len(server.received) == 3


@pytest.mark.usefixtures("no_sleep")
@pytest.mark.parametrize(("trouble", "name"), [(close, "BrokenResponseError"), (hang, "ResponseTimeoutError")])
def test_a_server_that_never_answers_is_unreachable(server: MisbehavingServer, trouble: Act, name: str) -> None:
    server.will(trouble)

    with pytest.raises(TinybirdUnreachableError, match=f"^GET: {name}$"):
        _get()


def test_who_comes_too_late_hears_that_tinybird_was_not_reached(server: MisbehavingServer) -> None:
    """As after a pause that took longer than it should have."""
    server.will(hang)

    with pytest.raises(TinybirdUnreachableError, match="ResponseTimeoutError"):
        _get(_RETRY_POLICY._replace(total_seconds=-1))


def test_retry_after_is_waited_for(server: MisbehavingServer, no_sleep: list[float]) -> None:
    server.will(answer(status=429, crc=None, headers={"Retry-After": "2"}), answer(crc=None))

    assert _get().status == 200
    assert no_sleep == [2.0]


def test_retry_after_beyond_the_time_left_is_an_answer(server: MisbehavingServer, no_sleep: list[float]) -> None:
    server.will(answer(status=429, crc=None, headers={"Retry-After": "60"}))

    given = _get()

    assert (given.status, given.retry_after_seconds) == (429, 60.0)
    assert no_sleep == []


def test_an_answer_up_to_the_limit_is_read_and_a_larger_one_is_not(server: MisbehavingServer) -> None:
    server.will(answer(b"x" * 1000, crc=None), answer(b"x" * 1001, crc=None), answer(b"next", crc=None))

    assert len(_get().body) == 1000
    with pytest.raises(ResponseTooLargeError, match=r"^200 with"):
        _get()
    assert _get().body == b"next"


def test_an_error_page_of_megabytes_is_only_its_status(server: MisbehavingServer, no_sleep: list[float]) -> None:
    page = b"x" * 3_000_000
    server.will(*(answer(page, status=status, crc=None, then_close=True) for status in (503, 404)))

    assert _get()[:2] == (404, b"")
    assert len(server.received) == 2


def test_an_answer_that_trickles_is_given_up_in_time(
    server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trickle(connection: Any) -> bool:
        connection.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            connection.wfile.write(b"1\r\nx\r\n")
            connection.wfile.flush()
            if server.released.wait(0.05):
                break
        return False

    server.will(trickle)
    started = time.monotonic()

    with pytest.raises(TinybirdUnreachableError, match="ResponseTimeoutError"):
        _get(_RETRY_POLICY._replace(attempts=1))
    assert time.monotonic() - started < 2
