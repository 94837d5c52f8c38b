"""Fill a warehouse to measure pipes on: 1,000 websites in 250 workspaces, with any number of pageviews and days.

`python -m benchmarks.warehouse --data FOLDER --pageviews N --days N` fills the folder of a stand-in that is not
running, in the stand-in's environment. The small website comes from local/demo/traffic, with the same rows in every
warehouse of as many days. The other 999 are generated in ClickHouse from the same values, because Python would take
minutes.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.warehouse_sql import inserts
from local.demo.traffic import rows
from local.demo.traffic.sending import to_ndjson
from local.demo.traffic.sites import Site
from local.demo.traffic.visits import generate
from local.tinybird import datafiles, tables
from local.tinybird.storage import Storage

PROJECT = Path(__file__).resolve().parent.parent / "tinybird"
# In the workspace of the largest website: the workspace has many rows, the website few.
SMALL = Site("ws_0000", "admx_small", "small.example.com")
SMALL_PAGEVIEWS = 1_000
BUSY = Site("ws_0002", "admx_0010", "site10.example.com")  # 1.4 % of all pageviews


def fill(data: Path, pageviews: int, days: int, end: datetime) -> None:
    project = datafiles.load(PROJECT)
    storage = Storage(data, query_seconds_max=600)
    tables.create(project, storage)
    of_the_small = list(generate(SMALL, seed=1, end=end, days=days, pageviews=SMALL_PAGEVIEWS))
    for datasource in rows.DATASOURCES:
        batch = to_ndjson(row.values for row in of_the_small if row.datasource == datasource)
        storage.writer.query(
            f"INSERT INTO {datasource} SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow\n{batch}"
        )
    for sql in inserts(pageviews, end, days):
        storage.writer.query(sql)
    for datasource in rows.DATASOURCES:
        storage.writer.query(f"OPTIMIZE TABLE {datasource} FINAL")  # the state of a warehouse after its merges
    storage.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.warehouse")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pageviews", type=int, required=True)
    parser.add_argument("--days", type=int, required=True)
    given = parser.parse_args()
    fill(given.data, given.pageviews, given.days, datetime.now(UTC))


if __name__ == "__main__":
    main()
