"""Clients of the API, which repeat a request until each event is kept or refused as it must be."""

import json
import random
import threading
import time
from collections import Counter, deque
from typing import Any

import urllib3

from tests.stack.chaos.ledger import Author, Report
from tests.stack.chaos.surroundings import Surroundings, Workspace

_SINGLE, _BATCH = "/api/v1/pixel/events", "/api/v1/pixel/events/batch"
_ATTEMPTS_MAX = 300
_RETRYABLE = {"tinybird_error", "internal_error", "ingest_unavailable", "rate_limit_exceeded"}
_KEPT = {"accepted", "queued", "duplicate"}


class Client:
    """A client with its results: `statuses` of events, and of requests that failed; `faults` are those of the API."""

    def __init__(self, surroundings: Surroundings, workspace: Workspace, author: Author, events_max: int) -> None:
        self.statuses: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.faults: list[str] = []
        self._stack = surroundings.stack
        self._workspace = workspace
        self._author = author
        self._events_max = events_max  # in a batch
        self._dice = random.Random(f"client {workspace.ledger.name} {author.number}")
        self._answered: deque[list[Report]] = deque(maxlen=20)

    def run(self, over: threading.Event, pause_seconds: float) -> None:
        while not over.is_set():
            if self._answered and self._dice.random() < 0.15:
                reports = self._dice.choice(self._answered)
            else:
                reports = self._author.write(self._size())
            for one in [reports] if len(reports) > 1 else [[report] for report in reports]:
                self._send(one)
            self._answered.append(reports)
            time.sleep(pause_seconds * self._dice.uniform(0.5, 1.5))

    def _size(self) -> int:
        is_batch = self._dice.random() < (0.3 if self._events_max < 10 else 0.8)
        return self._dice.randint(max(self._events_max // 4, 2), self._events_max) if is_batch else 1

    def _send(self, reports: list[Report]) -> None:
        """Send a request until it is answered for good."""
        path = _SINGLE if len(reports) == 1 else _BATCH
        events = [report.event for report in reports]
        body = json.dumps(events[0] if path == _SINGLE else {"events": events}).encode()
        for _ in range(_ATTEMPTS_MAX):
            self.requests[path] += 1
            results = self._results(path, body)
            if len(results) == len(reports) and not any(code in _RETRYABLE for _, code in results):
                self._judge(reports, results)
                return
            time.sleep(self._dice.uniform(0.05, 0.3))
        raise AssertionError(f"{path} was never answered for good: {dict(self.statuses)}")

    def _results(self, path: str, body: bytes) -> list[tuple[str, str | None]]:
        """Return the status and the error code of each event, or nothing without an answer of the functions."""
        headers = {"Content-Type": "application/json"}
        try:
            answer = self._stack.call(path, method="POST", key=self._workspace.key, headers=headers, body=body)
        except urllib3.exceptions.HTTPError:
            self.statuses["no answer"] += 1
            return []
        if answer.status == 202:
            data: dict[str, Any] = answer.json["data"]
            results = [_result(one) for one in data.get("results", [data])]
        else:
            self.statuses[str(answer.status)] += 1
            results = [("rejected", answer.code)] if path == _SINGLE else []
        self.statuses.update(code or status for status, code in results)
        return results

    def _judge(self, reports: list[Report], results: list[tuple[str, str | None]]) -> None:
        for report, (status, code) in zip(reports, results, strict=True):
            if code != report.code or (code is None and status not in _KEPT):
                self.faults.append(f"{status} {code} instead of {report.code} for {json.dumps(report.event)}")
        kept = [report.event for report in reports if report.code is None]
        with self._workspace.ledger.lock:
            self._workspace.ledger.answered.extend(kept)


def _result(one: dict[str, Any]) -> tuple[str, str | None]:
    return one["status"], one["error"]["code"] if "error" in one else None
