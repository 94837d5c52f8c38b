"""Measure what an hourly materialization would save, and what it would get wrong, against the pipes.

`python -m benchmarks.materialization --data FOLDER --report-days N WORKSPACE/WEBSITE ...` runs in the stand-in's
environment, on the folder of a stand-in that is not running, and prints JSON. It leaves the candidate in the folder.

The candidate is the best case: pageviews and visitors of each website, hour and country, without bots, as states of
exact aggregates. ClickHouse feeds it with each inserted block, as Tinybird would.
"""

import argparse
import json
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from local.tinybird import datafiles
from local.tinybird.composition import Composer
from local.tinybird.storage import Connection, Storage

PROJECT = Path(__file__).resolve().parent.parent / "tinybird"
ROUNDS = 5

_TARGET = """
    CREATE TABLE hourly (
        workspace_id LowCardinality(String),
        website_id LowCardinality(String),
        hour DateTime,
        country LowCardinality(String),
        pageviews AggregateFunction(count),
        visitors AggregateFunction(uniqExact, String)
    )
    ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(hour) ORDER BY (workspace_id, website_id, hour, country)
"""
_FEED = """
    SELECT workspace_id, website_id, toStartOfHour(timestamp) AS hour, country,
        countState() AS pageviews, uniqExactState(visitor_id) AS visitors
    FROM pageviews
    WHERE is_bot = 0
    GROUP BY workspace_id, website_id, hour, country
"""
# The answers of pipes, computed from the candidate, which counts only visitors with pageviews.
_OF_CANDIDATE = {
    "p_metric_series": "SELECT toDate(hour) AS day, countMerge(pageviews) AS value FROM hourly {where} GROUP BY day",
    "p_metric_series, visitors": (
        "SELECT toDate(hour) AS day, uniqExactMerge(visitors) AS value FROM hourly {where} GROUP BY day"
    ),
    "p_geo": (
        "SELECT country, uniqExactMerge(visitors) AS visitors, countMerge(pageviews) AS pageviews "
        "FROM hourly {where} GROUP BY country ORDER BY visitors DESC, country LIMIT 100"
    ),
}
_PARAMETERS = {
    "p_metric_series": {"metric": "pageviews"},
    "p_metric_series, visitors": {"metric": "visitors"},
    "p_geo": {},
}


class Website(NamedTuple):
    workspace_id: str
    website_id: str


class Window(NamedTuple):
    start: datetime
    end: datetime


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.materialization")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--report-days", type=int, required=True)
    parser.add_argument("websites", nargs="+", metavar="WORKSPACE/WEBSITE")
    given = parser.parse_args()
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    window = Window(midnight - timedelta(days=given.report_days), midnight)
    storage = Storage(given.data, query_seconds_max=600, is_large=True)
    websites = [Website(*text.split("/")) for text in given.websites]
    print(json.dumps(_measure(storage.writer, websites, window)))
    storage.close()


def _measure(connection: Connection, websites: list[Website], window: Window) -> dict[str, Any]:
    connection.query(_TARGET)
    connection.query(f"INSERT INTO hourly {_FEED}")
    connection.query(f"CREATE MATERIALIZED VIEW hourly_feed TO hourly AS {_FEED}")
    connection.query("OPTIMIZE TABLE hourly FINAL")
    queries = {website: _queries(website, window) for website in websites}
    costs = [
        {"pipe": name, "website": website.website_id, **_compared(connection, *pair)}
        for website, pairs in queries.items()
        for name, pair in pairs.items()
    ]
    where = f"WHERE workspace_id = '{websites[0].workspace_id}' AND website_id = '{websites[0].website_id}'"
    before = _pageviews(connection, queries[websites[0]]["p_metric_series"])
    connection.query(f"INSERT INTO pageviews SELECT * FROM pageviews {where}")  # as a retry after a lost answer does
    after = _pageviews(connection, queries[websites[0]]["p_metric_series"])
    return {"costs": costs, "sizes": _sizes(connection), "twice": {"before": before, "after": after}}


def _queries(website: Website, window: Window) -> dict[str, tuple[str, str]]:
    """Return the query of the pipe and of the candidate, by name."""
    project = datafiles.load(PROJECT)
    fixed = website._asdict()
    dates = {"date_from": f"{window.start:%Y-%m-%d %H:%M:%S}", "date_to": f"{window.end:%Y-%m-%d %H:%M:%S}"}
    where = (
        f"WHERE workspace_id = '{website.workspace_id}' AND website_id = '{website.website_id}' "
        f"AND hour >= toDateTime('{dates['date_from']}') AND hour < toDateTime('{dates['date_to']}')"
    )
    return {
        name: (
            Composer(project, {**fixed, **dates, **own}).compose(project.pipes[name.partition(",")[0]]),
            _OF_CANDIDATE[name].format(where=where),
        )
        for name, own in _PARAMETERS.items()
    }


def _compared(connection: Connection, of_pipe: str, of_candidate: str) -> dict[str, float]:
    pipe, candidate = _cost(connection, of_pipe), _cost(connection, of_candidate)
    return {
        "pipe_rows": pipe[0],
        "pipe_ms": pipe[1],
        "candidate_rows": candidate[0],
        "candidate_ms": candidate[1],
    }


def _cost(connection: Connection, sql: str) -> tuple[int, float]:
    """Return the rows read by the first run, and the median time of the others."""
    rows_read = int(json.loads(connection.query(sql).body)["statistics"]["rows_read"])
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        connection.query(sql)
        times.append((time.perf_counter() - started) * 1000)
    return rows_read, statistics.median(times)


def _pageviews(connection: Connection, pair: tuple[str, str]) -> dict[str, float]:
    of_pipe, of_candidate = (
        sum(
            row["value"]
            for row in json.loads(connection.query(f"SELECT toFloat64(value) AS value FROM ({sql})").body)["data"]
        )
        for sql in pair
    )
    return {"pipe": of_pipe, "candidate": of_candidate}


def _sizes(connection: Connection) -> dict[str, dict[str, int]]:
    found = json.loads(
        connection.query(
            "SELECT table, toUInt32(sum(rows)) AS rows, toFloat64(sum(data_compressed_bytes)) AS bytes "
            "FROM system.parts WHERE active AND table IN ('hourly', 'pageviews') GROUP BY table"
        ).body
    )["data"]
    return {row["table"]: {"rows": row["rows"], "bytes": row["bytes"]} for row in found}


if __name__ == "__main__":
    main()
