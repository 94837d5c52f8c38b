"""Answers of HTTP/1.1 as they come over a connection: a head, then a body of a stated length or in chunks.

Whatever is not plainly one of the two is a broken answer: half of one must never pass for a whole one.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from pixel.foundation.errors import LoggableError

_HEAD_BYTES_MAX = 64 * 1024
_LINE_BYTES_MAX = 8 * 1024  # in a chunked body: a size, or a trailer
RECEIVED_BYTES_MAX = 64 * 1024  # at once
_STATUS_LINE = re.compile(r"HTTP/1\.([01]) (\d{3})(?: |$)", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,12})[ \t]*(?:;|$)")
_WITHOUT_BODY = {204, 304}


class HttpError(LoggableError):
    """No answer that can be trusted. Unless no connection could be opened, what was asked may have been done."""


class NoConnectionError(HttpError):
    """Nothing was sent."""


class AnswerTimeoutError(HttpError):
    pass


class BrokenAnswerError(HttpError):
    """The connection ended, or what came over it is no answer."""


class AnswerTooLargeError(HttpError):
    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"{status} with a body that is too large")


class Head(NamedTuple):
    status: int
    headers: Mapping[str, str]  # names in lower case; several of one name are joined by commas
    may_be_kept: bool  # the connection, once the body has been read

    @property
    def has_chunks(self) -> bool:
        return "transfer-encoding" in self.headers

    @property
    def body_bytes(self) -> int:
        """Unless it has chunks."""
        if self.status in _WITHOUT_BODY:
            return 0
        stated = self.headers.get("content-length", "")
        if not _LENGTH.fullmatch(stated):
            raise BrokenAnswerError("a body without a length")
        return int(stated)


class Incoming:
    """Bytes that have come, and more by `receive`, which gives none once the connection has ended."""

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive
        self._held = b""
        self._place = 0  # what stands before it has been given

    @property
    def is_empty(self) -> bool:
        return self._place == len(self._held)

    def some(self, bytes_max: int) -> bytes:
        """At least one byte."""
        if self.is_empty:
            self._held, self._place = self._more(), 0
        return self._give(min(len(self._held), self._place + bytes_max))

    def until(self, end: bytes, bytes_max: int) -> bytes:
        """Without the end itself."""
        while (place := self._held.find(end, self._place)) < 0 and len(self._held) - self._place <= bytes_max:
            self._held, self._place = self._held[self._place :] + self._more(), 0
        if not 0 <= place - self._place <= bytes_max:
            raise BrokenAnswerError("a head or a line that does not end")
        found = self._give(place)
        self._place += len(end)
        return found

    def _give(self, end: int) -> bytes:
        found, self._place = self._held[self._place : end], end
        return found

    def _more(self) -> bytes:
        received = self._receive(RECEIVED_BYTES_MAX)
        if not received:
            raise BrokenAnswerError("the connection ended before the answer")
        return received


def read_head(incoming: Incoming) -> Head:
    head = _read_head(incoming)
    while 100 <= head.status < 200:  # a word in between
        head = _read_head(incoming)
    return head


def _read_head(incoming: Incoming) -> Head:
    first, *lines = incoming.until(b"\r\n\r\n", _HEAD_BYTES_MAX).decode("latin-1").split("\r\n")
    status_line = _STATUS_LINE.match(first)
    if status_line is None:
        raise BrokenAnswerError("no answer of HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name.strip() != name:
            raise BrokenAnswerError("a header that is none")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if headers.get("transfer-encoding", "chunked").lower() != "chunked":
        raise BrokenAnswerError("an unknown transfer encoding")
    # With both it may be a second answer, smuggled in behind the first: nothing more is read from there.
    is_clear = not ("transfer-encoding" in headers and "content-length" in headers)
    keeps = status_line[1] == "1" and "close" not in headers.get("connection", "").lower()
    return Head(int(status_line[2]), headers, is_clear and keeps)


class Body:
    """Read piece by piece."""

    def __init__(self, incoming: Incoming, head: Head) -> None:
        self._incoming = incoming
        self._has_chunks = head.has_chunks
        self._left = 0 if head.has_chunks else head.body_bytes  # of the chunk, or of all
        self.is_at_end = False
        if not self._left:
            self._go_on()

    def read(self, bytes_max: int) -> bytes:
        """As much as has come, hence of any size; nothing at the end."""
        if self.is_at_end:
            return b""
        found = self._incoming.some(min(bytes_max, self._left))
        self._left -= len(found)
        if not self._left:
            self._end_part()
        return found

    def _end_part(self) -> None:
        if self._has_chunks and self._incoming.until(b"\r\n", _LINE_BYTES_MAX):
            raise BrokenAnswerError("a chunk that is longer than stated")
        self._go_on()

    def _go_on(self) -> None:
        """To the next chunk, if there are any."""
        if self._has_chunks:
            size = _CHUNK_SIZE.match(self._incoming.until(b"\r\n", _LINE_BYTES_MAX))
            if size is None:
                raise BrokenAnswerError("a chunk without a size")
            self._left = int(size[1], 16)
            while not self._left and self._incoming.until(b"\r\n", _LINE_BYTES_MAX):
                pass  # trailers, which nobody reads
        self.is_at_end = not self._left
