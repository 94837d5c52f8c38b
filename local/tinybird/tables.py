"""The tables of the datasources, kept across restarts and schema changes."""

import json
import re
from pathlib import Path
from typing import Any

from local.tinybird.composition import Composer
from local.tinybird.datafiles import QUARANTINE, Datasource, Project
from local.tinybird.errors import ProjectError, StartError
from local.tinybird.storage import QueryError, Storage, quote

_NAMED = re.compile(r"[`']([A-Za-z_][A-Za-z0-9_]*)[`']")


def create(project: Project, storage: Storage) -> None:
    """Create or adapt all tables as the project declares them, keeping their rows."""
    record = _Record(storage.folder / "schema.json")
    _drop_views(storage)  # the target of a view cannot be altered
    for datasource in project.datasources.values():
        known = record.tables.get(datasource.name)
        if known is not None and known != _declared(datasource):
            _adapt(datasource, known, storage)
        _create_table(datasource, storage)
        _create_quarantine(datasource, storage)
        record.write(datasource)
    create_views(project, storage)


def create_views(project: Project, storage: Storage) -> None:
    """Create the project's materialized views, replacing any existing ones."""
    _drop_views(storage)
    for pipe in project.pipes.values():
        if pipe.kind == "materialized":
            sql = Composer(project, {}).compose(pipe)
            view = quote(f"{pipe.name}__{pipe.output}")
            storage.writer.query(f"CREATE MATERIALIZED VIEW {view} TO {quote(str(pipe.target))} AS {sql}")


def _drop_views(storage: Storage) -> None:
    views = storage.writer.value(
        "SELECT name FROM system.tables WHERE database = 'default' AND engine = 'MaterializedView'"
    )
    for view in views.split():
        storage.writer.query(f"DROP VIEW {quote(view)}")


class _Record:
    """Stores the definitions of the tables, because ClickHouse would return them reformatted."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.tables: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}

    def write(self, datasource: Datasource) -> None:
        self.tables[datasource.name] = _declared(datasource)
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps(self.tables, indent=2))
        draft.replace(self._file)


def _declared(datasource: Datasource) -> dict[str, Any]:
    return {
        "columns": {column.name: column.definition for column in datasource.columns},
        "indexes": datasource.indexes,
        "engine": datasource.engine,
    }


def _create_table(datasource: Datasource, storage: Storage) -> None:
    parts = ", ".join([*(column.definition for column in datasource.columns), *datasource.indexes])
    try:
        storage.writer.query(
            f"CREATE TABLE IF NOT EXISTS {quote(datasource.name)} ({parts}) ENGINE = {datasource.engine}"
        )
    except QueryError as failure:
        raise ProjectError(datasource.file, _line_of(datasource, str(failure)), str(failure)) from failure


def _line_of(datasource: Datasource, reason: str) -> int | None:
    """Return the line of the first ENGINE setting, else of the column, that ClickHouse's error names."""
    for name in _NAMED.findall(reason):
        for pattern in (rf"^ENGINE_\w+.*\b{name}\b", rf"`{name}`", rf"^\s+{name}\b"):
            if line := datasource.line_of(pattern):
                return line
    return datasource.line_of(r"^ENGINE\b")


def _create_quarantine(datasource: Datasource, storage: Storage) -> None:
    # Values that do not fit their column are stored as text.
    columns = ", ".join(f"{quote(column.name)} Nullable(String)" for column in datasource.columns)
    storage.writer.query(
        f"CREATE TABLE IF NOT EXISTS {quote(datasource.name + QUARANTINE)} (c__error_column Array(String), "
        f"c__error Array(String), c__import_id Nullable(String), {columns}, "
        "insertion_date DateTime DEFAULT now()) "
        "ENGINE = MergeTree ORDER BY insertion_date"
    )


def _adapt(datasource: Datasource, known: dict[str, Any], storage: Storage) -> None:
    """Add columns, add and drop indexes, and make any other change only if the table is empty."""
    name, quarantine = quote(datasource.name), quote(datasource.name + QUARANTINE)
    declared = _declared(datasource)
    columns = known["columns"]
    changed = [f"column {column}" for column, was in columns.items() if declared["columns"].get(column) != was]
    if declared["engine"] != known["engine"]:
        changed.append("engine")
    if not changed:
        _adapt_indexes(name, known["indexes"], datasource.indexes, storage)
        for column in datasource.columns:
            if column.name not in columns:
                storage.writer.query(f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS {column.definition}")
                storage.writer.query(
                    f"ALTER TABLE {quarantine} ADD COLUMN IF NOT EXISTS {quote(column.name)} Nullable(String)"
                )
        return
    if storage.writer.value(f"SELECT count() FROM {name}") != "0":
        raise StartError(
            f"{datasource.file}: {', '.join(changed)} changed, and the stored rows of {datasource.name} do not fit. "
            f"Undo the change, or start from scratch: run `make run FRESH=1` or delete {storage.folder}"
        )
    for table in (name, quarantine):
        storage.writer.query(f"DROP TABLE {table}")


def _adapt_indexes(table: str, were: list[str], become: list[str], storage: Storage) -> None:
    """Change indexes, also for stored rows; Tinybird's parser writes one as `INDEX name expression TYPE ...`."""
    for index in were:
        if index not in become:
            storage.writer.query(f"ALTER TABLE {table} DROP INDEX IF EXISTS {index.split()[1]}")
    for index in become:
        if index not in were:
            # An interrupted start may have added it already.
            storage.writer.query(f"ALTER TABLE {table} ADD {index.replace('INDEX', 'INDEX IF NOT EXISTS', 1)}")
            storage.writer.query(
                f"ALTER TABLE {table} MATERIALIZE INDEX {index.split()[1]} SETTINGS mutations_sync = 1"
            )
