"""What the memory section of benchmarks/RESULTS.md concludes from what was measured."""

import re

import pytest

from benchmarks import memory_report
from benchmarks.functions_report import FLOOR, Measured
from benchmarks.memory_report import Load, choice, dollars_a_million
from benchmarks.results import FILE as RESULTS
from benchmarks.starts import Sample
from tests.template import document


def _measured(**warm_cpu_ms: float) -> Measured:
    samples = {name: [Sample(1.0, 100.0, 28.0, ms)] for name, ms in {FLOOR: 0.5, **warm_cpu_ms}.items()}
    return Measured(samples, instructions={}, events_per_second=10_000, layer_bytes=0)


def _row(section: str, name: str) -> list[str]:
    row = next(line for line in section.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_a_processor_s_time_costs_the_same_with_any_memory() -> None:
    busy = Load(warm_cpu=10, start_cpu=0, waiting=0)

    assert busy.warm_ms(1769) == 10
    assert busy.warm_ms(128) == pytest.approx(10 * 1769 / 128)
    assert len({round(dollars_a_million(busy.warm_ms(size), size), 9) for size in memory_report.SIZES_MB}) == 1


def test_waiting_is_as_long_with_any_memory_and_costs_by_it() -> None:
    waiting = Load(warm_cpu=0, start_cpu=0, waiting=100)

    assert waiting.warm_ms(128) == waiting.warm_ms(1769) == 100
    assert dollars_a_million(100, 512) == pytest.approx(100_000 * 0.5 * 0.0000133334)


@pytest.mark.parametrize(("load", "best_mb"), [(Load(10, 0, 0), 1769), (Load(0, 0, 10), 128), (Load(10, 0, 35), 512)])
def test_the_best_size_balances_working_and_waiting(load: Load, best_mb: int) -> None:
    multiples = {size: load.price_times_time(size) for size in memory_report.SIZES_MB}

    assert min(multiples, key=lambda size: multiples[size]) == best_mb
    assert multiples[best_mb] == 1


def test_a_start_weighs_with_its_part() -> None:
    waiting = Load(warm_cpu=1, start_cpu=0, waiting=14)

    assert "**128 is better**" in choice([waiting], 512)
    assert "which stays" in choice([waiting._replace(start_cpu=300)], 512)


def test_of_one_size_for_all_the_worst_suited_counts() -> None:
    busy, waiting = Load(10, 0, 0), Load(0, 0, 10)

    assert choice([busy, waiting], 512) == "template.yaml has 512 MB (4.00; 512 MB: 4.00), which stays."
    assert "**512 is better**" in choice([busy, waiting], 1769)


@pytest.mark.parametrize(("has_mb", "is_clear"), [(512, False), (600, False), (1024, False), (128, True), (1769, True)])
def test_what_there_is_stays_unless_another_size_is_clearly_better(has_mb: int, *, is_clear: bool) -> None:
    said = choice([Load(10, 0, 35)], has_mb)

    assert said.startswith(f"template.yaml has {has_mb:,} MB (")
    assert said.endswith("**512 is better**." if is_clear else "which stays.")


def test_a_cell_has_the_calls_of_the_function_to_wait_for() -> None:
    section = memory_report.section(_measured(authorizer=2.0, list_websites=3.0, ingest_event=4.0, query_pipe=4.0))

    assert _row(section, "authorizer")[1:] == [
        "28",
        "32 / 1,382 / 0.05",
        "18 / 691 / 0.06",
        "11 / 346 / 0.07",
        "7 / 173 / 0.10",
        "6 / 100 / 0.14",
    ]
    whole = {name: _row(section, name)[-1] for name in ("list_websites", "ingest_event", "query_pipe")}
    assert whole == {
        "list_websites": "11 / 100 / 0.25",
        "ingest_event": "48 / 100 / 1.11",
        "query_pipe": "142 / 100 / 3.27",
    }


def test_many_events_at_once_take_what_their_rows_take() -> None:
    section = memory_report.section(_measured(ingest_batch=5.0))

    assert _row(section, "ingest_batch, 1,000 events")[-1].startswith("149 /")  # 5 + 1,000 rows at 10,000 a second + 44


def test_one_size_for_all_is_concluded_of_all_requests_or_not_at_all() -> None:
    some = {"authorizer": 2.0, "get_me": 2.0, "list_websites": 3.0, "mint_metrics_token": 3.0, "ingest_event": 4.0}

    assert "- routes and authorizer" not in memory_report.section(_measured(**some))
    assert "- routes and authorizer" in memory_report.section(_measured(**some, query_pipe=4.0))


def test_the_results_speak_of_the_sizes_that_the_template_has() -> None:
    written = dict(re.findall(r"^- (\w+).*: template\.yaml has ([\d,]+) MB", RESULTS.read_text(), re.MULTILINE))

    assert {name: int(size.replace(",", "")) for name, size in written.items()} == {
        "routes": document.written()["Globals"]["Function"]["MemorySize"],
        "ingest_batch": document.properties("IngestBatchFunction")["MemorySize"],
        "ingest_queue": document.properties("IngestQueueFunction")["MemorySize"],
        "ingest_stream": document.properties("IngestStreamFunction")["MemorySize"],
    }, "run `make bench`"
