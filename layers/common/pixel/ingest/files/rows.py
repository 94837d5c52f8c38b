"""Rows of a file of events, each with what stands in it or what is wrong with it: NDJSON, or CSV with a header."""

import csv
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.http.request_bodies import InvalidJsonError, parse_json, unreadable
from pixel.ingest.files.csv_columns import Columns
from pixel.ingest.files.lines import LINE_BYTES_MAX, DamagedFileError, Line, Place

Names = tuple[str, ...]
_CSV_NAMES = (".csv", ".csv.gz")


class Row(NamedTuple):
    """`line` is the row's first line; `end` is behind its last one. A blank row has no text."""

    line: int
    end: Place
    text: str
    given: Any = None  # parsed, or the ApiError that says why not


class Header(NamedTuple):
    names: Names
    end: Place


class HeaderError(Exception):
    """Without a header that can be read, no row of the file can."""

    def __init__(self, row: Row, error: ApiError) -> None:
        super().__init__()
        self.row = row
        self.error = error


class Portion(NamedTuple):
    """Rows that are dealt with together, without blank ones; and where the next begin."""

    rows: list[Row]
    end: Place


def is_csv(key: str) -> bool:
    return key.lower().endswith(_CSV_NAMES)


def ndjson_rows(lines: Iterator[Line]) -> Iterator[Row]:
    for number, offset, text, error in lines:
        end = Place(number, offset)
        if error is not None:
            yield Row(number, end, text, error)
        elif not text or text.isspace():
            yield Row(number, end, "")
        else:
            yield Row(number, end, text, _parsed(text))


def _parsed(text: str) -> Any:
    try:
        return parse_json(text)
    except InvalidJsonError as failure:
        return unreadable(str(failure))


def read_header(lines: Iterator[Line]) -> Header | None:
    """None where there is nothing in the file."""
    for row, cells in _records(lines):
        if row.given is not None:
            raise HeaderError(row, row.given)
        if row.text:
            try:
                return Header(Columns.of(cells).names, row.end)
            except ApiError as failure:
                raise HeaderError(row, failure) from None
    return None


def csv_rows(lines: Iterator[Line], names: Names) -> Iterator[Row]:
    """Those below the header."""
    columns = Columns.of(names)
    for row, cells in _records(lines):
        yield row if row.given is not None or not row.text else row._replace(given=columns.event_of(cells))


def _records(lines: Iterator[Line]) -> Iterator[tuple[Row, Sequence[str]]]:
    """Each with its cells. A quote that is opened and not closed costs the lines up to the limit of a row, and no
    more: a row behind them is read again from its beginning."""
    source = _RecordLines(lines)
    reader = csv.reader(source, strict=True)
    while True:
        source.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _UnfinishedError):
            yield source.row(source.error or _not_csv()), ()
        else:
            yield source.row(None), cells


def _not_csv() -> ApiError:
    sentence = 'Write the row as RFC 4180 has it: a cell with a comma, a line break or a " in ", and each such " twice.'
    return field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)


def _unclosed() -> ApiError:
    sentence = "Close the quote that is opened in this row; a row has at most 32 KB."
    return field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)


class _UnfinishedError(Exception):
    pass


class _RecordLines:
    """Hands one line after another to the reader of CSV, which takes as many as a record has."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self.begin()

    def begin(self) -> None:
        self._first = 0
        self._texts: list[str] = []
        self._size = 0
        self.error: ApiError | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._first = self._first or line.number
        self._end = Place(line.number, line.end)
        self._texts.append(line.text)
        self._size += len(line.text.encode()) + 1
        self.error = line.error
        if self._size > LINE_BYTES_MAX + 1:
            self.error = self.error or _unclosed()
        if self.error is not None:
            raise _UnfinishedError
        return line.text + "\n"

    def row(self, error: ApiError | None) -> Row:
        text = "\n".join(self._texts)
        return Row(self._first, self._end, "" if error is None and text.isspace() else text, error)


def portions(rows: Iterator[Row], start: Place, *, rows_max: int, bytes_max: int) -> Iterator[Portion]:
    """Bytes are those of the unpacked file, blank rows included."""
    gathered: list[Row] = []
    begin = end = start
    try:
        for row in rows:
            if row.text or row.given is not None:
                gathered.append(row)
            end = row.end
            if len(gathered) == rows_max or end.offset - begin.offset >= bytes_max:
                yield Portion(gathered, end)
                gathered, begin = [], end
    except DamagedFileError:
        if end != begin:
            yield Portion(gathered, end)
        raise
    if end != begin:
        yield Portion(gathered, end)
