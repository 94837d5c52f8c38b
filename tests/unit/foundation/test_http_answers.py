"""An answer is read as it was meant, however it is cut on its way; half of one never passes for a whole one."""

import http.client
import io
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.foundation.http_answers import Body, BrokenAnswerError, Head, Incoming, read_head

_BODIES = st.binary(max_size=300)
_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True).filter(
    lambda name: name.lower() not in {"content-length", "transfer-encoding", "connection"}
)
_VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


def _incoming(pieces: Sequence[bytes]) -> Incoming:
    left = list(pieces)
    return Incoming(lambda _bytes_max: left.pop(0) if left else b"")


def _read(*pieces: bytes, at_once: int = 1000) -> tuple[Head, bytes]:
    incoming = _incoming(pieces)
    head = read_head(incoming)
    body = Body(incoming, head)
    content = b"".join(iter(lambda: body.read(at_once), b""))
    assert body.is_at_end
    assert incoming.is_empty
    return head, content


def _cut(message: bytes, places: Sequence[int]) -> Iterator[bytes]:
    before = 0
    for place in sorted({place % (len(message) or 1) for place in places} - {0}):
        yield message[before:place]
        before = place
    yield message[before:]


def _with_length(body: bytes, headers: Sequence[tuple[str, str]] = (), status: int = 200) -> bytes:
    lines = [f"HTTP/1.1 {status} Fine", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def _in_chunks(body: bytes, sizes: Sequence[int], *, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    message = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    place = 0
    for size in (*sizes, len(body)):
        if piece := body[place : place + size]:
            message += f"{len(piece):x}".encode() + extension + b"\r\n" + piece + b"\r\n"
        place += size
    return message + b"0\r\n" + trailers + b"\r\n"


class _Wire:
    """What http.client takes for a socket."""

    def __init__(self, message: bytes) -> None:
        self._message = message

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._message)


def _as_the_standard_library_reads(message: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    read = http.client.HTTPResponse(cast(Any, _Wire(message)))
    read.begin()
    return read.status, read.getheaders(), read.read()


@given(_BODIES, st.lists(st.tuples(_NAMES, _VALUES), max_size=6), st.sampled_from([200, 206, 400, 503]), st.data())
def test_an_answer_with_a_length_is_read_as_the_standard_library_reads_it(
    body: bytes, headers: list[tuple[str, str]], status: int, data: st.DataObject
) -> None:
    message = _with_length(body, headers, status)
    cuts = data.draw(st.lists(st.integers(0, len(message)), max_size=8))

    head, content = _read(*_cut(message, cuts), at_once=data.draw(st.integers(1, 400)))

    its_status, its_headers, its_content = _as_the_standard_library_reads(message)
    assert (head.status, content) == (its_status, its_content) == (status, body)
    for name in {name.lower() for name, _ in its_headers}:
        assert head.headers[name] == ", ".join(value for its, value in its_headers if its.lower() == name)
    assert head.may_be_kept


@given(
    _BODIES,
    st.lists(st.integers(1, 80), max_size=6),
    st.sampled_from([b"", b' ; name="value"']),
    st.sampled_from([b"", b"X-Sum: 1\r\nX-More: 2\r\n"]),
    st.data(),
)
def test_an_answer_in_chunks_is_read_as_the_standard_library_reads_it(
    body: bytes, sizes: list[int], extension: bytes, trailers: bytes, data: st.DataObject
) -> None:
    message = _in_chunks(body, sizes, extension=extension, trailers=trailers)
    cuts = data.draw(st.lists(st.integers(0, len(message)), max_size=8))

    _, content = _read(*_cut(message, cuts), at_once=data.draw(st.integers(1, 400)))

    assert content == _as_the_standard_library_reads(message)[2] == body


@pytest.mark.parametrize(
    "message", [_with_length(b"whole", [("X-A", "1")]), _in_chunks(b"whole", [2], trailers=b"T: 1\r\n")]
)
def test_an_answer_that_ends_too_early_is_never_a_whole_one(message: bytes) -> None:
    for end in range(len(message)):
        with pytest.raises(BrokenAnswerError):
            _read(message[:end])


@pytest.mark.parametrize(
    "message",
    [
        b"<html>busy</html>\r\n\r\n",
        b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nFolded: a\r\n b: c\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: 1\r\nContent-Length: 0\r\n\r\n",
        *[
            b"HTTP/1.1 200 OK\r\nContent-Length: " + length + b"\r\n\r\nab"
            for length in (b"", b"-2", b"+2", b"2.0", b"two", b"2, 2", "²".encode("latin-1"))
        ],
        b"HTTP/1.1 200 OK\r\n\r\nuntil the connection ends",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        *[
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
            for chunks in (
                b"x\r\n",
                b"\r\n",
                b"-1\r\na",
                b"0x1\r\na\r\n0\r\n\r\n",
                b"1\r\nab\r\n0\r\n\r\n",
                b"1" * 13 + b"\r\n",
                b"1" * 9000,
            )
        ],
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_what_is_not_plainly_an_answer_is_refused(message: bytes) -> None:
    with pytest.raises(BrokenAnswerError):
        _read(message)


@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body_whatever_they_state(status: int) -> None:
    head, content = _read(f"HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\n".encode())

    assert (head.status, content) == (status, b"")


def test_a_word_in_between_is_passed_over() -> None:
    head, content = _read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\n" + _with_length(b"it"))

    assert (head.status, content, "link" in head.headers) == (200, b"it", False)


@pytest.mark.parametrize(
    ("head", "may_be_kept"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0", False),
        (b"HTTP/1.1 200 OK\r\nConnection: foo, close\r\nContent-Length: 0", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3", False),
    ],
)
def test_a_connection_is_kept_unless_the_answer_says_or_hints_otherwise(head: bytes, *, may_be_kept: bool) -> None:
    body = b"0\r\n\r\n" if b"chunked" in head else b""

    assert _read(head + b"\r\n\r\n" + body)[0].may_be_kept == may_be_kept
