"""A small server that plays POST /events/batch: each id once, and whatever a test wants of the next requests."""

import gzip
import json
import socket
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.pixelctl.scripted_server import Handler, Reply, ScriptedServer, headers_of

Event = dict[str, Any]


class Sent(NamedTuple):
    path: str
    headers: dict[str, str]
    size: int  # unpacked
    events: list[Event]


Reaction = Callable[[Sent], Reply | None]


class BatchApi(ScriptedServer):
    """What it kept is in `kept`, every request in `requests`; `next` holds what replaces its next answers."""

    def __init__(self) -> None:
        self.kept: dict[str, Event] = {}
        self.requests: list[Sent] = []
        self.next: list[Reaction] = []
        self.connections = 0
        super().__init__(_handler_of(self))

    @property
    def paths(self) -> list[str]:
        return [event["path"] for event in self.kept.values()]

    def answer(self, sent: Sent) -> Reply | None:
        """Return the answer to a request, or None to break the connection."""
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
    return lambda _sent: Reply(status, {"error": {"code": code, "message": message}}, headers_of(headers))


def _handler_of(api: BatchApi) -> type[Handler]:
    class BatchHandler(Handler):
        def setup(self) -> None:
            super().setup()
            api.connections += 1

        def answer(self, body: bytes) -> None:
            unpacked = gzip.decompress(body)
            events = [json.loads(line) for line in unpacked.decode().split("\n")]
            reply = api.answer(Sent(self.path, dict(self.headers), len(unpacked), events))
            if reply is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.reply(reply)

    return BatchHandler
