"""Measure what each pipe costs on warehouses of different sizes, and what a materialization would save.

`python -m benchmarks.pipes [PAGEVIEWS ...]` fills a warehouse of each size, queries each pipe and writes the section
"Pipes" of benchmarks/RESULTS.md. It fails if a pipe reads more than the website's own rows and the granules around
them, because its cost would then grow with the table.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.pipe_costs import (
    ABOUT_A_VISITOR,
    BUSY,
    DAYS,
    GRANULE_ROWS,
    PARAMETERS,
    REPORT_DAYS,
    ROUNDS,
    ROUNDS_OF_THE_BUSY,
    SMALL,
    Costs,
    filled_warehouse,
    measure_websites,
)
from benchmarks.results import measured_with, write_section
from benchmarks.stand_in import PYTHON, REPOSITORY

SIZES = (1_000_000, 10_000_000)
HISTORY_DAYS = 3 * 365
HISTORY_PAGEVIEWS = 3_000_000
# Pipes that read all time, or what was received last.
OF_ALL_HISTORY = {*ABOUT_A_VISITOR, "p_pixel_healthcheck"}

type Json = dict[str, Any]


def main() -> int:
    sizes = [int(text) for text in sys.argv[1:]] or list(SIZES)
    now = datetime.now(UTC).replace(microsecond=0)
    costs: dict[int, Costs] = {}
    candidate: Json = {}
    for size in sorted(sizes):
        with filled_warehouse(size, DAYS) as folder:
            costs[size] = measure_websites(folder, now, PARAMETERS)
            candidate = _measure_materialization(folder)  # the last value is that of the largest
    with filled_warehouse(HISTORY_PAGEVIEWS, HISTORY_DAYS) as folder:
        of_years = measure_websites(folder, now, OF_ALL_HISTORY)
    report = "\n".join([*_report(costs), "", *_report_of_years(of_years), "", *_report_of_candidate(candidate)])
    print(report)
    greedy = list(_greedy(costs))
    if greedy:
        print("\n".join(["", "These read more than the website's own rows and the granules around them:", *greedy]))
        return 1
    write_section("pipes", report)
    return 0


def _measure_materialization(folder: Path) -> Json:
    command = [PYTHON, "-m", "benchmarks.materialization", "--data", str(folder), "--report-days", str(REPORT_DAYS)]
    command += [f"{website['workspace_id']}/{website['website_id']}" for website in (SMALL, BUSY)]
    ended = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    found: Json = json.loads(ended.stdout)
    return found


def _greedy(costs: dict[int, Costs]) -> Iterator[str]:
    for size, websites in costs.items():
        for website, pipes in websites.items():
            for pipe, cost in pipes.items():
                if cost.rows_read > cost.rows_read_max:
                    yield f"{pipe}, {website} website of {size:,}: {cost.rows_read:,} > {cost.rows_read_max:,}"


def _report(costs: dict[int, Costs]) -> Iterator[str]:
    smallest, largest = min(costs), max(costs)
    yield "## Pipes: what they cost as the warehouse grows"
    yield ""
    yield f"{measured_with('make bench-pipes')} Milliseconds: the median of {ROUNDS} answers"
    yield f"over HTTP, {ROUNDS_OF_THE_BUSY} for the busy website, after a first one. Rows read: those of the first,"
    yield f"because later ones pass over granules that it found nothing in. Reports are of {REPORT_DAYS} days."
    yield f"The warehouse holds 1,000 websites and {smallest:,} or {largest:,} pageviews of eight weeks, its parts"
    yield "merged. The small website has the same 1,000 pageviews in both, and shares its workspace with the largest."
    yield "Own rows: its events in the report's days and in the days around them that the pipe looks at. ClickHouse"
    yield f"reads whole granules of up to {GRANULE_ROWS:,} rows, at least one of each part, and a pipe may go through"
    yield "the website's rows more than once: what counts is that neither column follows the warehouse."
    yield f"At {_short(smallest)} some parts of goals and payments are smaller than a granule: hence the difference."
    yield ""
    sizes = sorted(costs)
    heads = [
        f"{'rows read' if head == 'rows_read' else head} at {_short(size)}"
        for head in ("rows_read", "ms")
        for size in sizes
    ]
    yield f"| pipe, small website | own rows | {' | '.join(heads)} |"
    yield f"|---|---:|{'---:|' * len(heads)}"
    for pipe in PARAMETERS:
        taken = [costs[size]["small"][pipe] for size in sizes]
        cells = [f"{cost.rows_read:,}" for cost in taken] + [f"{cost.milliseconds:.0f}" for cost in taken]
        yield f"| {pipe} | {taken[-1].own_rows:,} | {' | '.join(cells)} |"
    yield ""
    yield f"| pipe, busy website at {_short(largest)} | own rows | rows read | rows read / own | ms |"
    yield "|---|---:|---:|---:|---:|"
    for pipe, cost in costs[largest]["busy"].items():
        ratio = cost.rows_read / max(1, cost.own_rows)
        yield f"| {pipe} | {cost.own_rows:,} | {cost.rows_read:,} | {ratio:.1f} | {cost.milliseconds:.0f} |"


def _report_of_years(of_years: Costs) -> Iterator[str]:
    years, months = HISTORY_DAYS // 365, HISTORY_DAYS * 12 // 365 + 1
    yield "Reports on one visitor look at all time, p_pixel_healthcheck at what was received of late. Indexes find"
    yield f"the granules in {HISTORY_PAGEVIEWS:,} pageviews of {years} years, {months} parts of each datasource:"
    yield ""
    yield "| pipe | website | events in all | rows read | ms |"
    yield "|---|---|---:|---:|---:|"
    events = {website: max(cost.own_rows for cost in pipes.values()) for website, pipes in of_years.items()}
    for website, pipes in of_years.items():
        for pipe, cost in pipes.items():
            yield f"| {pipe} | {website} | {events[website]:,} | {cost.rows_read:,} | {cost.milliseconds:.0f} |"


def _report_of_candidate(found: Json) -> Iterator[str]:
    sizes, twice = found["sizes"], found["twice"]
    share = {unit: sizes["hourly"][unit] / sizes["pageviews"][unit] for unit in ("rows", "bytes")}
    yield "### A materialization, not shipped"
    yield ""
    yield "The candidate: pageviews and visitors (exact) of each website, hour and country, without bots, fed by every"
    yield f"insert. In the largest warehouse it has {share['rows']:.0%} of the rows of `pageviews` and"
    yield f"{share['bytes']:.0%} of the bytes. Milliseconds are inside ClickHouse, without HTTP and templates."
    yield ""
    yield f"| report, {REPORT_DAYS} days | website | rows read: pipe | materialized | ms: pipe | materialized |"
    yield "|---|---|---:|---:|---:|---:|"
    for cost in found["costs"]:
        numbers = (
            f"{cost['pipe_rows']:,} | {cost['candidate_rows']:,} | {cost['pipe_ms']:.0f} | {cost['candidate_ms']:.0f}"
        )
        yield f"| {cost['pipe']} | {cost['website']} | {numbers} |"
    yield ""
    counted = {name: f"{pageviews:,.0f}" for name, pageviews in twice["after"].items()}
    yield f"All rows of {SMALL['website_id']} inserted a second time, as by a retry: of {twice['before']['pipe']:,.0f}"
    yield f"pageviews in the window the pipe counts {counted['pipe']}, the materialization {counted['candidate']}."


def _short(size: int) -> str:
    return f"{size // 1_000_000} M" if size >= 1_000_000 else f"{size // 1000} k"


if __name__ == "__main__":
    sys.exit(main())
