"""SQS as `follow_link` sees it: a server in front of the stack's own that can refuse, hang and drop connections."""

import threading
import time
from collections import Counter
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, override

import urllib3

from tests.stack import templates
from tests.stack.running import PROJECT

_HANGS_SECONDS = 0.5  # a function waits for 0.2
_FUNCTION = "FollowLinkFunction"
_NESTED = "Redirects"


class Behaviour(StrEnum):
    """How the queue fails; those with `after` take the message nevertheless."""

    BUSY = "busy"
    THROTTLED = "throttled"
    DROPS = "drops the connection"
    BUSY_AFTER = "busy, after"
    DROPS_AFTER = "drops the connection, after"
    HANGS_AFTER = "hangs, after"


_TAKES = {Behaviour.BUSY_AFTER, Behaviour.DROPS_AFTER, Behaviour.HANGS_AFTER}
_ANSWERS = {
    Behaviour.BUSY: (503, b'{"__type":"com.amazonaws.sqs#ServiceUnavailable"}'),
    Behaviour.BUSY_AFTER: (503, b'{"__type":"com.amazonaws.sqs#ServiceUnavailable"}'),
    Behaviour.THROTTLED: (400, b'{"__type":"com.amazonaws.sqs#RequestThrottled"}'),
}


class FailingQueue:
    """The server. It passes everything on while it does not behave badly."""

    def __init__(self) -> None:
        self.behaves: Behaviour | None = None
        self.upstream = ""
        self.calls: Counter[str] = Counter()
        self._http = urllib3.PoolManager(maxsize=32, retries=False, timeout=30)
        handler = type("Handler", (_Handler,), {"queue": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._http.clear()

    def pass_on(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        answer = self._http.request("POST", f"{self.upstream}/", headers=headers, body=body)
        return answer.status, answer.data


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write nothing about connections of functions that were killed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    queue: FailingQueue

    def do_POST(self) -> None:
        behaves = self.queue.behaves
        self.queue.calls[behaves or "works"] += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = 200, b"{}"
        if behaves is None or behaves in _TAKES:
            status, answer = self.queue.pass_on(dict(self.headers.items()), body)
        if behaves is Behaviour.HANGS_AFTER:
            time.sleep(_HANGS_SECONDS)
        if behaves in (Behaviour.DROPS, Behaviour.DROPS_AFTER, Behaviour.HANGS_AFTER):
            self.close_connection = True
            return
        if behaves is not None:
            status, answer = _ANSWERS[behaves]
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing."""


def template_with_queue(folder: Path, url: str) -> Path:
    """Return the product's template, in which `follow_link` reaches SQS at another address."""
    nested = templates.read(PROJECT / "stacks" / "redirects.yaml")
    nested["Resources"][_FUNCTION]["Properties"]["Environment"]["Variables"]["AWS_ENDPOINT_URL_SQS"] = url
    document = templates.read(PROJECT / "template.yaml")
    document["Resources"][_NESTED]["Properties"]["Location"] = str(templates.write(folder / "redirects.json", nested))
    return templates.write(folder / "template.json", document)
