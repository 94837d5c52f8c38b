"""Wait for messages and mails to arrive in the AWS server.

One request asks for all of them, five times a second: asking every queue on its own would keep an idle stack busy.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol

import aiohttp

PATH: Final = "/_arrivals"
MAIL_PATH: Final = "/_mail"
"""Paths of the AWS server; no bucket can have such a name."""
_PAUSE_SECONDS: Final = 0.2
_TIMEOUT_SECONDS: Final = 10


class WaitsForMessages(Protocol):
    """What pollers of queues wait with."""

    async def of_queue(self, queue_url: str, /) -> None:
        """Wait until the queue has a message that can be received."""


class _Seen(NamedTuple):
    queues: frozenset[str] = frozenset()
    mails: int = 0


class Arrivals:
    """Looks for what has arrived, for all who wait."""

    def __init__(self, endpoint: str) -> None:
        self._url = f"{endpoint}{PATH}"
        self._seen = _Seen()
        self._looked = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def of_queue(self, queue_url: str) -> None:
        name = queue_url.rpartition("/")[2]
        await self._wait_until(lambda seen: name in seen.queues)

    async def of_mail(self, taken: int) -> None:
        """Wait until the server has more mails than those that were taken."""
        await self._wait_until(lambda seen: seen.mails > taken)

    async def _wait_until(self, has_arrived: Callable[[_Seen], bool]) -> None:
        """Wait for another look than the last one: whoever waits has just found nothing."""
        async with self._looked:
            while True:
                await self._looked.wait()
                if has_arrived(self._seen):
                    return

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                try:
                    async with session.get(self._url) as answer:
                        found: dict[str, Any] = await answer.json()
                except (aiohttp.ClientError, TimeoutError):
                    found = {}  # the next look may succeed
                self._seen = _Seen(frozenset(found.get("queues", ())), found.get("mails", 0))
                async with self._looked:
                    self._looked.notify_all()
                await asyncio.sleep(_PAUSE_SECONDS)
