"""Rows are accepted only where Tinybird says that it has every one of them."""

import gzip
from collections.abc import Iterator

import pytest

from pixel.foundation import container
from pixel.ingest.delivery import Fate, Outcome, forward, retry_policy_for
from pixel.tinybird import CUSTOM_GOALS, IDENTITIES, PAGEVIEWS, VISITOR_PAYMENTS
from tests.conftest import Frozen, Output, put_secret
from tests.environment import TINYBIRD_TOKEN
from tests.unit.foundation.misbehaving_server import (
    Act,
    MisbehavingServer,
    answer,
    close,
    hang,
    plainly,
    reset,
    running,
    stop_half_way,
)

_ROWS = ['{"event_id":"1"}', '{"event_id":"2"}']
_TAKEN = answer(b'{"successful_rows":2,"quarantined_rows":0}', crc=None)

pytestmark = pytest.mark.usefixtures("tables", "no_sleep", "output")


@pytest.fixture
def server(tables: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[MisbehavingServer]:
    assert tables
    put_secret("tinybird-ingest-token", TINYBIRD_TOKEN)
    with running() as server:
        monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)
        yield server


def _forward(datasource: str = PAGEVIEWS) -> Outcome:
    return forward(datasource, _ROWS, retry_policy_for(2))


def test_rows_go_in_one_call_a_line_each(server: MisbehavingServer) -> None:
    server.will(_TAKEN)

    assert _forward() == Outcome(Fate.ACCEPTED)
    (request,) = server.received
    assert request.target == "/v0/events?name=pageviews&wait=true"
    assert request.body == b'{"event_id":"1"}\n{"event_id":"2"}'
    assert request.headers["authorization"] == f"Bearer {TINYBIRD_TOKEN}"


_COUNTS = b'{"successful_rows":2,"quarantined_rows":0}'
_ERROR = b'{"error":"secret","documentation":"https://www.tinybird.co/docs"}'
_PAGE = b"<html>secret</html>"
_MEGABYTES = b"<html>" + b"x" * 3_000_000

# The answers that are certain: the fate of the rows, and whether Tinybird may have some of them.
_CERTAIN: dict[str, tuple[Act, Fate, str, bool]] = {
    "written": (answer(_COUNTS, crc=None), Fate.ACCEPTED, "", True),
    "quarantined": (
        answer(b'{"successful_rows":1,"quarantined_rows":1}', crc=None),
        Fate.PARTIAL,
        "quarantined",
        True,
    ),
    "a view failed": (answer(_ERROR, status=422, crc=None), Fate.PARTIAL, "status 422", True),
    **{
        f"refused with {status}": (answer(_ERROR, status=status, crc=None), Fate.REFUSED, f"status {status}", False)
        for status in (400, 401, 403, 404)
    },
    "too many": (answer(_ERROR, status=429, crc=None), Fate.RETRYABLE, "status 429", False),
}
_NO_COUNTS = "the response has no row counts"
# All others: the rows are queued, and may be in Tinybird.
_UNCERTAIN: dict[str, tuple[Act, str]] = {
    **{
        f"{status} without Tinybird's form": (answer(_PAGE, status=status, crc=None), f"status {status}")
        for status in (400, 401, 403, 404, 407, 408, 413, 421, 422, 425, 451, 500, 503, 504, 520, 599)
    },
    **{
        f"{status} with Tinybird's form": (answer(_ERROR, status=status, crc=None), f"status {status}")
        for status in (402, 405, 408, 409, 410, 413, 415, 425, 431, 451, 500, 502, 503, 504)
    },
    **{
        f"{status} with counts": (answer(_COUNTS, status=status, crc=None), f"status {status}")
        for status in (201, 202, 203, 206, 299, 300, 600, 999)
    },
    **{
        f"{status} to elsewhere": (
            answer(_PAGE, status=status, crc=None, headers={"Location": "http://127.0.0.1:1/"}),
            f"status {status}",
        )
        for status in (301, 302, 303, 307, 308)
    },
    "204": (plainly(b"HTTP/1.1 204 No\r\n\r\n"), "status 204"),
    "304": (plainly(b"HTTP/1.1 304 No\r\n\r\n"), "status 304"),
    "an error page of megabytes": (answer(_MEGABYTES, status=503, crc=None, then_close=True), "status 503"),
    "a refusal of megabytes": (answer(_MEGABYTES, status=403, crc=None, then_close=True), "status 403"),
    "megabytes with 200": (answer(_MEGABYTES, crc=None, then_close=True), "200 with a body that is too large"),
    **{
        f"200 with body {number}": (answer(body, crc=None), _NO_COUNTS)
        for number, body in enumerate(
            (
                b"",
                _PAGE,
                _ERROR,
                b"null",
                b"2",
                b"[]",
                b"[" * 90_000,
                b'{"a":' * 10_000,
                b"\xff\xfe",
                b'{"successful_rows":2}',
                b'{"successful_rows":"2","quarantined_rows":"0"}',
                b'{"successful_rows":1e999,"quarantined_rows":0}',
                b'{"successful_rows":NaN,"quarantined_rows":0}',
                b'{"successful_rows":true,"quarantined_rows":false}',
                b'{"successful_rows":[2],"quarantined_rows":{}}',
                b'{"successful_rows":' + b"9" * 5000 + b',"quarantined_rows":0}',
            )
        )
    },
    "compressed": (answer(gzip.compress(_COUNTS), crc=None, headers={"Content-Encoding": "gzip"}), _NO_COUNTS),
    "too few": (answer(b'{"successful_rows":1,"quarantined_rows":0}', crc=None), "1 of 2 rows accepted"),
    "too many rows": (answer(b'{"successful_rows":3,"quarantined_rows":0}', crc=None), "3 of 2 rows accepted"),
    "negative": (answer(b'{"successful_rows":2,"quarantined_rows":-1}', crc=None), "2 of 2 rows accepted"),
    **{
        name: (act, "POST: BrokenResponseError")
        for name, act in {
            "nothing": close,
            "a reset": reset,
            "half a body": stop_half_way,
            "garbage": plainly(b"\x00\x16\x03garbage\r\n\r\n", then_close=True),
            "another protocol": plainly(b"SSH-2.0-OpenSSH_9.6\r\n", then_close=True),
            "a status that is no number": plainly(b"HTTP/1.1 OK OK\r\n\r\n", then_close=True),
            "a status below 100": plainly(b"HTTP/1.1 099 No\r\n\r\n", then_close=True),
            "a switch": plainly(b"HTTP/1.1 101 Switching\r\n\r\n", then_close=True),
            "no length": plainly(b"HTTP/1.1 200 OK\r\n\r\n" + _COUNTS, then_close=True),
            "a length that is no number": plainly(
                b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + _COUNTS, then_close=True
            ),
            "two lengths": plainly(
                b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" + _COUNTS, then_close=True
            ),
            "a length that is too long": plainly(
                b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + _COUNTS, then_close=True
            ),
            "broken chunks": plainly(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + _COUNTS, then_close=True
            ),
            "chunks that end early": plainly(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", then_close=True
            ),
            "a flood of headers": plainly(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 500 + b"\r\n", then_close=True),
            "an endless header": plainly(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000, then_close=True),
        }.items()
    },
    "a length that is too short": (
        plainly(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + _COUNTS, then_close=True),
        _NO_COUNTS,
    ),
    "silence": (hang, "POST: ResponseTimeoutError"),
}


def test_each_append_waits_until_it_is_written(server: MisbehavingServer) -> None:
    server.will(_TAKEN)

    for datasource in (PAGEVIEWS, CUSTOM_GOALS, IDENTITIES, VISITOR_PAYMENTS):
        _forward(datasource)

    assert all(request.target.endswith("&wait=true") for request in server.received)


def test_what_is_certain_is_an_acknowledgement_or_a_refusal(server: MisbehavingServer, output: Output) -> None:
    for name, (act, fate, reason, may_be_kept) in _CERTAIN.items():
        server.will(act)

        outcome = _forward(name)

        assert (outcome.fate, outcome.reason) == (fate, reason), name
        assert outcome.may_be_kept is may_be_kept, name
    assert len(output.logged("rows not accepted")) == len(_CERTAIN) - 1
    assert "secret" not in output.text


def test_whatever_else_tinybird_answers_the_rows_are_queued(server: MisbehavingServer, output: Output) -> None:
    for name, (act, reason) in _UNCERTAIN.items():
        server.will(act)

        outcome = forward(name, _ROWS, retry_policy_for(0.3 if act is hang else 5))

        assert (outcome.fate, outcome.reason) == (Fate.RETRYABLE, reason), name
        assert outcome.may_be_kept, name
    assert "secret" not in output.text


def test_a_refusal_after_an_unknown_attempt_is_not_certain(server: MisbehavingServer) -> None:
    for number, earlier in enumerate((close, answer(status=503, crc=None))):
        server.will(earlier, answer(_ERROR, status=400, crc=None))

        outcome = _forward(f"datasource_{number}")

        assert (outcome.fate, outcome.may_be_kept) == (Fate.REFUSED, True)


def test_if_nothing_was_sent_tinybird_has_nothing(server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.will(answer(status=503, crc=None))
    assert _forward().may_be_kept
    assert not _forward().may_be_kept  # the circuit is open

    monkeypatch.setenv("PIXEL_TINYBIRD_URL", "http://127.0.0.1:1")
    container.forget_environment()
    refused = _forward(VISITOR_PAYMENTS)
    assert (refused.fate, refused.reason, refused.may_be_kept) == (Fate.RETRYABLE, "POST: NothingSentError", False)


def test_what_took_too_long_or_is_too_large_may_be_sent_in_parts(server: MisbehavingServer) -> None:
    server.will(hang)
    assert forward("silence", _ROWS, retry_policy_for(0.1)).timed_out
    server.will(answer(_PAGE, status=504, crc=None))
    assert _forward("504").timed_out
    server.will(answer(_PAGE, status=413, crc=None), _TAKEN)
    assert _forward("413").is_about_rows
    assert _forward("413").fate is Fate.ACCEPTED


def test_while_tinybird_rests_nobody_waits_for_it(server: MisbehavingServer, frozen: Frozen) -> None:
    server.will(answer(status=503, crc=None), answer(status=503, crc=None), answer(status=503, crc=None), _TAKEN)

    assert _forward().fate is Fate.RETRYABLE
    assert _forward().fate is Fate.RETRYABLE
    assert len(server.received) == 3
    frozen.move(2)

    assert _forward().fate is Fate.ACCEPTED
    assert _forward().fate is Fate.ACCEPTED


def test_one_datasource_s_rest_is_not_another_s(server: MisbehavingServer) -> None:
    server.will(answer(status=429, crc=None, headers={"Retry-After": "60"}), _TAKEN)

    assert _forward().retry_after_seconds == 60
    assert _forward(VISITOR_PAYMENTS).fate is Fate.ACCEPTED
