"""Rows as CSV (RFC 4180), for callers that ask for it by `format=csv` or by an Accept header.

Numbers stay the text that Tinybird sent, so none changes on its way. An array is one value, written as JSON.
"""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

MEDIA_TYPE = "text/csv; charset=utf-8"
FORMATS = ("json", "csv")
_JSON_TYPES = ("application/json", "application/*", "*/*")
_CSV_TYPES = ("text/csv", "text/*", "*/*")


class Number(str):
    """A number as it stands in JSON."""

    __slots__ = ()


def is_wanted(chosen: str | None, accept: str | None) -> bool:
    """Return whether to answer CSV: by the parameter `format`, else if the Accept header prefers it to JSON."""
    if chosen is not None:
        return chosen == "csv"
    qualities = dict(map(_quality, (accept or "").lower().split(",")))
    return _preference(qualities, _CSV_TYPES) > _preference(qualities, _JSON_TYPES)


def to_csv(columns: list[str], rows: Iterable[dict[str, Any]]) -> str:
    """Return a header line and a line for each row. Their numbers are Numbers."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _to_json(value)


def _to_json(value: object) -> str:
    """Return the value as JSON, with its numbers unchanged."""
    match value:
        case Number():
            return value
        case list():
            return f"[{','.join(map(_to_json, value))}]"
        case dict():
            return f"{{{','.join(f'{json.dumps(name)}:{_to_json(inner)}' for name, inner in value.items())}}}"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _quality(entry: str) -> tuple[str, float]:
    """Return the media type of an entry of an Accept header, and how much it is wanted, from 0 to 1."""
    media_type, *parameters = (part.strip() for part in entry.split(";"))
    given = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    try:
        return media_type, float(given)
    except ValueError:
        return media_type, 0.0


def _preference(qualities: dict[str, float], media_types: Iterable[str]) -> float:
    """Return the quality of the first media type that the header names, from the most exact on."""
    return next((qualities[media_type] for media_type in media_types if media_type in qualities), 0.0)
