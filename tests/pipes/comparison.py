"""The pipe's rows against the oracle's, to the digit, and what to print where they differ."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from difflib import ndiff
from typing import Any

from tests.pipes.generate import written
from tests.pipes.oracle.pipes import ANSWERS, CLICK_ANSWERS
from tests.pipes.oracle.question import Question, Row, Tables
from tests.pipes.warehouse import Answer, Warehouse, new_workspace

# Shares of a payment are Float64: a sum on the edge between two values of the last decimal may go to either.
_LAST_DECIMAL = Decimal("0.0001")
_RELATIVE = Decimal("1e-9")
_ATTEMPTS_MAX = 200
_MOMENTS_MAX = 5
_LINES_MAX = 40
_ANSWERS = {**ANSWERS, **CLICK_ANSWERS}


@dataclass(frozen=True)
class Difference:
    question: Question
    pipe: str
    expected: list[Row]
    answer: Answer

    def __str__(self) -> str:
        events = [row for rows in self.question.tables.values() for row in rows]
        return "\n".join(
            [
                f"{self.pipe} {dict(self.question.parameters)} at {self.question.now}",
                "  - expected, + got:",
                *(f"    {line}" for line in self._compared()),
                "  events:",
                *(f"    {line}" for line in _printed(events)),
            ]
        )

    def _compared(self) -> list[str]:
        expected = _printed(self.expected)
        if self.answer.status != 200:
            return [*(f"- {line}" for line in expected), f"+ {self.answer.status} {self.answer.text}"]
        lines = [line for line in ndiff(expected, _printed(self.answer.rows)) if not line.startswith("?")]
        return lines if len(lines) <= _LINES_MAX else [line for line in lines if not line.startswith(" ")]


def difference(warehouse: Warehouse, pipe: str, question: Question) -> Difference | None:
    found = compared(pipe, question, warehouse.ask(pipe, question.parameters))
    return found and _difference_at_one_moment(warehouse, pipe, question)


def _difference_at_one_moment(warehouse: Warehouse, pipe: str, question: Question) -> Difference | None:
    """Ask until the oracle has the same answer before and after: an event grows older while others are asked about."""
    found: Difference | None = None
    for _ in range(_MOMENTS_MAX):
        before = replace(question, now=datetime.now(UTC))
        found = compared(pipe, before, warehouse.ask(pipe, question.parameters))
        if ANSWERS[pipe](before) == ANSWERS[pipe](replace(question, now=datetime.now(UTC))):
            break
    return found


def compared(pipe: str, question: Question, answer: Answer) -> Difference | None:
    expected = [as_printed(row) for row in _ANSWERS[pipe](question)]
    return None if _is_same(pipe, expected, answer) else Difference(question, pipe, expected, answer)


def smallest(warehouse: Warehouse, found: Difference) -> Difference:
    """Return the same question with as few events as still show the difference."""
    attempts = 0
    index = 0
    while attempts < _ATTEMPTS_MAX and index < _size(found.question.tables):
        attempts += 1
        fewer = _asked_again(warehouse, found, _without(found.question.tables, index))
        if fewer is None:
            index += 1
        else:
            found = fewer
    return found


def as_printed(value: Any) -> Any:
    """Return the value as pipes print it in JSON."""
    match value:
        case datetime():
            return written(value)
        case float():
            return Decimal(repr(value))
        case dict():
            return {name: as_printed(item) for name, item in value.items()}
        case list() | tuple():
            return [as_printed(item) for item in value]
        case _:
            return value


def _is_same(pipe: str, expected: list[Row], answer: Answer) -> bool:
    if answer.status != 200:
        return False
    if expected and answer.columns != list(expected[0]):
        return False
    if pipe == "p_attributed_revenue":
        return _is_same_revenue(expected, answer.rows)
    return expected == answer.rows


def _is_same_revenue(expected: Sequence[Row], got: Sequence[Row]) -> bool:
    """Compare rows, but let names change places if their revenue differs only by rounding."""

    def order(row: Row) -> tuple[Any, ...]:
        return row["currency"], -row["revenue"], row["name"]

    if sorted(got, key=order) != list(got) or len(got) != len(expected):
        return False
    by_name = {(row["currency"], row["name"]): row for row in expected}
    for row in got:
        wanted = by_name.get((row["currency"], row["name"]))
        if wanted is None or {**row, "revenue": 0} != {**wanted, "revenue": 0}:
            return False
        if abs(row["revenue"] - wanted["revenue"]) > _LAST_DECIMAL + _RELATIVE * abs(wanted["revenue"]):
            return False
    return True


def _asked_again(warehouse: Warehouse, found: Difference, tables: Tables) -> Difference | None:
    workspace_id = new_workspace()
    parameters = {**found.question.parameters, "workspace_id": workspace_id}
    sent = warehouse.send(workspace_id, _of(tables, found.question.parameters["workspace_id"]))
    return difference(warehouse, found.pipe, Question(sent, parameters, found.question.now))


def _of(tables: Tables, workspace_id: str) -> Tables:
    """Return the workspace's rows without its id."""
    return {
        table: [
            {name: value for name, value in row.items() if name != "workspace_id"}
            for row in rows
            if row["workspace_id"] == workspace_id
        ]
        for table, rows in tables.items()
    }


def _without(tables: Tables, index: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    fewer = {}
    for table, rows in tables.items():
        fewer[table] = [row for place, row in enumerate(rows) if place != index]
        index -= len(rows)
    return fewer


def _size(tables: Tables) -> int:
    return sum(len(rows) for rows in tables.values())


def _printed(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [json.dumps(row, ensure_ascii=False, default=_number) for row in rows]


def _number(value: Decimal) -> float:
    """Return an int for a whole number, so that 0 and 0.0 are the same."""
    return int(value) if value == value.to_integral_value() else float(value)
