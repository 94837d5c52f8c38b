"""Producers that put events into the sources beside the API: queue, bus, topic, stream and files."""

import csv
import gzip
import io
import json
import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from pixelctl.events.sources import FILES, SOURCES, put_events, put_file
from tests.stack.chaos.failing_stack import FILE_QUEUE, INGEST_QUEUE
from tests.stack.chaos.ledger import Author, Event, Report
from tests.stack.chaos.surroundings import Surroundings, Workspace

# The part of all events that comes by each source, the rest by HTTP. Each event on the bus is a message of its own.
SHARES = {"queue": 0.15, "topic": 0.13, "stream": 0.13, "bus": 0.02, FILES: 0.2}
_WAITING_MAX = {FILE_QUEUE: 3, INGEST_QUEUE: 60}
_PAUSE_SECONDS = 0.3
_ONE_AT_A_TIME = threading.Lock()  # clients of AWS must not be made at the same time


class Producer:
    """A producer that keeps its share, and does not run far ahead of the consumers."""

    def __init__(self, surroundings: Surroundings, workspace: Workspace, author: Author, *, rows: int) -> None:
        self._surroundings = surroundings
        self._workspace = workspace
        self._ledger = workspace.ledger
        self._author = author
        self._source = author.source
        self._rows = rows  # of a file
        self._dice = random.Random(f"producer {workspace.ledger.name} {author.source}")
        self._files: list[tuple[Path, str]] = []

    def run(self, over: threading.Event) -> None:
        while not over.is_set():
            if self._is_ahead():
                time.sleep(_PAUSE_SECONDS)
            elif self._source == FILES:
                self._put_file()
            else:
                self._put_events()

    def _is_ahead(self) -> bool:
        if self._ledger.events[self._source] > SHARES[self._source] * self._ledger.total():
            return True
        if self._source == "stream":
            return False
        queue = FILE_QUEUE if self._source == FILES else INGEST_QUEUE
        return self._surroundings.failing.waiting(queue) > _WAITING_MAX[queue]

    def _put_events(self) -> None:
        reports = self._author.write(max(self._rows // 10, 10), may_lack_id=True)
        self._ledger.refused_events |= {canonical(report.event) for report in reports if report.code is not None}
        events = [report.event for report in reports]
        messages = list(self._messages(events))
        is_repeatable = all("event_id" in event or "transaction_id" in event for event in events)
        for _ in range(2 if is_repeatable and self._dice.random() < 0.2 else 1):
            with _ONE_AT_A_TIME:
                put_events(self._workspace.tenant.target, self._source, messages)

    def _messages(self, events: Sequence[Event]) -> Sequence[str]:
        """Return messages of one event, or of lists of events where a source takes them."""
        if self._source == "bus":
            return [json.dumps(event) for event in events]
        messages, start = [], 0
        while start < len(events):
            size = self._dice.choice((1, 10, 50))
            together = events[start : start + size]
            messages.append(json.dumps(together[0] if len(together) == 1 else {"events": together}))
            start += size
        return messages

    def _put_file(self) -> None:
        """Put a new file, or one again that was put before."""
        if self._files and self._dice.random() < 0.15:
            file, key = self._dice.choice(self._files)
        else:
            file, key = self._write_file()
            self._files.append((file, key))
        with _ONE_AT_A_TIME:
            put_file(self._workspace.tenant.target, file, key)

    def _write_file(self) -> tuple[Path, str]:
        reports = self._author.write(self._rows, may_lack_id=True)
        ending = self._dice.choice((".ndjson", ".ndjson.gz", ".csv"))
        rows = _csv_rows(reports) if ending == ".csv" else [json.dumps(report.event) for report in reports]
        refused = {row for row, report in zip(rows[-len(reports) :], reports, strict=True) if report.code is not None}
        self._ledger.refused_rows |= refused
        content = "".join(f"{row}\n" for row in rows).encode()
        name = f"{self._ledger.name}-{len(self._files)}{ending}"
        file = self._surroundings.folder / name
        file.write_bytes(gzip.compress(content) if ending.endswith(".gz") else content)
        return file, f"incoming/{name}"


def canonical(event: Event) -> str:
    return json.dumps(event, sort_keys=True)


def _csv_rows(reports: Sequence[Report]) -> list[str]:
    """Return the header and a row for each event."""
    names = sorted({name for report in reports for name in report.event})
    rows = [names, *([_cell(report.event.get(name)) for name in names] for report in reports)]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().splitlines()


def _cell(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


assert {*SHARES} == {*SOURCES, FILES}
