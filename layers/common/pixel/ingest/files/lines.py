"""Lines of a file of any size, compressed with gzip or not, in constant memory.

Each line comes with the place behind it, at which a later run can go on reading.
"""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from pixel.foundation.errors import ApiError, LoggableError
from pixel.http.request_bodies import too_large, unreadable

LINE_BYTES_MAX = 32 * 1024
_BEGINNING_CHARACTERS = 1024  # of a line that is too long, to find it by
_GZIP_ONLY = 31  # as zlib's window bits
_GZIP_MAGIC = b"\x1f\x8b"
_UNPACKED_BYTES_MAX = 256 * 1024  # at once, however well it is compressed
_BYTE_ORDER_MARK = "\ufeff"


class DamagedFileError(LoggableError):
    """The gzip is damaged. All lines before the damage have been read; those behind it cannot be."""


class Place(NamedTuple):
    """The place behind a line: the line's number, and the offset in the uncompressed file."""

    line: int = 0
    offset: int = 0


class Line(NamedTuple):
    """A line without its line break. Where there is an error, the text is for people only."""

    number: int
    end: int
    text: str
    error: ApiError | None = None


def recognise(stored: Iterator[bytes]) -> tuple[bool, Iterator[bytes]]:
    """Return whether the first bytes of a file are those of gzip, and the whole file."""
    beginning = b""
    for chunk in stored:
        beginning += chunk
        if len(beginning) >= len(_GZIP_MAGIC):
            break
    return beginning.startswith(_GZIP_MAGIC), chain([beginning], stored)


def unpack(stored: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress gzip of one member or several, in pieces of bounded size."""
    member, has_begun = zlib.decompressobj(_GZIP_ONLY), False
    try:
        for chunk in stored:
            waiting, has_more = chunk, False
            while waiting or has_more:
                if not has_begun and not (waiting := waiting.lstrip(b"\0")):
                    break  # zeros behind a member are padding
                has_begun = True
                piece = member.decompress(waiting, _UNPACKED_BYTES_MAX)
                yield piece
                waiting, has_more = member.unconsumed_tail, len(piece) == _UNPACKED_BYTES_MAX
                if member.eof:
                    waiting, has_more = member.unused_data, False
                    member, has_begun = zlib.decompressobj(_GZIP_ONLY), False
    except zlib.error:
        raise DamagedFileError(
            "The gzip is damaged behind the lines that were read; compress the file again."
        ) from None
    if has_begun:
        raise DamagedFileError("The gzip ends too early, behind the lines that were read; send the whole file.")


def skip(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield what follows the first `size` bytes."""
    for chunk in chunks:
        if size < len(chunk):
            yield chunk[size:] if size else chunk
        size -= min(size, len(chunk))


def read_lines(unpacked: Iterable[bytes], start: Place) -> Iterator[Line]:
    """Yield the lines of a file that is read from `start` on."""
    number, end = start
    held, dropped = b"", 0
    for chunk in unpacked:
        *whole, beginning = chunk.split(b"\n")
        if whole:
            whole[0] = held + whole[0]
            held = b""
        for content in whole:
            number += 1
            end += dropped + len(content) + 1
            yield _line(number, end, content, dropped)
            dropped = 0
        held += beginning
        if len(held) > LINE_BYTES_MAX + 1:  # with what might be the first half of CR LF
            dropped += len(held) - LINE_BYTES_MAX
            held = held[:LINE_BYTES_MAX]
    if held:
        yield _line(number + 1, end + dropped + len(held), held, dropped)


def _line(number: int, end: int, content: bytes, dropped: int) -> Line:
    content = content.removesuffix(b"\r")
    if dropped or len(content) > LINE_BYTES_MAX:
        beginning = content[: 4 * _BEGINNING_CHARACTERS].decode(errors="backslashreplace")
        return Line(number, end, beginning[:_BEGINNING_CHARACTERS], too_large(LINE_BYTES_MAX))
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Line(number, end, content.decode(errors="backslashreplace"), unreadable("The line must be UTF-8."))
    return Line(number, end, text.removeprefix(_BYTE_ORDER_MARK) if number == 1 else text)
