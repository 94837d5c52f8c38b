"""docs/scaling.md: its sums are right, and what it says of the template and the code is so."""

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks import cost_paths
from benchmarks.results import FILE as RESULTS
from pixel.auth.rate_limit import DEFAULT_LIMIT
from pixel.events import models
from pixel.ingest import claims, requests
from tests.contracts.documents import ROOT, spans
from tests.template import document

_FILE = ROOT / "docs" / "scaling.md"
_TEXT = " ".join(_FILE.read_text().split())
_SUMS = [span for span in spans(_FILE) if re.fullmatch(r"[\d,.]+( [*/+-] [\d,.]+)+ = [\d,.]+", span)]
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int | float)
    return float(node.value)


@pytest.mark.parametrize("text", _SUMS)
def test_a_sum_is_right(text: str) -> None:
    left, _, right = text.replace(",", "").partition(" = ")
    decimals = len(right.partition(".")[2])

    assert round(_value(ast.parse(left, mode="eval").body), decimals) == float(right)


def test_no_sum_escapes_the_test() -> None:
    assert len(_SUMS) == _FILE.read_text().count(" = ") > 10


def _consumer(name: str) -> Any:
    (source,) = document.properties(name)["Events"].values()
    return source["Properties"]


def _limit(name: str) -> int:
    return int(document.written()["Parameters"][name]["Default"])


def _said() -> dict[str, object]:
    burst = document.properties("MaxUsagePlan")["Throttle"]["BurstLimit"]
    milliseconds = cost_paths.MILLISECONDS
    return {
        f"lets {_limit('StageRateLimit'):,} requests a second through the stage": "template",
        f"burst of {_limit('StageBurstLimit'):,}": "template",
        f"{DEFAULT_LIMIT} requests a minute for a workspace": "code",
        f"takes up to {burst // 2:,}: the burst of the largest usage plan, {burst:,}": "template",
        f"a batch {requests._BATCH_BYTES_MAX >> 20} MB and {models.EVENTS_MAX:,} events": "code",
        f"several events in a message: up to {models.EVENTS_MAX:,}": "code",
        f"an event {models.EVENT_BYTES_MAX >> 10} KB": "code",
        f"kept for {claims.EVENT_SECONDS // 86_400} days": "code",
        f"up to {_consumer('DrainSpillFunction')['BatchSize']} messages with one call": "template",
        f"consumers take {_consumer('IngestQueueFunction')['BatchSize']} messages each": "template",
        f"{_consumer('IngestStreamFunction')['BatchSize']} records a delivery": "template",
        f"consumers take {_consumer('RecordClicksFunction')['BatchSize']:,} messages each": "template",
        f"with {milliseconds['1,000 clicks']} ms for a delivery": "cost",
        f"`12,500 * {cost_paths.CLICK_BYTES} / ": "cost",
        f"with {milliseconds['500 of a queue or stream']} ms for a delivery": "cost",
        f"With {milliseconds['5,000 of a file'] / 1000:g} seconds for {cost_paths.PORTION:,} rows": "cost",
        f"`34,722 * {milliseconds['one event'] / 1000:.3f} = ": "cost",
        f"`35 * {milliseconds['1,000 events'] / 1000:g} = ": "cost",
        f"`34,722 * {cost_paths.ROW_BYTES} / ": "cost",
        f"* {cost_paths.CLAIM_BYTES} / ": "cost",
        f"`{document.properties('IngestQueue')['MaximumMessageSize']:,} / {cost_paths.EVENT_BYTES} = ": "template",
        f"`20,000,000 / {cost_paths.ROW_BYTES} = ": "cost",
    }


@pytest.mark.parametrize("text", _said())
def test_a_number_is_that_of_the_template_or_the_code(text: str) -> None:
    assert text in _TEXT


def test_no_way_in_is_said_to_take_more_than_tinybird_does() -> None:
    """But the row that says to ask it for more."""
    (rows_a_second,) = re.findall(r"`20,000,000 / \d+ = ([\d,]+)`", _TEXT)
    said = [int(number.replace(",", "")) for number in re.findall(r"\| up to ([\d,]+)", _TEXT)]

    assert len(said) >= 5
    assert max(said) <= int(rows_a_second.replace(",", ""))


def test_the_milliseconds_of_reports_are_those_that_were_measured() -> None:
    (said,) = re.findall(r"([\d,]+) events of a busy website take (\d+) to (\d+) ms", _TEXT)
    rows = re.findall(r"^\| p_\w+ \| ([\d,]+) \| [\d,]+ \| [\d.]+ \| (\d+) \|$", RESULTS.read_text(), re.MULTILINE)
    measured = [int(milliseconds) for events, milliseconds in rows if events == said[0]]

    assert len(measured) > 10
    assert (min(measured), max(measured)) == (int(said[1]), int(said[2]))


@pytest.mark.parametrize(
    ("function", "words", "count"),
    [
        ("DrainSpillFunction", "Two of these run at once", 2),
        ("IngestQueueFunction", "five of the queue", 5),
        ("IngestFileFunction", "two of files", 2),
        ("RecordClicksFunction", "Five consumers take 1,000", 5),
    ],
)
def test_as_many_consumers_run_at_once_as_it_says(function: str, words: str, count: int) -> None:
    assert words in _TEXT
    assert _consumer(function)["ScalingConfig"] == {"MaximumConcurrency": count}
