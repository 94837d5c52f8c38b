"""Measure the time and rows read of pipes for a small and a busy website, with the allowed number of rows."""

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks.stand_in import PYTHON, REPOSITORY, StandIn

SMALL = {"workspace_id": "ws_0000", "website_id": "admx_small"}  # as benchmarks/warehouse.py makes them
BUSY = {"workspace_id": "ws_0002", "website_id": "admx_0010"}
DAYS = 56
REPORT_DAYS = 28
ROUNDS = 7
ROUNDS_OF_THE_BUSY = 3
GRANULE_ROWS = 8192
SCALAR_ROWS_MAX = 100  # the window and other rows that a query generates
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
    "p_attributed_revenue": {"model": "linear", "lookback_days": "30", "before": "touches"},
    "p_retention_cohort": {},
    "p_sessions_list": {},
    "p_visitor_profile": {},
    "p_visitor_timeline": {},
    "p_llm_traffic": {},
    "p_events_catalog": {},
    "p_pixel_healthcheck": {},
    "p_metric_series": {"metric": "bounce_rate"},
    "p_overview": {"before": "previous"},
    "p_properties": {"property_key": "variant"},
}
UNDATED = {"p_realtime_visitors", "p_visitor_profile", "p_visitor_timeline", "p_pixel_healthcheck"}
ABOUT_A_VISITOR = {"p_visitor_profile", "p_visitor_timeline"}
LOOKBACK_DAYS = {"p_attributed_revenue": 31, "p_overview": REPORT_DAYS + 1}
# Pipes that may read the website's rows twice: for a visitor's events and for their duplicates, or for the last day's
# counts and to see whether there are any rows.
SCANS = {**dict.fromkeys(ABOUT_A_VISITOR, 2), "p_pixel_healthcheck": 2}


class Cost(NamedTuple):
    milliseconds: float
    rows_read: int
    own_rows: int  # in the window and in the days around it that the pipe reads
    rows_read_max: int


Costs = dict[str, dict[str, Cost]]  # by website, then by pipe


@contextmanager
def filled_warehouse(pageviews: int, days: int) -> Iterator[Path]:
    """Fill the folder of a stand-in, and delete it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="pixel-warehouse-"))
    try:
        started = time.perf_counter()
        command = [PYTHON, "-m", "benchmarks.warehouse", "--data", str(folder)]
        command += ["--pageviews", str(pageviews), "--days", str(days)]
        subprocess.run(command, cwd=REPOSITORY, check=True)
        print(f"{pageviews:,} pageviews are there after {time.perf_counter() - started:.0f} s", flush=True)
        yield folder
    finally:
        shutil.rmtree(folder)


def measure_websites(folder: Path, now: datetime, pipes: Collection[str]) -> Costs:
    with StandIn(folder) as stand_in:
        return {
            "small": _measure_website(stand_in, SMALL, now, ROUNDS, pipes),
            "busy": _measure_website(stand_in, BUSY, now, ROUNDS_OF_THE_BUSY, pipes),
        }


def _measure_website(
    stand_in: StandIn, website: dict[str, str], now: datetime, rounds: int, pipes: Collection[str]
) -> dict[str, Cost]:
    visitors = stand_in.sql(
        f"SELECT visitor_id FROM pageviews WHERE {_where(website)} AND NOT is_bot "
        f"GROUP BY visitor_id ORDER BY count() DESC, visitor_id LIMIT {len(ABOUT_A_VISITOR)}"
    )
    visitor_of = dict(zip(sorted(ABOUT_A_VISITOR), (row["visitor_id"] for row in visitors), strict=True))
    costs = {}
    for number, (pipe, own_parameters) in enumerate(PARAMETERS.items()):
        if pipe not in pipes:
            continue
        # ClickHouse caches which granules match a condition, so no two pipes may use the same one.
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
    """Return how many rows of other websites share granules with the first and last rows of each part."""
    return int(
        stand_in.sql(
            f"SELECT sum(least(rows, {2 * GRANULE_ROWS})) AS n FROM system.parts "
            f"WHERE active AND database = 'default' AND partition >= '{since:%Y%m}'"
        )[0]["n"]
    )


def _where(website: dict[str, str]) -> str:
    return f"workspace_id = '{website['workspace_id']}' AND website_id = '{website['website_id']}'"


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
