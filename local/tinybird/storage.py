"""chDB: the connections, the threads they are used on, queries.

chDB opens a folder once per process and lets go of the interpreter's lock while it works. Writes take turns on one
thread; queries have threads and connections of their own, so that neither waits for a long one of the other.
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

# Tinybird is in UTC, and ClickHouse takes the machine's zone where a column names none.
os.environ["TZ"] = "UTC"
import chdb

_CODE = re.compile(r"Code: (\d+)\. (?:DB::Exception: )?(.*)", re.DOTALL)
_EXPLAIN = "EXPLAIN indexes = 1, json = 1 "
_READER_SETTINGS = (
    "output_format_json_quote_64bit_integers = 0, output_format_json_quote_denormals = 0, "
    "max_execution_time = {seconds}, {effort}, readonly = 1"
)
# Of a hundred thousand rows a report is quicker on one thread, and done before its expressions would be compiled.
_LITTLE_EFFORT = "max_threads = 1, compile_expressions = 0, compile_aggregate_expressions = 0"
_ALL_EFFORT = "compile_expressions = 1"


class QueryError(Exception):
    """ClickHouse's refusal, with its code and without the stack in front of it."""

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
            # chDB's own class, and RuntimeError for what it did not expect. What a query had answered before it failed
            # stays in the connection, in front of the next query's answer: it must not be used again.
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
        # For start-up, and afterwards for the thread of the writes alone.
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
        """Return how ClickHouse would run a query, kept until something is written: pipes share most of their nodes."""
        plans = self._plans
        if sql not in plans:
            plans[sql] = json.loads((await self.read(_EXPLAIN + sql, "TSVRaw")).body)
        return plans[sql]

    async def write[**P, T](self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the work, which uses `writer`, alone among the writes."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._write_thread, lambda: work(*args, **kwargs))
        finally:
            self._plans = {}

    def close(self) -> None:
        """Let a write finish, and do not wait for queries."""
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
    """Quote an identifier; names come from the project, which only has plain ones."""
    return f"`{name}`"
