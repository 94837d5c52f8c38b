"""The output of a command: data for scripts, and text for people."""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import click

NOTHING = "-"


class Answer(NamedTuple):
    data: Any
    text: str  # printed with a line break, unless it ends in one
    exit_status: int = 0


def to_json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)


def table(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> str:
    """Return aligned columns, with numbers on the right."""
    header = [column.upper() for column in columns]
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[place]) for line in [header, *cells]) for place in range(len(columns))]
    numeric = [bool(rows) and all(type(row[column]) in (int, float) for row in rows) for column in columns]
    first, *others = (
        "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in [header, *cells]
    )
    return "\n".join([click.style(first, bold=True), *others])


def rows_of_a_pipe(rows: Sequence[Mapping[str, object]]) -> str:
    """Return a table, or on a terminal too narrow for it one block of fields for each row; with four decimals."""
    rows = [{name: round(one, 4) if isinstance(one, float) else one for name, one in row.items()} for row in rows]
    shown = table(rows, tuple(rows[0]))
    widest = max(map(len, click.unstyle(shown).splitlines()))
    if not sys.stdout.isatty() or widest <= shutil.get_terminal_size().columns:
        return shown
    return "\n\n".join(map(fields, rows))


def fields(values: Mapping[str, object]) -> str:
    width = max(map(len, values))
    return "\n".join(f"{name.ljust(width)}  {_cell(value)}" for name, value in values.items())


def _cell(value: object) -> str:
    if value in (None, [], ""):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ",".join(f"{name}={one}" for name, one in value.items()) or NOTHING
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
