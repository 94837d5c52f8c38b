"""Checks whether a JSON value fits a column.

They are as strict as Tinybird is known to be, and stricter where its documentation is silent, so that values that fit
here fit there: "3" is not an integer, 1 not a string, true not a number, and a time is a string whose zone is `Z`.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from math import isfinite
from typing import Any
from uuid import UUID

Check = Callable[[Any], bool]

_INTEGER = re.compile(r"(U?)Int(8|16|32|64|128|256)")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?Z?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATETIME_MAX = datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC)
_YEARS = {"Date": (1970, 2149), "Date32": (1900, 2299), "DateTime64": (1900, 2299)}


@cache
def check_of(type_: str) -> Check:
    """Return the check of a column type; unknown types are left to ClickHouse."""
    name, arguments = split_type(type_)
    if name in _INNER:
        wrap, position = _INNER[name]
        return wrap(check_of(arguments[position]))
    if name.startswith("Enum"):
        return _one_of({argument.rpartition("=")[0].strip().strip("'") for argument in arguments})
    if integer := _INTEGER.fullmatch(name):
        return _integer(int(integer[2]), signed=not integer[1])
    return _CHECKS.get(name, lambda value: value is not None)


def is_nullable(type_: str) -> bool:
    name, arguments = split_type(type_)
    if name == "Nullable":
        return True
    return name in {"LowCardinality", "SimpleAggregateFunction"} and is_nullable(arguments[_INNER[name][1]])


def split_type(type_: str) -> tuple[str, list[str]]:
    """Split a type into name and arguments: `Map(String, Array(Int8))` is ("Map", ["String", "Array(Int8)"])."""
    name, opened, rest = type_.strip().partition("(")
    if not opened:
        return name, []
    arguments, depth, quoted = [""], 0, False
    for character in rest.rstrip()[:-1]:
        quoted ^= character == "'"
        depth += 0 if quoted else (character == "(") - (character == ")")
        if character == "," and depth == 0 and not quoted:
            arguments.append("")
        else:
            arguments[-1] += character
    return name, [argument.strip() for argument in arguments]


def _or_null(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(check(item) for item in value)


def _object_of(check: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(check(item) for item in value.values())


def _one_of(names: set[str]) -> Check:
    return lambda value: isinstance(value, str) and value in names


def _integer(bits: int, *, signed: bool) -> Check:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value < high


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_datetime(value: Any) -> bool:
    moment = _read_time(value)
    return moment is not None and datetime(1970, 1, 1, tzinfo=UTC) <= moment <= _DATETIME_MAX


def _is_datetime64(value: Any) -> bool:
    moment = _read_time(value)
    first, last = _YEARS["DateTime64"]
    return moment is not None and first <= moment.year <= last


def _read_time(value: Any) -> datetime | None:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError:  # the 30th of February
        return None


def _date_between(first: int, last: int) -> Check:
    def check(value: Any) -> bool:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            return False
        try:
            return first <= date.fromisoformat(value).year < last
        except ValueError:
            return False

    return check


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 36 and bool(UUID(value).hex)
    except ValueError:
        return False


# The types that wrap another type, with how each builds its check.
_INNER: dict[str, tuple[Callable[[Check], Check], int]] = {
    "LowCardinality": (lambda check: check, 0),
    "SimpleAggregateFunction": (lambda check: check, 1),
    "Nullable": (_or_null, 0),
    "Array": (_list_of, 0),
    "Map": (_object_of, 1),
}
_CHECKS: dict[str, Check] = {
    "String": lambda value: isinstance(value, str),
    "FixedString": lambda value: isinstance(value, str),
    "Bool": lambda value: isinstance(value, bool),
    "Float32": _is_number,
    "Float64": _is_number,
    "Decimal": _is_number,
    "Decimal32": _is_number,
    "Decimal64": _is_number,
    "Decimal128": _is_number,
    "Date": _date_between(*_YEARS["Date"]),
    "Date32": _date_between(*_YEARS["Date32"]),
    "DateTime": _is_datetime,
    "DateTime64": _is_datetime64,
    "UUID": _is_uuid,
    "JSON": lambda value: isinstance(value, dict),
}
