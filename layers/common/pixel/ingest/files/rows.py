"""The rows of an NDJSON or CSV file of events: each with its event, or the error that prevented reading one."""

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.http.request_bodies import InvalidJsonError, parse_json, unreadable
from pixel.ingest.files.csv_columns import Columns
from pixel.ingest.files.lines import LINE_BYTES_MAX, DamagedFileError, Line, Position

Names = tuple[str, ...]
_CSV_NAMES = (".csv", ".csv.gz")


class Row(NamedTuple):
    """A row of a file; a blank one has no text."""

    line: int  # its first line
    end: Position  # after its last line
    text: str
    event: Any = None
    error: ApiError | None = None  # in place of an event


class Header(NamedTuple):
    """The column names of a CSV file."""

    names: Names
    end: Position


class HeaderError(Exception):
    """The header of a file is invalid, so none of its rows can be read."""

    def __init__(self, row: Row, error: ApiError) -> None:
        super().__init__()
        self.row = row
        self.error = error


class Portion(NamedTuple):
    """Rows that are imported together, without blank ones, and the position after them."""

    rows: list[Row]
    end: Position


def is_csv(key: str) -> bool:
    return key.lower().endswith(_CSV_NAMES)


def ndjson_rows(lines: Iterator[Line]) -> Iterator[Row]:
    for number, offset, text, error in lines:
        end = Position(number, offset)
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
    """Return the header, or None if the file is empty. Raises HeaderError."""
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
    """Yield the rows after the header, with these column names."""
    columns = Columns.of(names)
    for row, cells in _records(lines):
        if row.error is not None or not row.text:
            yield row
            continue
        try:
            yield row._replace(event=columns.event_of(cells, lines=row.end.line - row.line + 1))
        except ApiError as failure:
            yield row._replace(error=failure)


def _records(lines: Iterator[Line]) -> Iterator[tuple[Row, Sequence[str]]]:
    """Yield each row with its cells.

    If a quote is not closed, only the line where its row begins is invalid, and reading resumes with the next line.
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
            yield source.reject_first_line(), ()
        else:
            yield source.row(), cells


def _not_csv() -> ApiError:
    sentence = 'The row must be valid CSV (RFC 4180); quote cells with a comma, a line break or a ", and double that ".'
    return field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)


def _unclosed() -> ApiError:
    sentence = (
        "A quote that opens in this row must be closed within 32 KB, before a comma or the end of a line; "
        'double a " within a cell.'
    )
    return field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)


class _UnfinishedError(Exception):
    pass


class _RecordLines:
    """The lines of a CSV reader, which takes as many as a record has."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._returned: deque[Line] = deque()
        self.begin()

    def begin(self) -> None:
        self._record: list[Line] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self._record.append(line)
        self._size += len(line.text.encode()) + 1
        if line.error is not None or self._size > LINE_BYTES_MAX + 1:
            raise _UnfinishedError
        return line.text + "\n"

    def row(self) -> Row:
        text = "\n".join(line.text for line in self._record)
        last = self._record[-1]
        return Row(self._record[0].number, Position(last.number, last.end), "" if text.isspace() else text)

    def reject_first_line(self) -> Row:
        """Return the first line of the record as an invalid row, and read the other lines again."""
        first, *others = self._record
        self._returned.extendleft(reversed(others))
        error = first.error or (_unclosed() if others else _not_csv())
        return Row(first.number, Position(first.number, first.end), first.text, error=error)


def portions(rows: Iterator[Row], start: Position, *, rows_max: Callable[[], int], bytes_max: int) -> Iterator[Portion]:
    """Yield the rows in portions, limited by rows, which may change, and by bytes of the uncompressed file."""
    collected: list[Row] = []
    begin = end = start
    try:
        for row in rows:
            if row.text or row.error is not None:
                collected.append(row)
            end = row.end
            if len(collected) >= rows_max() or end.offset - begin.offset >= bytes_max:
                yield Portion(collected, end)
                collected, begin = [], end
    except DamagedFileError:
        if end != begin:
            yield Portion(collected, end)
        raise
    if end != begin:
        yield Portion(collected, end)
