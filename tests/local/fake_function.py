"""A function that event source mappings can call, which notes its events, and a pause between their polls."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from local.lambdas.runtime_api import Outcome

Answer = Callable[[dict[str, Any]], Outcome]


class FakeFunction:
    def __init__(self, answer: Answer, seconds: float = 0.0) -> None:
        self._answer = answer
        self._seconds = seconds
        self.events: list[dict[str, Any]] = []
        self.at_once = self._running = 0

    async def invoke(self, payload: bytes) -> Outcome:
        self._running += 1
        self.at_once = max(self.at_once, self._running)
        event = json.loads(payload)
        self.events.append(event)
        await asyncio.sleep(self._seconds)
        self._running -= 1
        return self._answer(event)


def returns(value: object) -> Answer:
    return lambda _event: Outcome(json.dumps(value).encode(), None)


class Pause:
    """Waits for messages without knowing of any."""

    async def of_queue(self, _queue_url: str) -> None:
        await asyncio.sleep(0.05)
