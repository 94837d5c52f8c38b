"""The lines of a file of any size, optionally compressed with gzip, read in constant memory.

Each line has the position after it, where a later run can resume.
"""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from pixel.foundation.errors import ApiError, LoggableError
from pixel.http.request_bodies import too_large, unreadable

LINE_BYTES_MAX = 32 * 1024
_BEGINNING_CHARACTERS = 1024  # kept of a line that is too long, to identify it
_GZIP_ONLY = 31  # the window bits of zlib
_GZIP_MAGIC = b"\x1f\x8b"
_DECOMPRESSED_BYTES_MAX = 256 * 1024  # at a time, so that memory stays bounded
_BYTE_ORDER_MARK = "\ufeff"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class DamagedFileError(LoggableError):
    """The file cannot be read from some point on, such as damaged gzip data. All lines before it were read."""


class Position(NamedTuple):
    """The position after a line: the number of the line, and the offset in the uncompressed file."""

    line: int = 0
    offset: int = 0


class Line(NamedTuple):
    """A line without its line break. If there is an error, the text is only for display."""

    number: int
    end: int
    text: str
    error: ApiError | None = None


def detect_gzip(stored: Iterator[bytes]) -> tuple[bool, Iterator[bytes]]:
    """Return whether a file begins like gzip, and the chunks of the whole file."""
    beginning, chunks = _peek(stored, len(_GZIP_MAGIC))
    return beginning.startswith(_GZIP_MAGIC), chunks


def decompress(stored: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress gzip data with any number of members, in pieces of bounded size."""
    member, has_begun = zlib.decompressobj(_GZIP_ONLY), False
    try:
        for chunk in stored:
            pending, has_more = chunk, False
            while pending or has_more:
                if not has_begun and not (pending := pending.lstrip(b"\0")):
                    break  # zeros after a member are padding
                has_begun = True
                piece = member.decompress(pending, _DECOMPRESSED_BYTES_MAX)
                yield piece
                pending, has_more = member.unconsumed_tail, len(piece) == _DECOMPRESSED_BYTES_MAX
                if member.eof:
                    pending, has_more = member.unused_data, False
                    member, has_begun = zlib.decompressobj(_GZIP_ONLY), False
    except zlib.error:
        raise DamagedFileError(
            "The gzip data is damaged after the last line that was read; compress the file again."
        ) from None
    if has_begun:
        raise DamagedFileError("The gzip data ends early, after the last line that was read; upload the complete file.")


def refuse_utf_16(decompressed: Iterator[bytes]) -> Iterator[bytes]:
    """Return the chunks of a file. Raises DamagedFileError if it begins like UTF-16 or UTF-32, even without a mark."""
    beginning, chunks = _peek(decompressed, 2)
    if beginning[:2] in _UTF_16_MARKS or b"\0" in beginning[:2]:
        raise DamagedFileError("The file is UTF-16 or UTF-32; save it as UTF-8 and upload it again.")
    return chunks


def _peek(chunks: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """Return the beginning of a file, of at least `size` bytes if it has them, and the chunks of the whole file."""
    beginning = b""
    for chunk in chunks:
        beginning += chunk
        if len(beginning) >= size:
            break
    return beginning, chain([beginning], chunks)


def skip(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the content after the first `size` bytes."""
    for chunk in chunks:
        if size < len(chunk):
            yield chunk[size:] if size else chunk
        size -= min(size, len(chunk))


def read_lines(decompressed: Iterable[bytes], start: Position) -> Iterator[Line]:
    """Yield the lines of a file from the position `start` on."""
    number, end = start
    held, dropped = b"", 0
    for chunk in decompressed:
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
        if len(held) > LINE_BYTES_MAX + 1:  # plus one byte for a possible CR
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
