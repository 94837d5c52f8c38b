"""The SQLite file of the AWS server's state, with one row for each item, message, object and so on."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

_WAIT_SECONDS = 10.0  # the server of a stack that was just killed may still be writing its last changes

_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (version TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS kept (
    service TEXT NOT NULL, place TEXT NOT NULL, key TEXT NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (service, place, key)
);
"""
_UPSERT = """
INSERT INTO kept (service, place, key, content) VALUES (?, ?, ?, ?)
ON CONFLICT (service, place, key) DO UPDATE SET content = excluded.content
"""


class Name(NamedTuple):
    """The identity of a row: the service, the store, such as a table or a queue, and the key in the store."""

    service: str
    place: str
    key: str


class StateFile:
    def __init__(self, path: Path, version: str) -> None:
        """Open or create the file; `version` names the programs that can read its contents."""
        self._path = path
        self._connection = self._open()
        try:
            self._prepare(version)
        except sqlite3.DatabaseError as failure:
            self.close()
            raise self.unreadable(str(failure)) from failure
        except StateError:
            self.close()
            raise

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.touch(mode=0o600)  # it holds secrets
            return sqlite3.connect(self._path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        except OSError as failure:
            raise self.unreadable(str(failure.strerror)) from failure
        except sqlite3.DatabaseError as failure:
            raise self.unreadable(str(failure)) from failure

    def rows(self) -> Iterator[tuple[Name, bytes]]:
        """Yield all rows in the order in which they were first written."""
        try:
            for service, place, key, content in self._connection.execute(
                "SELECT service, place, key, content FROM kept ORDER BY rowid"
            ):
                yield Name(service, place, key), content
        except sqlite3.DatabaseError as failure:
            raise self.unreadable(str(failure)) from failure

    def write(self, changed: Iterable[tuple[Name, bytes]], gone: Iterable[Name]) -> None:
        """Write all changes in one transaction."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(_UPSERT, ((*name, content) for name, content in changed))
            self._connection.executemany("DELETE FROM kept WHERE service = ? AND place = ? AND key = ?", gone)

    def close(self) -> None:
        self._connection.close()

    def unreadable(self, reason: str) -> "StateError":
        return StateError(f"{self._path} cannot be read ({reason}); start from scratch with `make run FRESH=1`")

    def _prepare(self, version: str) -> None:
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)
        found = self._connection.execute("SELECT version FROM about").fetchone()
        if found is None:
            self._connection.execute("INSERT INTO about VALUES (?)", (version,))
        elif found[0] != version:
            raise self.unreadable("another version of the embedded stack wrote it")


class StateError(Exception):
    """The state cannot be read; the message says what to do."""
