"""Injected failures, with which tests simulate outages of Tinybird."""

import asyncio
import itertools
from dataclasses import asdict, dataclass
from typing import Any

from local.tinybird.errors import ApiError
from local.tinybird.exchange import Request

HANG = "hang"
RESET = "reset"
_KNOWN = {"path", "name", "status", "body", "count", "retry_after", "delay", "after"}


@dataclass
class Fault:
    """A failure of the next `count` requests on `path`, or of all if `count` is None: `status` after `delay` seconds.

    With a `name`, only requests with that parameter fail, which is the datasource of an append. A `body` replaces the
    error, as the page of a proxy does. Without a status, requests are only delayed. With `after`, the work is done and
    only the answer is lost.
    """

    id: int
    path: str
    name: str | None = None
    status: int | str | None = None
    body: str | None = None
    count: int | None = None
    retry_after: int | None = None
    delay: float = 0.0
    after: bool = False
    hits: int = 0

    @property
    def is_spent(self) -> bool:
        return self.count is not None and self.hits >= self.count


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)
        self._cleared = asyncio.Event()

    def add(self, described: dict[str, Any]) -> Fault:
        unknown = set(described) - _KNOWN
        if unknown:
            raise ApiError(400, f"unknown fields: {', '.join(sorted(unknown))}; known are {', '.join(sorted(_KNOWN))}")
        fault = Fault(id=next(self._ids), **{"path": "", **described})
        if problem := _problem_of(vars(fault)):
            raise ApiError(400, problem)
        self._faults.append(fault)
        return fault

    def take(self, request: Request) -> Fault | None:
        """Return the oldest fault for the request's path and name; `/v0/pipes/*` covers all paths below."""
        path = request.path
        for fault in self._faults:
            is_for_path = path == fault.path or (fault.path.endswith("*") and path.startswith(fault.path[:-1]))
            is_named = fault.name is None or fault.name == request.arguments.get("name")
            if is_for_path and is_named and not fault.is_spent:
                fault.hits += 1
                return fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]

    def clear(self) -> int:
        """Remove all faults, let hanging requests continue normally, and return the number of faults."""
        count = len(self._faults)
        self._faults.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()
        return count

    async def hang(self) -> None:
        await self._cleared.wait()


def _problem_of(fault: dict[str, Any]) -> str | None:
    status, count, delay = fault["status"], fault["count"], fault["delay"]
    checks = {
        "path is one below /v0/": isinstance(fault["path"], str) and fault["path"].startswith("/v0/"),
        "name is a text": fault["name"] is None or isinstance(fault["name"], str),
        "status is 200 to 599, 'hang' or 'reset'": status in (None, HANG, RESET)
        or (_is_integer(status) and 200 <= status <= 599),
        "body is a text": fault["body"] is None or isinstance(fault["body"], str),
        "count is a positive integer": count is None or (_is_integer(count) and count > 0),
        "retry_after is an integer": fault["retry_after"] is None or _is_integer(fault["retry_after"]),
        "delay is a number": isinstance(delay, int | float) and delay >= 0,
        "after is a boolean": isinstance(fault["after"], bool),
        "a fault has a status or a delay": status is not None or delay != 0,
    }
    return next((rule for rule, holds in checks.items() if not holds), None)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
