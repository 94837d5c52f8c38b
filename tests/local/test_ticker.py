"""`POST /_local/tick` calls the schedule's function at another time, for programs of this machine alone."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from local.gateway.server import GatewayServer
from local.ticker import Ticker


class _Function:
    def __init__(self) -> None:
        self.program = SimpleNamespace(name="tick")
        self.times: list[str] = []

    async def invoke(self, payload: bytes) -> Any:
        self.times.append(json.loads(payload)["time"])
        return SimpleNamespace(payload=b'{"due": 0}')


async def _post(function: Any, at: str, headers: dict[str, str]) -> int:
    """Post to a server with a ticker, whose address headers may hold as ADDRESS, and return the status."""
    server = GatewayServer(None, None, (), [Ticker([function])])  # type: ignore[arg-type]  # nothing gets to a gateway
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"127.0.0.1:{runner.addresses[0][1]}"
    sent = {name: value.replace("ADDRESS", address) for name, value in headers.items()}
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"http://{address}/_local/tick", json={"at": at}, headers=sent) as answer,
        ):
            return answer.status
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://ADDRESS"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://ADDRESS"}, 403),
        ({"Origin": "http://ADDRESS.evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_page_of_another_site_does_not_tick(headers: dict[str, str], status: int) -> None:
    function = _Function()

    assert asyncio.run(_post(function, "2026-10-25T01:00:00Z", headers)) == status
    assert function.times == ["2026-10-25T01:00:00Z"] * (status == 200)


@pytest.mark.parametrize(
    ("at", "status"),
    [("2100-12-31T23:59:00Z", 200), ("2101-01-01T00:00:00Z", 400), ("9999-12-31T23:59:59Z", 400), ("soon", 400)],
)
def test_years_beyond_2100_are_refused(at: str, status: int) -> None:
    function = _Function()

    assert asyncio.run(_post(function, at, {})) == status
    assert bool(function.times) == (status == 200)
