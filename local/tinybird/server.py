"""The HTTP server of the APIs: routes, CORS, faults and errors."""

import asyncio
import contextlib
import re
import socket
import struct
import sys
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, NamedTuple

from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.web import Application, RequestHandler

from local.tinybird import datasources_api, inspection_api, pipes_api
from local.tinybird.errors import ApiError
from local.tinybird.events_api import append_events
from local.tinybird.exchange import Answer, Request, error_answer, json_answer
from local.tinybird.faults import HANG, RESET, Fault
from local.tinybird.reloading import Served
from local.tinybird.workspace import Workspace

Handle = Callable[[Workspace, Request], Awaitable[Answer]]

_RECEIVED_BYTES_MAX = (
    256 * 1024 * 1024
)  # high enough that a handler answers 413 before the web server closes the connection
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding",
    "Access-Control-Expose-Headers": "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After",
    "Access-Control-Max-Age": "86400",
}


class _Route(NamedTuple):
    methods: set[str]
    path: re.Pattern[str]
    handle: Handle


_ROUTES = [
    _Route({"POST"}, re.compile("/v0/events"), append_events),
    _Route({"GET", "POST"}, pipes_api.PATH, pipes_api.query_endpoint),
    _Route({"POST"}, datasources_api.DELETE_PATH, datasources_api.delete_rows),
    _Route({"GET"}, datasources_api.PATH, datasources_api.describe),
    _Route({"GET"}, datasources_api.JOB_PATH, datasources_api.describe_job),
    _Route({"GET"}, re.compile("/_health"), inspection_api.tell_health),
    _Route({"GET", "POST", "DELETE"}, re.compile("/_faults"), inspection_api.change_faults),
    _Route({"GET", "POST"}, re.compile("/_sql"), inspection_api.run_sql),
    _Route({"GET"}, inspection_api.PLANS_PATH, inspection_api.explain_pipe),
]


class ConnectionLostError(Exception):
    """The answer will not arrive: the client has gone, or a fault demands it."""


def listen(served: Served, listener: socket.socket, *, quiet: bool) -> HTTPServer:
    application = Application([(r".*", _Handler, {"served": served, "quiet": quiet})], log_function=_log_nothing)
    server = HTTPServer(application, max_body_size=_RECEIVED_BYTES_MAX, max_buffer_size=_RECEIVED_BYTES_MAX)
    server.add_socket(listener)
    return server


async def answer(workspace: Workspace, request: Request) -> Answer:
    """Return the answer of an API, or an error in Tinybird's format."""
    try:
        return await _route(request)(workspace, request)
    except ApiError as error:
        return error_answer(error)


def _route(request: Request) -> Handle:
    routes = [route for route in _ROUTES if route.path.fullmatch(request.path)]
    if not routes:
        raise ApiError(404, "Not found")
    for route in routes:
        if request.method in route.methods:
            return route.handle
    raise ApiError(405, "Method not allowed", headers={"Allow": ", ".join(sorted(routes[0].methods))})


class _Handler(RequestHandler):  # type: ignore[misc]  # Tornado is not in the environment that checks types
    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

    def initialize(self, served: Served, *, quiet: bool) -> None:
        self._served = served
        self._quiet = quiet
        self._gone = asyncio.Event()

    async def _serve(self, *_: str) -> None:
        started = time.perf_counter()
        received = self.request
        request = Request(received.method, received.path, received.query, received.headers, received.body)
        try:
            given = await self._answer(request)
        except ConnectionLostError:
            given = None
        if given is not None:
            self._send(given)
        if not self._quiet:
            milliseconds = (time.perf_counter() - started) * 1000
            outcome = given.status if given is not None else "connection lost"
            # Without the query, which may hold tokens.
            print(f"{request.method} {request.path} {outcome} {milliseconds:.1f} ms", file=sys.stderr, flush=True)

    get = head = post = put = patch = delete = options = _serve

    async def _answer(self, request: Request) -> Answer:
        if request.method == "OPTIONS":
            return Answer(HTTPStatus.NO_CONTENT, b"", {})
        await self._served.refresh()
        workspace = self._served.workspace
        fault = workspace.faults.take(request)
        if fault is None:
            return await answer(workspace, request)
        if fault.after:
            given = await answer(workspace, request)
            return await self._fail(fault) or given
        return await self._fail(fault) or await answer(workspace, request)

    async def _fail(self, fault: Fault) -> Answer | None:
        """Return the fault's answer, or None if it only delayed the request or was cleared."""
        await asyncio.sleep(fault.delay)
        if fault.status == RESET:
            self._reset()
            raise ConnectionLostError
        if fault.status == HANG:
            await self._until_cleared_or_gone()
            return None
        if fault.status is None:
            return None
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        status = int(fault.status)
        if fault.body is not None:
            return Answer(status, fault.body.encode(), {"Content-Type": "text/html", **headers})
        return json_answer({"error": f"{status} on request: fault {fault.id}"}, status=status, headers=headers)

    async def _until_cleared_or_gone(self) -> None:
        gone = asyncio.create_task(self._gone.wait())
        cleared = asyncio.create_task(self._served.workspace.faults.hang())
        _, pending = await asyncio.wait({gone, cleared}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if gone.done():
            raise ConnectionLostError

    def _reset(self) -> None:
        """Send RST, as a machine that went away, because a client could take an end of stream for an answer."""
        stream = self.detach()
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()

    def on_connection_close(self) -> None:
        self._gone.set()

    def _send(self, given: Answer) -> None:
        self.clear()
        self.set_status(int(given.status))
        is_public = self.request.path.startswith("/v0/")
        for name, value in {**(_CORS if is_public else {}), **given.headers}.items():
            self.set_header(name, value)
        if given.status == HTTPStatus.NO_CONTENT:
            self.clear_header("Content-Type")
        with contextlib.suppress(StreamClosedError):
            self.finish(given.body or None)

    def write_error(self, status_code: int, **_: Any) -> None:
        """Answer requests that Tornado refuses, and unexpected errors."""
        self._send(json_answer({"error": HTTPStatus(status_code).phrase}, status=status_code))


def _log_nothing(_: RequestHandler) -> None:
    """Log nothing: the handler writes its own line."""
