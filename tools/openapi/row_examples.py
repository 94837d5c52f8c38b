"""Examples of the rows of each pipe, taken from Tinybird's own tests, which the oracle wrote (tests/pipes)."""

import json
from functools import cache
from typing import Any

import yaml

from pixel.tinybird.catalogue import Pipe
from tools.openapi.failures import REQUEST_ID
from tools.openapi.routes import REPOSITORY
from tools.openapi.schema import Schema

_TESTS = REPOSITORY / "tinybird" / "tests"
_ROWS_SHOWN = 2
# Of pipes whose tests expect no rows, because they name no property.
_WITHOUT_TESTS = {"p_properties": [{"value": "pro", "visitors": 3, "events": 7}]}


def rows_example(pipe: Pipe) -> Schema:
    """Return a response to a query of the pipe, with the first rows of the first test that expects any."""
    rows = _expected_rows(pipe.name)[:_ROWS_SHOWN]
    answer = {
        "data": rows,
        "meta": list(pipe.columns),
        "rows": len(rows),
        "statistics": {"elapsed": 0.004, "rows_read": 1280, "bytes_read": 92160},
        "data_status": "ok",
    }
    return {"data": answer, "meta": {"request_id": REQUEST_ID}}


@cache
def _expected_rows(pipe: str) -> list[Any]:
    cases = yaml.safe_load((_TESTS / f"{pipe}.yaml").read_text())
    expected = (case["expected_result"].splitlines() for case in cases)
    return next(([json.loads(line) for line in lines] for lines in expected if lines), _WITHOUT_TESTS.get(pipe, []))
