"""docs/cost.md is what its script writes, and the script's sums are sums."""

import re

import pytest

from benchmarks import cost, cost_paths
from benchmarks.cost_paths import MILLION, Path, all_paths
from benchmarks.prices import PRICES
from pixel.events import models
from pixel.ingest.files import importer
from tests.template import document


def test_the_page_is_what_the_script_writes() -> None:
    assert cost.FILE.read_text() == cost.render(), "run `make cost`"


@pytest.mark.parametrize("path", all_paths(), ids=lambda path: path.title)
def test_all_that_is_used_has_a_price_and_a_name(path: Path) -> None:
    assert path.usage.keys() <= PRICES.keys() & cost._NAMES.keys()
    assert path.steps.keys() <= path.usage.keys()
    assert all(quantity > 0 for quantity in path.usage.values())


def test_a_plain_event_by_hand() -> None:
    """The numbers of the page, without its script."""
    by_hand = {
        "api_requests": 3.50,
        "invocations": 2 * 0.20,
        "gb_seconds": MILLION * (0.015 + 0.060) * 0.5 * 0.0000133334,
        "writes": 0.625,
        "reads": 0.125,
        "log_gb": (500 + 800 + 1200) / 1000 * 0.50,
        "egress_gb": (800 + 860) / 1000 * 0.09,
    }
    [plain] = [path for path in all_paths() if path.title == "HTTP, one event a request"]

    assert {name: pytest.approx(cost.dollars(name, used)) for name, used in plain.usage.items()} == by_hand


def test_an_id_costs_two_writes_an_event_however_they_are_sent() -> None:
    writes = {path.title: path.usage.get("writes", 0) for path in all_paths()}

    for title in ("HTTP, one event a request", "HTTP, 1,000 events a request"):
        with_ids = next(name for name in writes if name.startswith(f"{title}, with"))
        assert writes[with_ids] - writes[title] == pytest.approx(2 * MILLION)


@pytest.mark.parametrize(
    ("title", "milliseconds", "function", "events"),
    [
        ("HTTP, 1,000 events a request", 400, "IngestBatchFunction", 1_000),
        ("SQS, one event a message, ten messages a call", 300, "IngestQueueFunction", 500),
        ("Kinesis, one event a record", 300, "IngestStreamFunction", 500),
        ("a file on S3", 1_500, "IngestFileFunction", 5_000),
    ],
)
def test_time_is_charged_with_the_memory_of_the_function(
    title: str, milliseconds: int, function: str, events: int
) -> None:
    gigabytes = document.properties(function)["MemorySize"] / 1024
    authorizer = 15 / 1000 * document.written()["Globals"]["Function"]["MemorySize"] / 1024
    [path] = [path for path in all_paths() if path.title == title]

    used = milliseconds / 1000 * gigabytes + (authorizer if title.startswith("HTTP") else 0)
    assert path.usage["gb_seconds"] == pytest.approx(used * MILLION / events)


def test_metrics_and_alarms_are_charged_as_the_templates_have_them() -> None:
    """CloudWatch takes $0.30 for a metric a month, and $0.10 for each metric that an alarm watches."""
    rows = re.findall(r"^\| (alarms|metrics of API Gateway by method) \|.*\| ([\d.]+) \|$", cost.render(), re.MULTILINE)
    methods = [one for one in document.properties("Api")["MethodSettings"] if one["MetricsEnabled"]]
    alarms = [
        alarm
        for template in (document.ALARMS, document.AUTOMATION)
        for alarm in document.of_type("AWS::CloudWatch::Alarm", template).values()
    ]
    unconditional = [alarm["Properties"] for alarm in alarms if "Condition" not in alarm]
    watched = [len([one for one in alarm.get("Metrics", [{}]) if "Expression" not in one]) for alarm in unconditional]

    assert {name: float(dollars) for name, dollars in rows} == {
        "alarms": pytest.approx(0.10 * sum(watched)),
        "metrics of API Gateway by method": pytest.approx(0.30 * 5 * len(methods)),
    }


def test_whatever_has_memory_of_its_own_is_charged_so() -> None:
    own = {name for name, function in document.functions().items() if "MemorySize" in function["Properties"]}

    # The page counts events and queries; a share link is opened once an hour by a reader.
    assert own - {"OpenShareFunction"} == {
        *("IngestBatchFunction", "IngestQueueFunction", "IngestStreamFunction", "IngestFileFunction")
    }


def test_batches_deliveries_and_portions_are_as_large_as_the_code_makes_them() -> None:
    (queue,) = document.properties("IngestQueueFunction")["Events"].values()

    assert models.EVENTS_MAX == cost_paths.BATCH
    assert importer._ROWS_MAX == cost_paths.PORTION
    assert queue["Properties"]["BatchSize"] == cost_paths.DELIVERY
