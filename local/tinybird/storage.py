"""chDB connections, their threads, and queries.

chDB opens a folder once per process and releases the GIL while it works. Writes run one by one on one thread. Queries
have their own threads and connections, so that neither waits for the other.
"""

import asyncio
import json
import os
import queue
import re
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from local.tinybird.errors import StartError

# Tinybird uses UTC, but ClickHouse uses the machine's time zone if a column names none.
os.environ["TZ"] = "UTC"
import chdb

_CODE = re.compile(r"Code: (\d+)\. (?:DB::Exception: )?(.*)", re.DOTALL)
_EXPLAIN = "EXPLAIN indexes = 1, json = 1 "
_READER_SETTINGS = (
    "output_format_json_quote_64bit_integers = 0, output_format_json_quote_denormals = 0, "
    "max_execution_time = {seconds}, {effort}, readonly = 1"
)
# With a hundred thousand rows, a report is faster on one thread and without compiling its expressions.
_LITTLE_EFFORT = "max_threads = 1, compile_expressions = 0, compile_aggregate_expressions = 0"
_ALL_EFFORT = "compile_expressions = 1"


class QueryError(Exception):
    """An error of ClickHouse, with its code and without its stack trace."""

    TIMEOUT = 159

    def __init__(self, failure: Exception) -> None:
        found = _CODE.search(str(failure))
        super().__init__(found[2].strip() if found else str(failure))
        self.code = int(found[1]) if found else 0


class Result(NamedTuple):
    body: bytes
    rows_read: int


class Connection:
    def __init__(self, path: str, settings: str = "") -> None:
        self._path = path
        self._settings = settings
        self._connection = self._connect()

    def query(self, sql: str, format_: str = "JSON") -> Result:
        try:
            answer = self._connection.query(sql, format_)
        except Exception as failure:
            # chDB raises its own class or RuntimeError. The partial answer of a failed query stays in the connection,
            # before the answer of the next query, so the connection must not be used again.
            self._connection.close()
            self._connection = self._connect()
            raise QueryError(failure) from failure
        return Result(answer.bytes(), answer.rows_read())

    def value(self, sql: str) -> str:
        return self.query(sql, "TSVRaw").body.decode().rstrip("\n")

    def _connect(self) -> Any:
        connection = chdb.connect(self._path)
        if self._settings:
            connection.query(f"SET {self._settings}")
        return connection


class Storage:
    def __init__(
        self, folder: Path | None, *, query_seconds_max: float, is_large: bool = False, readers: int = 2
    ) -> None:
        self._temporary = None if folder else tempfile.mkdtemp(prefix="tinybird-stand-in-")
        self.folder = folder or Path(str(self._temporary))
        self._path = str(self.folder / "clickhouse")
        # Used during start-up, and afterwards only by the thread of the writes.
        self.writer = self._connect()
        self._readers: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        effort = _ALL_EFFORT if is_large else _LITTLE_EFFORT
        for _ in range(readers):
            self._readers.put(self._connect(_READER_SETTINGS.format(seconds=query_seconds_max, effort=effort)))
        self._plans: dict[str, Any] = {}
        self._write_thread = ThreadPoolExecutor(1, "write")
        self._read_threads = ThreadPoolExecutor(readers, "read")

    async def read(self, sql: str, format_: str = "JSON") -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, self.read_now, sql, format_)

    def read_now(self, sql: str, format_: str = "JSON") -> Result:
        reader = self._readers.get()
        try:
            return reader.query(sql, format_)
        finally:
            self._readers.put(reader)

    async def explain(self, sql: str) -> Any:
        """Return the plan of a query, cached until the next write, because pipes share most of their nodes."""
        plans = self._plans
        if sql not in plans:
            plans[sql] = json.loads((await self.read(_EXPLAIN + sql, "TSVRaw")).body)
        return plans[sql]

    async def write[**P, T](self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work that uses `writer`, one write at a time."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._write_thread, lambda: work(*args, **kwargs))
        finally:
            self._plans = {}

    def close(self) -> None:
        """Close after the current write, without waiting for queries."""
        self._write_thread.shutdown(wait=True, cancel_futures=True)
        self._read_threads.shutdown(wait=False, cancel_futures=True)
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _connect(self, settings: str = "") -> Connection:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            return Connection(self._path, settings)
        except Exception as failure:
            raise StartError(f"cannot open {self.folder}: is another process using it? ({failure})") from failure


def quote(name: str) -> str:
    """Quote an identifier of the project, whose names need no escaping."""
    return f"`{name}`"
