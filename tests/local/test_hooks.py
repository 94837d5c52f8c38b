"""The receivers of the embedded stack take what the product sends, check its signature, and misbehave when asked to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from local import hooks
from local.gateway.gateway import Gateway
from local.gateway.server import GatewayServer
from local.hooks import HookReceivers
from pixel.hooks.addresses import read_slack_url, read_url
from pixel.hooks.calling import Answer, call
from pixel.hooks.signing import new_secret, signed_headers

_SECRET = new_secret()


@asynccontextmanager
async def _serving() -> AsyncIterator[str]:
    receivers = HookReceivers(lambda path: [_SECRET] if path == "/_local/hook/orders" else [])
    server = GatewayServer(_no_gateway(), None, (), [receivers])
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _no_gateway() -> Gateway:
    return None  # type: ignore[return-value]  # no request of these tests gets to it


def _deliver(url: str, body: bytes = b'{"type":"ping"}', secret: str = _SECRET, seconds: float = 5) -> Answer:
    """Deliver as the product does."""
    headers = {"content-type": "application/json", **signed_headers("msg_1", datetime.now(UTC), body, [secret])}
    return call(read_url(url, private_allowed=True), headers, body, private_allowed=True, seconds=seconds)


async def _read(url: str) -> Any:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/_local/hooks.json") as response:
        return (await response.json())["data"]


def test_what_is_delivered_is_shown_with_its_signature_checked() -> None:
    async def run() -> None:
        async with _serving() as url:
            right = await asyncio.to_thread(_deliver, f"{url}/_local/hook/orders")
            wrong = await asyncio.to_thread(_deliver, f"{url}/_local/hook/orders", b"<b>{", new_secret())
            slack = read_slack_url(f"{url}/_local/slack/sales", private_allowed=True)
            told = await asyncio.to_thread(call, slack, {}, b'{"text":"Hello"}', private_allowed=True)

            assert [one.status for one in (right, wrong, told)] == [200, 200, 200]
            assert (right.text, right.succeeded) == ("ok", True)
            found = await _read(url)
            assert [(one["kind"], one["name"], one["signature"]) for one in found] == [
                ("slack", "sales", None),
                ("hook", "orders", "invalid"),
                ("hook", "orders", "valid"),
            ]
            assert [one["body"] for one in found] == [{"text": "Hello"}, "<b>{", {"type": "ping"}]
            assert found[2]["webhook_id"] == "msg_1"
            async with aiohttp.ClientSession() as session:
                async with session.get(f"{url}/_local/hooks?name=orders") as response:
                    page = await response.text()
                assert "&lt;b&gt;{" in page
                assert "<b>{" not in page
                assert "Hello" not in page
                async with session.delete(f"{url}/_local/hooks") as response:
                    assert response.status == 200
            assert await _read(url) == []

    asyncio.run(run())


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        ("200", 200, None),
        ("429", 429, None),
        ("410", 410, None),
        ("500", 500, None),
        ("hang", None, "timeout"),
        ("cut", None, "broken_response"),
        ("nonsense", None, "broken_response"),
    ],
)
def test_an_address_chooses_its_fault(fault: str, status: int | None, error: str | None) -> None:
    async def run() -> None:
        async with _serving() as url:
            address = f"{url}/_local/hook/orders?fault={fault}&retry_after=7"
            found = await asyncio.to_thread(_deliver, address, seconds=0.5)
            assert (found.status, found.error) == (status, error)
            assert found.retry_after_seconds == (7 if status else None)
            (arrived,) = await _read(url)
            assert (arrived["answered"], arrived["signature"]) == (fault, "valid")

    asyncio.run(run())


@pytest.mark.parametrize(("method", "path"), [("GET", "/_local/hook/orders"), ("POST", "/_local/nothing")])
def test_nothing_else_is_there(method: str, path: str) -> None:
    async def run() -> None:
        async with (
            _serving() as url,
            aiohttp.ClientSession() as session,
            session.request(method, f"{url}{path}") as response,
        ):
            assert response.status == 404

    asyncio.run(run())


def test_secrets_are_those_of_the_address_s_path() -> None:
    class Rows:
        def scan(self, _table: str, _where: object) -> list[dict[str, str]]:
            return [
                {
                    "url": "http://127.0.0.1:1/_local/hook/a?fault=500",
                    "secret": "whsec_a",
                    "previous_secret": "whsec_b",
                },
                {"url": "http://127.0.0.1:1/_local/hook/b", "secret": "whsec_c"},
                {"url": "http://127.0.0.1:1/_local/slack/a"},
            ]

    secrets_of = hooks.secrets_in(Rows(), "secrets")  # type: ignore[arg-type] # all of a Database that it asks
    assert list(secrets_of("/_local/hook/a")) == ["whsec_a", "whsec_b"]
    assert list(secrets_of("/_local/slack/a")) == []
    assert json.dumps(list(secrets_of("/_local/hook/none"))) == "[]"
