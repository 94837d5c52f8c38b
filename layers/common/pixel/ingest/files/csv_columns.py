"""The header of a CSV file of events, and an event of the cells below it.

An empty cell is a field that is not there. Cells are text, as in JSON; where a field takes only a number or a truth,
its cell is read as one if it is written as one, so that a row means what the same event in JSON means.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from pixel.events.model_schemas import fields_of
from pixel.events.models import Custom, Identify, Pageview, Payment
from pixel.foundation.errors import ApiError, ErrorCode, FieldErrors, field_error

_OBJECTS = ("properties", "traits")
_FIELDS = {name for model in (Pageview, Custom, Payment, Identify) for name in fields_of(model)} - {*_OBJECTS}
_REQUIRED = ("website_id", "name")
_COLUMNS_MAX = 200
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?", re.ASCII)  # a float holds each of them
_TRUTHS = {"true": True, "false": False}
_OTHER_SEPARATORS = re.compile(r"[;\t|]")


def _whole(cell: str) -> int | str:
    return int(cell) if _WHOLE.fullmatch(cell) else cell


def _decimal(cell: str) -> float | str:
    if not _DECIMAL.fullmatch(cell):
        return cell
    return float(cell) if "." in cell else int(cell)


def _truth(cell: str) -> bool | str:
    return _TRUTHS.get(cell.lower(), cell)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "amount": _decimal,
    "value": _decimal,
    "quantity": _whole,
    "timestamp": _whole,
    "refund": _truth,
}


class Columns(NamedTuple):
    """What each column is: a field, or a key of `properties` or `traits`."""

    names: tuple[str, ...]
    plain: tuple[tuple[int, str], ...]
    read: tuple[tuple[int, str, Callable[[str], Any]], ...]
    keys: tuple[tuple[int, str, str], ...]

    @classmethod
    def of(cls, header: Sequence[str]) -> Self:
        """Raises an ApiError that names every column that cannot be."""
        names = tuple(name.strip() for name in header)
        _check(names)
        numbered = list(enumerate(names))
        return cls(
            names,
            tuple((place, name) for place, name in numbered if name in _FIELDS and name not in _READERS),
            tuple((place, name, _READERS[name]) for place, name in numbered if name in _READERS),
            tuple((place, *_key_of(name)) for place, name in numbered if name not in _FIELDS),
        )

    def event_of(self, cells: Sequence[str]) -> dict[str, Any] | ApiError:
        if len(cells) != len(self.names):
            sentence = f"Give the row as many cells as the header has columns: {len(self.names)}."
            return field_error(ErrorCode.INVALID_BODY, "body", "invalid", sentence)
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
        faults.add("header", "invalid", "Separate columns by commas.")
        faults.raise_any(ErrorCode.INVALID_BODY)
    if len(names) > _COLUMNS_MAX:
        faults.add("header", "too_long", f"Have at most {_COLUMNS_MAX} columns.")
        faults.raise_any(ErrorCode.INVALID_BODY)
    for number, name in enumerate(names, 1):
        column = f"column {number}"
        before, key = _key_of(name)
        if not name:
            faults.add(column, "missing", "Give each column a name.")
        elif name not in _FIELDS and not (before in _OBJECTS and key):
            faults.add(
                column, "unknown", "Name a field of an event, properties.<key> or traits.<key>, or take the column out."
            )
        elif name in names[: number - 1]:
            faults.add(column, "invalid", "Give each name to one column.")
    for name in _REQUIRED:
        if name not in names:
            faults.add(name, "missing", "This column is required.")
    faults.raise_any(ErrorCode.INVALID_BODY)
