"""Lines come out as they are in the file, however it is packed, cut, damaged or made, and memory stays flat."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.ingest.files.lines import (
    LINE_BYTES_MAX,
    DamagedFileError,
    Line,
    Position,
    decompress,
    detect_gzip,
    read_lines,
    refuse_utf_16,
    skip,
)

_CONTENTS = st.lists(st.binary(max_size=20) | st.just(b"\n") | st.just(b"\r\n")).map(b"".join)
_MEGABYTE = 1024 * 1024


def _cut(content: bytes, size: int = 7) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def _lines(content: bytes, start: Position = Position(), *, size: int = 7) -> list[Line]:  # noqa: B008 - it is constant
    return list(read_lines(_cut(content[start.offset :], size), start))


def _texts(content: bytes) -> list[str]:
    return [line.text for line in _lines(content)]


def _codes(lines: Iterable[Line]) -> list[str | None]:
    return [None if line.error is None else line.error.error.code for line in lines]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\nb\n", ["a", "b"]),
        (b"a\nb", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\r\nb\r", ["a", "b"]),
        (b"a\n\n\nb", ["a", "", "", "b"]),
        (b"a\rb\n", ["a\rb"]),
        (b"\xef\xbb\xbfa\nb", ["a", "b"]),
        (b"a\n\xef\xbb\xbfb", ["a", "\ufeffb"]),
        ("ä\n€\n😀".encode(), ["ä", "€", "😀"]),
    ],
)
def test_lines_end_in_lf_or_cr_lf_and_a_byte_order_mark_is_no_text(content: bytes, texts: list[str]) -> None:
    assert _texts(content) == texts


@given(content=_CONTENTS, size=st.integers(1, 30))
def test_lines_do_not_depend_on_where_chunks_are_cut(content: bytes, size: int) -> None:
    assert [line[:3] for line in _lines(content, size=size)] == [line[:3] for line in _lines(content, size=10_000)]


@given(content=_CONTENTS, size=st.integers(1, 30))
def test_reading_goes_on_behind_any_line(content: bytes, size: int) -> None:
    whole = [line[:3] for line in _lines(content)]

    for position, line in enumerate(_lines(content)):
        rest = _lines(content, Position(line.number, line.end), size=size)
        assert [line[:3] for line in rest] == whole[position + 1 :]


@given(content=_CONTENTS)
def test_the_last_line_ends_where_the_file_ends(content: bytes) -> None:
    ends = [line.end for line in _lines(content)]

    assert ends[-1:] == ([len(content)] if content else [])


def test_a_line_that_is_not_utf_8_is_a_bad_line_and_no_bad_file() -> None:
    before, bad, behind = _lines(b"a\n\xff\xfeb\nc\n")

    assert (before.text, behind.text) == ("a", "c")
    assert bad.text == "\\xff\\xfeb"
    assert bad.error is not None
    assert bad.error.details == {
        "fields": [{"path": "body", "code": "invalid", "message": "The line must be UTF-8."}],
    }


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""])
@pytest.mark.parametrize("size", [1000, LINE_BYTES_MAX, LINE_BYTES_MAX + 1, _MEGABYTE])
def test_a_line_may_have_32_kb_and_no_byte_more(size: int, ending: bytes) -> None:
    content = b"a\n" + b"x" * LINE_BYTES_MAX + b"\n" + b"x" * (LINE_BYTES_MAX + 1) + b"\nb\n" + b"x" * 99_999 + ending

    lines = _lines(content, size=size)

    assert _codes(lines) == [None, None, "payload_too_large", None, "payload_too_large"]
    assert [len(line.text) for line in lines] == [1, LINE_BYTES_MAX, 1024, 1, 1024]
    assert [line.number for line in lines] == [1, 2, 3, 4, 5]
    assert lines[-1].end == len(content)
    assert lines[2].error is not None
    assert lines[2].error.details == {"limit_bytes": LINE_BYTES_MAX}


def test_a_line_of_32_kb_may_end_in_cr_lf() -> None:
    assert _codes(_lines(b"x" * LINE_BYTES_MAX + b"\r\n", size=LINE_BYTES_MAX + 1)) == [None]


def _until_the_damage[Part](parts: Iterable[Part]) -> tuple[list[Part], str]:
    read: list[Part] = []
    try:
        read.extend(parts)
    except DamagedFileError as failure:
        return read, str(failure)
    pytest.fail("there is no damage")


def _unpacked(packed: bytes, size: int = 7) -> bytes:
    return b"".join(decompress(_cut(packed, size)))


@given(content=_CONTENTS, size=st.integers(1, 30))
def test_what_is_packed_is_known_by_its_first_bytes(content: bytes, size: int) -> None:
    is_packed, stored = detect_gzip(_cut(content, size))

    assert is_packed == content.startswith(b"\x1f\x8b")
    assert b"".join(stored) == content


@given(
    members=st.lists(st.binary(max_size=2000), min_size=1, max_size=4), size=st.integers(1, 3000), zeros=st.just(512)
)
def test_gzip_is_unpacked_member_by_member(members: list[bytes], size: int, zeros: int) -> None:
    packed = b"".join(map(gzip.compress, members))

    assert _unpacked(packed, size) == b"".join(members)
    assert _unpacked(packed + b"\0" * zeros, size) == b"".join(members)


@given(content=_CONTENTS, cut_off=st.integers(1, 18))
def test_a_gzip_that_ends_too_early_is_told_behind_what_was_read(content: bytes, cut_off: int) -> None:
    packed = gzip.compress(content)[:-cut_off]

    read, reason = _until_the_damage(decompress(_cut(packed)))

    assert content.startswith(b"".join(read))
    assert "ends early" in reason


@pytest.mark.parametrize("damage", [b"no gzip", b"\x1f\x8b\x08"])
def test_what_stands_behind_a_gzip_and_is_none_is_told(damage: bytes) -> None:
    read, _ = _until_the_damage(decompress(_cut(gzip.compress(b"content") + damage)))

    assert b"".join(read) == b"content"


def test_a_gzip_whose_checksum_is_wrong_is_damaged() -> None:
    packed = bytearray(gzip.compress(b"content" * 100))
    packed[-6] ^= 1

    with pytest.raises(DamagedFileError, match="damaged"):
        _unpacked(bytes(packed))


def test_whole_lines_before_the_damage_are_read_and_half_a_line_is_not() -> None:
    packed = zlib.compressobj(wbits=31)
    content = packed.compress(b"a\nb\nhal") + packed.flush(zlib.Z_SYNC_FLUSH)

    read, _ = _until_the_damage(read_lines(decompress(_cut(content)), Position()))

    assert [line.text for line in read] == ["a", "b"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_a_file_of_wider_characters_is_refused_as_a_whole(encoding: str) -> None:
    for size in (1, 2, 100):
        with pytest.raises(DamagedFileError, match="save it as UTF-8"):
            refuse_utf_16(_cut("website_id,name\n".encode(encoding), size))


@given(content=st.text(st.characters(codec="utf-8", exclude_characters="\0")), size=st.integers(1, 30))
def test_a_file_in_utf_8_is_not_refused(content: str, size: int) -> None:
    for encoded in (content.encode(), content.encode("utf-8-sig")):
        assert b"".join(refuse_utf_16(_cut(encoded, size))) == encoded


@given(content=st.binary(max_size=100), size=st.integers(1, 30), skipped=st.integers(0, 120))
def test_a_beginning_can_be_skipped(content: bytes, size: int, skipped: int) -> None:
    assert b"".join(skip(_cut(content, size), skipped)) == content[skipped:]


def test_a_bomb_takes_no_memory() -> None:
    """50 MB without a line's end in 50 KB, and a good line behind them."""
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(b"x" * _MEGABYTE) for _ in range(50)) + packer.compress(b"\na") + packer.flush()

    tracemalloc.start()
    try:
        lines = list(read_lines(decompress(_cut(bomb, 65_536)), Position()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert _codes(lines) == ["payload_too_large", None]
    assert lines[-1].end == 50 * _MEGABYTE + 2
    assert peak < 4 * _MEGABYTE
