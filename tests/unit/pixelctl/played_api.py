"""A small server that plays the API for `pixelctl doctor`: all is well, unless a test says otherwise of a path."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

HEALTH = "/api/v1/health"
ME = "/api/v1/me"
EVENTS = "/api/v1/pixel/events"
PAGES = "/api/v1/pixel/query/p_top_pages"


class Reply(NamedTuple):
    status: int
    body: Any
    headers: dict[str, str] = {}  # noqa: RUF012 - of a tuple


def failing(status: int, code: str, **headers: str) -> Reply:
    error = {"code": code, "message": "Do something else."}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"error": error, "meta": {"request_id": "req_1"}}, named)


def health(**checks: str) -> Reply:
    all_checks = {"store": "ok", "ingest": "ok", "tokens": "ok", **checks}
    status = 200 if set(all_checks.values()) == {"ok"} else 503
    return Reply(status, {"data": {"status": "ok", "version": "1.2.3", "checks": all_checks}, "meta": {}})


def pages(pageviews: int) -> Reply:
    rows = [{"path": "/pixelctl-doctor", "pageviews": pageviews}] if pageviews else []
    return Reply(200, {"data": {"data": rows, "rows": len(rows), "data_status": "ok"}, "meta": {}})


class PlayedApi:
    """`next` holds what replaces the next answers of a path, `always` what replaces them all."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.next: dict[str, list[Reply]] = {}
        self.always: dict[str, Callable[[], Reply]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def sent(self, path: str) -> list[Any]:
        return [body for _, to, body in self.requests if to == path]

    def answer(self, method: str, path: str, body: Any) -> Reply:
        self.requests.append((method, path, body))
        if waiting := self.next.get(path):
            return waiting.pop(0)
        return self.always[path]() if path in self.always else self._well(path)

    def _well(self, path: str) -> Reply:
        events = self.sent(EVENTS)
        of_this_run = {event["event_id"] for event in events if event["website_id"] == events[-1]["website_id"]}
        return {
            HEALTH: health(),
            ME: Reply(200, {"data": {"workspace_id": "ws_doctor"}}),
            EVENTS: Reply(202, {"data": {"status": "accepted"}}),
            PAGES: pages(len(of_this_run)),
        }[path]


def _handler_of(api: PlayedApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, body: Any) -> None:
            reply = api.answer(self.command, self.path.partition("?")[0], body)
            content = reply.body.encode() if isinstance(reply.body, str) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
