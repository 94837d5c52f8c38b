"""A small server that plays POST /events/batch: each id once, and whatever a test wants of the next requests."""

import gzip
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

Event = dict[str, Any]


class Reply(NamedTuple):
    status: int
    body: Any
    headers: dict[str, str] = {}  # noqa: RUF012 - of a tuple


class Sent(NamedTuple):
    path: str
    headers: dict[str, str]
    size: int  # unpacked
    events: list[Event]


Reaction = Callable[[Sent], Reply | None]


class BatchApi:
    """What it kept is in `kept`, every request in `requests`; `next` holds what replaces its next answers."""

    def __init__(self) -> None:
        self.kept: dict[str, Event] = {}
        self.requests: list[Sent] = []
        self.next: list[Reaction] = []
        self.connections = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def paths(self) -> list[str]:
        return [event["path"] for event in self.kept.values()]

    def answer(self, sent: Sent) -> Reply | None:
        """None: the connection breaks."""
        self.requests.append(sent)
        return self.next.pop(0)(sent) if self.next else self.take(sent)

    def take(self, sent: Sent) -> Reply:
        results = [{"index": index, **self._result(event)} for index, event in enumerate(sent.events)]
        return Reply(202, {"data": {"results": results}, "meta": {"request_id": "req_1"}})

    def _result(self, event: Event) -> Event:
        if "path" not in event:
            fault = {"path": "path", "code": "missing", "message": "Send path or url."}
            error = {"code": "invalid_body", "message": "The body cannot be used.", "details": {"fields": [fault]}}
            return {"status": "rejected", "error": error}
        if event["event_id"] in self.kept:
            return {"status": "duplicate", "event_id": event["event_id"]}
        self.kept[event["event_id"]] = event
        return {"status": event.get("fate", "accepted"), "event_id": event["event_id"]}


def refuses(status: int, code: str, message: str = "Do something else.", **headers: str) -> Reaction:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _sent: Reply(status, {"error": {"code": code, "message": message}}, named)


def _handler_of(api: BatchApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            api.connections += 1

        def do_POST(self) -> None:
            body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
            events = [json.loads(line) for line in body.decode().split("\n")]
            reply = api.answer(Sent(self.path, dict(self.headers), len(body), events))
            if reply is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
