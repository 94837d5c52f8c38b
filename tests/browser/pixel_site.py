"""A small website and a server of events for it: pages on any host of `example`, the script, and what it sends."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from mimetypes import guess_type
from typing import Any, NamedTuple

from aiohttp import ClientSession, web

from tools.browser_script import PLACEHOLDER, SCRIPT

_CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
_NOT_PASSED_ON = {"host", "cookie", "content-length", "accept-encoding", "connection"}
_PATIENCE_SECONDS = 5.0
_QUIET_SECONDS = 0.3
_BODY = '<h1>Page</h1><a id="inside" href="/second">Second</a>'
_numbers = count(1)


class Sent(NamedTuple):
    """A request with events."""

    key: str
    body: dict[str, Any]
    headers: dict[str, str]
    at: float
    """By the clock of this machine, in seconds."""

    @property
    def events(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.body["e"]
        return events


class Website:
    """A website with a key of its own, so that no test sees what another one's pages send late."""

    def __init__(self, server: "PixelSite", config: dict[str, Any]) -> None:
        self._server = server
        self.key = f"pk_test_{next(_numbers)}"
        self.config = {"k": self.key, **config}
        self.answers: list[tuple[int, dict[str, str]]] = []
        """What the next requests are answered; 202 when there is none left."""
        server.websites[self.key] = self

    @property
    def port(self) -> int:
        return self._server.port

    def page(
        self,
        path: str = "/",
        *,
        host: str = "shop.example",
        attributes: str = "",
        head: str = "",
        body: str = _BODY,
        script: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> str:
        """Return the address of a new page that includes the script."""
        source = script or f"http://stats.example:{self._server.port}/p/{self.key}.js"
        element = f'<script async src="{source}" {attributes}></script>'
        html = (
            f"<!doctype html><html lang=en><head><title>Title</title>{head}{element}</head><body>{body}</body></html>"
        )
        self._server.pages[host, path.partition("?")[0].partition("#")[0]] = (html, headers or {})
        return f"http://{host}:{self._server.port}{path}"

    def file(self, path: str, text: str, *, host: str = "shop.example") -> str:
        """Return the address of a file of the site, whose type follows from its name."""
        self._server.pages[host, path] = (text, {})
        return f"http://{host}:{self.port}{path}"

    @property
    def requests(self) -> list[Sent]:
        return [sent for sent in self._server.sent if sent.key == self.key]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for sent in self.requests for event in sent.events]

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the events of a name, or the custom events of a goal."""
        return [event for event in self.events if name in (event["name"], event.get("goal_name"))]

    def wait(self, name: str, number: int = 1) -> list[dict[str, Any]]:
        """Wait for a number of events of a name, and return them."""
        until(lambda: len(self.named(name)) >= number, lambda: f"{number} of {name}, but there are {self.events}")
        return self.named(name)

    def wait_requests(self, number: int) -> list[Sent]:
        until(lambda: len(self.requests) >= number, lambda: f"{number} requests, but there are {self.requests}")
        return self.requests

    def stays_silent(self) -> bool:
        """Return whether nothing has been sent, also a while from now."""
        time.sleep(_QUIET_SECONDS)
        return not self.requests


class PixelSite:
    def __init__(self) -> None:
        self.port = 0
        self.websites: dict[str, Website] = {}
        self.pages: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
        self.sent: list[Sent] = []
        self.proxies: dict[str, tuple[str, dict[str, str]]] = {}
        """Where requests below a path of one segment are passed on to, and headers that are added to them."""

    def website(self, **config: Any) -> Website:
        return Website(self, config)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        first, _, rest = request.path.removeprefix("/").partition("/")
        if first in self.proxies:
            return await self._pass_on(request, first, rest)
        if request.path == "/p/e":
            return await self._collect(request)
        if request.path.startswith("/p/"):
            return self._script(request.path.removeprefix("/p/").removesuffix(".js"))
        host = request.host.partition(":")[0]
        text, headers = self.pages.get((host, request.path), ("<!doctype html><title>Other</title>", {}))
        return web.Response(text=text, content_type=guess_type(request.path)[0] or "text/html", headers=headers)

    async def _pass_on(self, request: web.Request, first: str, rest: str) -> web.Response:
        to, added = self.proxies[first]
        kept = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_PASSED_ON}
        async with (
            ClientSession() as session,
            session.request(
                request.method, f"{to}/{rest}", data=await request.read(), headers={**kept, **added}
            ) as answer,
        ):
            headers = {"Content-Type": answer.headers["Content-Type"]}
            return web.Response(status=answer.status, body=await answer.read(), headers=headers)

    def _script(self, key: str) -> web.Response:
        config = self.websites[key].config if key in self.websites else {}
        text = SCRIPT.read_text().replace(PLACEHOLDER, json.dumps(config))
        return web.Response(text=text, content_type="text/javascript", headers={"Cache-Control": "no-store"})

    async def _collect(self, request: web.Request) -> web.Response:
        if request.method != "POST":
            raise web.HTTPMethodNotAllowed(request.method, ["POST"])
        body = json.loads(await request.text())
        self.sent.append(Sent(body["k"], body, dict(request.headers), time.time()))
        answers = self.websites[body["k"]].answers
        status, headers = answers.pop(0) if answers else (202, {})
        data = {"accepted": len(body["e"]), "dropped": []}
        return web.json_response({"data": data}, status=status, headers={**_CORS, **headers})


@contextmanager
def running() -> Iterator[PixelSite]:
    """Serve on a free port, in a thread of its own: the browser's driver has a loop in this one."""
    site = PixelSite()
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def start() -> web.AppRunner:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", site.respond)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        site.port = runner.addresses[0][1]
        return runner

    def serve() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(start())
        started.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    started.wait(_PATIENCE_SECONDS)
    try:
        yield site
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def until(is_so: Callable[[], bool], what: Callable[[], str]) -> None:
    """Wait until it is so, or fail with what was expected."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, f"expected {what()}"
        time.sleep(0.01)
