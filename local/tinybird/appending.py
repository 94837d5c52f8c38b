"""Insert rows into tables."""

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from local.tinybird.datafiles import QUARANTINE, Datasource, Project
from local.tinybird.rows import Quarantined, RowReader
from local.tinybird.storage import QueryError, Storage, quote

_COLUMN_IN_ERROR = re.compile(r"while reading the value of key (\w+)")


class Appended(NamedTuple):
    successful_rows: int
    quarantined_rows: int


class ViewError(Exception):
    """A materialized view failed: the datasource has the rows, the view's target does not."""


class Appender:
    def __init__(self, project: Project, storage: Storage) -> None:
        self._storage = storage
        self._readers = {name: RowReader(datasource) for name, datasource in project.datasources.items()}

    def takes_events(self, name: str) -> bool:
        return self._readers[name].is_fed_by_events

    async def append(self, datasource: Datasource, body: bytes, *, is_ndjson: bool) -> Appended:
        return await self._storage.write(self._append, datasource, body, is_ndjson=is_ndjson)

    def _append(self, datasource: Datasource, body: bytes, *, is_ndjson: bool) -> Appended:
        batch = self._readers[datasource.name].read(body, is_ndjson=is_ndjson)
        self._quarantine(datasource, batch.quarantined)
        refused = self._insert(datasource, batch.rows)
        self._quarantine(datasource, refused)
        return Appended(len(batch.rows) - len(refused), len(batch.quarantined) + len(refused))

    def _insert(self, datasource: Datasource, rows: Sequence[str]) -> list[Quarantined]:
        """Insert all rows at once; if ClickHouse refuses, insert halves until the refused row is alone."""
        if not rows:
            return []
        columns = ", ".join(quote(column.name) for column in datasource.columns if column.json_path)
        try:
            self._storage.writer.query(
                f"INSERT INTO {quote(datasource.name)} ({columns}) "
                f"SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow\n" + "\n".join(rows)
            )
        except QueryError as failure:
            if "while pushing to view" in str(failure):
                raise ViewError(str(failure)) from failure
            if len(rows) == 1:
                refused = self._readers[datasource.name].quarantine(rows[0], str(failure))
                return [refused._replace(columns=_COLUMN_IN_ERROR.findall(str(failure)))]
            middle = len(rows) // 2
            return [*self._insert(datasource, rows[:middle]), *self._insert(datasource, rows[middle:])]
        return []

    def _quarantine(self, datasource: Datasource, quarantined: Sequence[Quarantined]) -> None:
        if not quarantined:
            return
        lines = [json.dumps(_quarantine_row(row)) for row in quarantined]
        table = quote(datasource.name + QUARANTINE)
        columns = ", ".join(quote(column.name) for column in datasource.columns if column.json_path)
        self._storage.writer.query(
            f"INSERT INTO {table} (c__error_column, c__error, {columns}) "
            "SETTINGS input_format_json_throw_on_bad_escape_sequence = 0 FORMAT JSONEachRow\n" + "\n".join(lines)
        )


def _quarantine_row(row: Quarantined) -> dict[str, object]:
    return {"c__error_column": row.columns, "c__error": row.errors, **row.values}
