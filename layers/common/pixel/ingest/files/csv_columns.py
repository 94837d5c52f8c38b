"""The columns of a CSV file of events, and the conversion of its rows to events.

An empty cell omits the field. Cells of numeric and boolean fields are converted if they have the right form, so that a
row means the same as the event in JSON. All other cells are text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from pixel.events.models import FIELD_NAMES
from pixel.foundation.errors import ErrorCode, FieldErrors, field_error

_OBJECTS = ("properties", "traits")
_FIELDS = FIELD_NAMES - {*_OBJECTS}
_REQUIRED = ("website_id", "name")
_COLUMNS_MAX = 200
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?", re.ASCII)  # a float represents it exactly
_BOOLEANS = {"true": True, "false": False}
_OTHER_SEPARATORS = re.compile(r"[;\t|]")


def _whole(cell: str) -> int | str:
    return int(cell) if _WHOLE.fullmatch(cell) else cell


def _decimal(cell: str) -> float | str:
    if not _DECIMAL.fullmatch(cell):
        return cell
    return float(cell) if "." in cell else int(cell)


def _boolean(cell: str) -> bool | str:
    return _BOOLEANS.get(cell.lower(), cell)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "amount": _decimal,
    "value": _decimal,
    "quantity": _whole,
    "timestamp": _whole,
    "refund": _boolean,
}


class Columns(NamedTuple):
    """The columns of a file by type, each with its index in a row."""

    names: tuple[str, ...]
    plain: tuple[tuple[int, str], ...]  # text fields
    read: tuple[tuple[int, str, Callable[[str], Any]], ...]  # other fields, with their readers
    keys: tuple[tuple[int, str, str], ...]  # keys of `properties` or `traits`

    @classmethod
    def of(cls, header: Sequence[str]) -> Self:
        """Read a header. Raises ApiError, which names all invalid columns."""
        names = tuple(name.strip() for name in header)
        _check(names)
        numbered = list(enumerate(names))
        return cls(
            names,
            tuple((place, name) for place, name in numbered if name in _FIELDS and name not in _READERS),
            tuple((place, name, _READERS[name]) for place, name in numbered if name in _READERS),
            tuple((place, *_key_of(name)) for place, name in numbered if name not in _FIELDS),
        )

    def event_of(self, cells: Sequence[str], *, lines: int) -> dict[str, Any]:
        """Return the event of a row of so many lines. Raises ApiError if it does not have a cell for each column."""
        if len(cells) != len(self.names):
            sentence = f"The row must have as many cells as the header has columns: {len(self.names)}."
            if lines > 1:
                sentence += f" It spans {lines} lines, so a closing quote may be missing."
            raise field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)
        event: dict[str, Any] = {name: cells[place] for place, name in self.plain if cells[place]}
        for place, name, read in self.read:
            if cells[place]:
                event[name] = read(cells[place])
        for place, name, key in self.keys:
            if cells[place]:
                event.setdefault(name, {})[key] = cells[place]
        return event


def _key_of(name: str) -> tuple[str, str]:
    before, _, key = name.partition(".")
    return before, key


def _check(names: Sequence[str]) -> None:
    faults = FieldErrors()
    if len(names) == 1 and _OTHER_SEPARATORS.search(names[0]):
        faults.add("header", "invalid", "Columns must be separated by commas.")
        faults.raise_any(ErrorCode.INVALID_BODY)
    if len(names) > _COLUMNS_MAX:
        faults.add("header", "too_long", f"A file must have at most {_COLUMNS_MAX} columns.")
        faults.raise_any(ErrorCode.INVALID_BODY)
    for number, name in enumerate(names, 1):
        column = f"column {number}"
        before, key = _key_of(name)
        if not name:
            faults.add(column, "missing", "Every column must have a name.")
        elif name not in _FIELDS and not (before in _OBJECTS and key):
            faults.add(
                column, "unknown", "A column must be a field of an event, properties.<key> or traits.<key>; remove it."
            )
        elif name in names[: number - 1]:
            faults.add(column, "invalid", "The name of a column must be unique.")
    for name in _REQUIRED:
        if name not in names:
            faults.add(name, "missing", f"The column `{name}` is required.")
    faults.raise_any(ErrorCode.INVALID_BODY)
