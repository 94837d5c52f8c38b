"""What each pipe costs on warehouses of different sizes: for a small website and for a busy one.

`python -m benchmarks.pipes [PAGEVIEWS ...]` fills a warehouse of each size, asks each pipe and writes the section
"Pipes" of benchmarks/RESULTS.md. It fails where a pipe reads more than the website's own rows and the granules around
them: then it reads the table's.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks.results import measured_with, write_section
from benchmarks.stand_in import PYTHON, REPOSITORY, StandIn

SIZES = (1_000_000, 10_000_000)
SMALL = {"workspace_id": "ws_0000", "website_id": "admx_small"}  # as benchmarks/warehouse.py makes them
BUSY = {"workspace_id": "ws_0002", "website_id": "admx_0010"}
DAYS = 56
REPORT_DAYS = 28
ROUNDS = 7
ROUNDS_OF_THE_BUSY = 3
GRANULE_ROWS = 8192
SCALAR_ROWS_MAX = 100  # the window and other rows that a query makes up itself
TABLES = ("pageviews", "custom_goals", "visitor_payments")

_STEPS = "/,/pricing,goal:signup"
PARAMETERS: dict[str, dict[str, str]] = {
    "p_realtime_visitors": {"minutes": "5"},
    "p_top_pages": {},
    "p_referrers": {},
    "p_geo": {"level": "city"},
    "p_devices": {},
    "p_tech": {},
    "p_languages": {},
    "p_traffic_sources": {},
    "p_funnel": {"steps": _STEPS},
    "p_funnel_v2": {"steps": f"{_STEPS},payment", "breakdown": "device"},
    "p_goal_conversions": {},
    "p_attributed_revenue": {"model": "linear", "lookback_days": "30"},
    "p_retention_cohort": {},
    "p_sessions_list": {},
    "p_visitor_profile": {},
    "p_visitor_timeline": {},
    "p_llm_traffic": {},
    "p_events_catalog": {},
    "p_pixel_healthcheck": {},
    "p_metric_series": {"metric": "bounce_rate"},
}
UNDATED = {"p_realtime_visitors", "p_visitor_profile", "p_visitor_timeline", "p_pixel_healthcheck"}
ABOUT_A_VISITOR = {"p_visitor_profile", "p_visitor_timeline"}
LOOKBACK_DAYS = {"p_attributed_revenue": 31}
# How often a pipe may go through the website's rows, where not once: to find a visitor's events, then their copies.
SCANS = dict.fromkeys(ABOUT_A_VISITOR, 2)


class Cost(NamedTuple):
    milliseconds: float
    rows_read: int
    own_rows: int  # in the window and the days that the pipe looks at around it
    rows_read_max: int


Costs = dict[str, dict[str, Cost]]  # by website, then by pipe


def main() -> int:
    sizes = [int(text) for text in sys.argv[1:]] or list(SIZES)
    now = datetime.now(UTC).replace(microsecond=0)
    costs = {size: _measure_warehouse(size, now) for size in sizes}
    report = "\n".join(_report(costs))
    print(report)
    greedy = list(_greedy(costs))
    if greedy:
        print("\n".join(["", "These read more than the website's own rows and the granules around them:", *greedy]))
        return 1
    write_section("pipes", report)
    return 0


def _measure_warehouse(pageviews: int, now: datetime) -> Costs:
    folder = Path(tempfile.mkdtemp(prefix="pixel-warehouse-"))
    try:
        started = time.perf_counter()
        command = [PYTHON, "-m", "benchmarks.warehouse", "--data", str(folder), "--pageviews", str(pageviews)]
        command += ["--days", str(DAYS)]
        subprocess.run(command, cwd=REPOSITORY, check=True)
        print(f"{pageviews:,} pageviews are there after {time.perf_counter() - started:.0f} s", flush=True)
        with StandIn(folder) as stand_in:
            return {
                "small": _measure_website(stand_in, SMALL, now, ROUNDS),
                "busy": _measure_website(stand_in, BUSY, now, ROUNDS_OF_THE_BUSY),
            }
    finally:
        shutil.rmtree(folder)


def _measure_website(stand_in: StandIn, website: dict[str, str], now: datetime, rounds: int) -> dict[str, Cost]:
    visitors = stand_in.sql(
        f"SELECT visitor_id FROM pageviews WHERE {_where(website)} AND NOT is_bot "
        f"GROUP BY visitor_id ORDER BY count() DESC, visitor_id LIMIT {len(ABOUT_A_VISITOR)}"
    )
    visitor_of = dict(zip(sorted(ABOUT_A_VISITOR), (row["visitor_id"] for row in visitors), strict=True))
    costs = {}
    for number, (pipe, own_parameters) in enumerate(PARAMETERS.items()):
        # ClickHouse remembers granules without a match for a condition: no two pipes may ask for the same one.
        start = now - timedelta(days=REPORT_DAYS, seconds=number)
        dates = {"date_from": _text(start), "date_to": _text(now)}
        parameters = {**website, **({} if pipe in UNDATED else dates), **own_parameters}
        if pipe in ABOUT_A_VISITOR:
            parameters["visitor_id"] = visitor_of[pipe]
        since = _looked_at_since(pipe, now)
        own_rows = _own_rows(stand_in, website, since)
        first = stand_in.pipe(pipe, parameters)
        replies = [stand_in.pipe(pipe, parameters) for _ in range(rounds)]
        costs[pipe] = Cost(
            statistics.median(reply.milliseconds for reply in replies),
            first.rows_read,
            own_rows,
            SCANS.get(pipe, 1) * (own_rows + _rows_around(stand_in, since)) + SCALAR_ROWS_MAX,
        )
    return costs


def _looked_at_since(pipe: str, now: datetime) -> datetime:
    if pipe in ABOUT_A_VISITOR:
        return datetime.fromtimestamp(0, UTC)
    days = 0 if pipe in UNDATED else REPORT_DAYS
    return now - timedelta(days=days + LOOKBACK_DAYS.get(pipe, 1))


def _own_rows(stand_in: StandIn, website: dict[str, str], since: datetime) -> int:
    where = f"{_where(website)} AND timestamp >= '{_text(since)}'"
    counts = " UNION ALL ".join(f"SELECT count() AS n FROM {table} WHERE {where}" for table in TABLES)
    return int(stand_in.sql(f"SELECT sum(n) AS own FROM ({counts})")[0]["own"])


def _rows_around(stand_in: StandIn, since: datetime) -> int:
    """The website's rows begin and end inside a granule of each part: that much of others' is read with them."""
    return int(
        stand_in.sql(
            f"SELECT sum(least(rows, {2 * GRANULE_ROWS})) AS n FROM system.parts "
            f"WHERE active AND database = 'default' AND partition >= '{since:%Y%m}'"
        )[0]["n"]
    )


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


def _where(website: dict[str, str]) -> str:
    return f"workspace_id = '{website['workspace_id']}' AND website_id = '{website['website_id']}'"


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _short(size: int) -> str:
    return f"{size // 1_000_000} M" if size >= 1_000_000 else f"{size // 1000} k"


if __name__ == "__main__":
    sys.exit(main())
