"""Convert NDJSON to rows, and rows that do not fit to quarantined ones."""

import json
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from local.tinybird.column_types import Check, check_of, is_nullable
from local.tinybird.datafiles import Column, Datasource
from local.tinybird.errors import ApiError, ProjectError

_STEP = re.compile(r"\.(?P<key>[A-Za-z0-9_\-]+)|\[(?P<all>:)\]")
_MISSING = object()
_ABOUT_EVENTS = "/api-reference/events-api"


class Quarantined(NamedTuple):
    columns: list[str]
    errors: list[str]
    values: Mapping[str, str | None]


class Batch(NamedTuple):
    rows: list[str]  # JSON, as ClickHouse reads it
    quarantined: list[Quarantined]


class _Field(NamedTuple):
    column: Column
    extract: Callable[[Any], Any]
    check: Check
    may_be_missing: bool


class RowReader:
    """Reads rows of a datasource, with its columns prepared once."""

    def __init__(self, datasource: Datasource) -> None:
        self._fields = [
            _Field(
                column,
                _extractor(datasource, column),
                check_of(column.type),
                bool(column.default) or is_nullable(column.type),
            )
            for column in datasource.columns
            if column.json_path
        ]
        self.is_fed_by_events = bool(self._fields)

    def read(self, body: bytes, *, is_ndjson: bool) -> Batch:
        batch = Batch([], [])
        for record in _records(body, is_ndjson=is_ndjson):
            self._read_record(record, batch)
        return batch

    def quarantine(self, row: str, error: str) -> Quarantined:
        """Return the quarantined form of a row that ClickHouse refuses although it was read."""
        values = json.loads(row)
        return Quarantined([], [error], {name: _text(value) for name, value in values.items()})

    def _read_record(self, record: Any, batch: Batch) -> None:
        row: dict[str, Any] = {}
        found: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for column, extract, check, may_be_missing in self._fields:
            value = found[column.name] = extract(record)
            if value is _MISSING or value is None:
                if not may_be_missing:
                    wrong[column.name] = f"value 'null' on column '{column.name}' is not {column.type}"
            elif check(value):
                row[column.name] = value
            else:
                wrong[column.name] = f"value '{_text(value)}' on column '{column.name}' is not {column.type}"
        if wrong:
            values = {name: None if value is _MISSING else _text(value) for name, value in found.items()}
            batch.quarantined.append(Quarantined(list(wrong), list(wrong.values()), values))
        else:
            batch.rows.append(json.dumps(row))


def inflate(body: bytes, bytes_max: int) -> bytes:
    """Decompress gzip, up to one byte beyond the limit, which shows that it is exceeded."""
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = inflater.decompress(body, bytes_max + 1)
    except zlib.error as failure:
        raise ApiError(400, f"The body is not gzip: {failure}", documentation=_ABOUT_EVENTS) from failure
    if not inflater.eof and len(content) <= bytes_max:
        raise ApiError(400, "The body is not gzip: it ends early", documentation=_ABOUT_EVENTS)
    return content


def _records(body: bytes, *, is_ndjson: bool) -> list[Any]:
    """Parse the body; a line that is not a JSON object fails the whole request.

    Tinybird documents 400 as "no data has been inserted", and quarantine for rows that do not fit the schema. A line
    that cannot be parsed has no columns to quarantine.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as failure:
        raise ApiError(400, f"The body is not UTF-8: {failure}", documentation=_ABOUT_EVENTS) from failure
    if is_ndjson:
        lines = enumerate(text.split("\n"), 1)
        records = [_read_json(line, number) for number, line in lines if line.strip()]
    else:
        records = _one_or_many(_read_json(text, 1))
    if not records:
        raise ApiError(400, "The body holds no events", documentation=_ABOUT_EVENTS)
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise ApiError(400, f"Invalid event {number}: not a JSON object", documentation=_ABOUT_EVENTS)
    return records


def _read_json(text: str, line: int) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as failure:
        raise ApiError(400, f"Invalid JSON on line {line}: {failure}", documentation=_ABOUT_EVENTS) from failure


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _one_or_many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _extractor(datasource: Datasource, column: Column) -> Callable[[Any], Any]:
    path = column.json_path or ""
    steps = list(_STEP.finditer(path[1:]))
    if not path.startswith("$") or sum(len(step[0]) for step in steps) != len(path) - 1:
        line = datasource.line_of(rf"`?{column.name}`?\s")
        raise ProjectError(datasource.file, line, f"the stand-in does not support the JSON path {path!r}")
    if not steps:
        return json.dumps
    keys = [step["key"] for step in steps]

    def extract(record: Any) -> Any:
        return _follow(record, keys)

    return extract


def _follow(value: Any, keys: list[str | None]) -> Any:
    for index, key in enumerate(keys):
        if key is None:
            if not isinstance(value, list):
                return value
            items = [_follow(item, keys[index + 1 :]) for item in value]
            return [None if item is _MISSING else item for item in items]
        if not isinstance(value, dict) or key not in value:
            return _MISSING
        value = value[key]
    return value


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
