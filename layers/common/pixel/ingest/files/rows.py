"""Rows of a file of events, NDJSON or CSV: each with its event, or with the error for which it has none."""

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
    """A row of a file. A blank one has no text."""

    line: int  # its first
    end: Place  # behind its last line
    text: str
    event: Any = None
    error: ApiError | None = None  # in place of an event


class Header(NamedTuple):
    names: Names
    end: Place


class HeaderError(Exception):
    """The header of a file cannot be used, so none of its rows can."""

    def __init__(self, row: Row, error: ApiError) -> None:
        super().__init__()
        self.row = row
        self.error = error


class Portion(NamedTuple):
    """Rows that are imported together, without blank ones, and the place behind them."""

    rows: list[Row]
    end: Place


def is_csv(key: str) -> bool:
    return key.lower().endswith(_CSV_NAMES)


def ndjson_rows(lines: Iterator[Line]) -> Iterator[Row]:
    for number, offset, text, error in lines:
        end = Place(number, offset)
        if error is not None:
            yield Row(number, end, text, error=error)
        elif not text or text.isspace():
            yield Row(number, end, "")
        else:
            try:
                yield Row(number, end, text, parse_json(text))
            except InvalidJsonError as failure:
                yield Row(number, end, text, error=unreadable(str(failure)))


def read_header(lines: Iterator[Line]) -> Header | None:
    """Return the header, or None where the file is empty. Raises HeaderError."""
    for row, cells in _records(lines):
        if row.error is not None:
            raise HeaderError(row, row.error)
        if row.text:
            try:
                return Header(Columns.of(cells).names, row.end)
            except ApiError as failure:
                raise HeaderError(row, failure) from None
    return None


def csv_rows(lines: Iterator[Line], names: Names) -> Iterator[Row]:
    """Yield the rows below the header with these names."""
    columns = Columns.of(names)
    for row, cells in _records(lines):
        if row.error is not None or not row.text:
            yield row
            continue
        try:
            yield row._replace(event=columns.event_of(cells))
        except ApiError as failure:
            yield row._replace(error=failure)


def _records(lines: Iterator[Line]) -> Iterator[tuple[Row, Sequence[str]]]:
    """Yield each row with its cells.

    A quote that is opened and not closed spoils the lines up to the size limit of a row; reading goes on behind them.
    """
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
    sentence = (
        'The row must be CSV as in RFC 4180: cells with a comma, a line break or a " in ", and each such " doubled.'
    )
    return field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)


def _unclosed() -> ApiError:
    sentence = "A quote that this row opens must be closed within 32 KB."
    return field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)


class _UnfinishedError(Exception):
    pass


class _RecordLines:
    """Hands lines to the reader of CSV, which takes as many as a record has, and remembers those of the record."""

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
        return Row(self._first, self._end, "" if error is None and text.isspace() else text, error=error)


def portions(rows: Iterator[Row], start: Place, *, rows_max: int, bytes_max: int) -> Iterator[Portion]:
    """Yield the rows in portions of limited size, which is that in the uncompressed file with blank rows."""
    gathered: list[Row] = []
    begin = end = start
    try:
        for row in rows:
            if row.text or row.error is not None:
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
