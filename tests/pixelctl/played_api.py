"""A small server that plays the API: all is well for `pixelctl doctor`, unless a test says otherwise of a path."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from tests.pixelctl.scripted_server import Handler, Reply, ScriptedServer, headers_of

HEALTH = "/api/v1/health"
ME = "/api/v1/me"
EVENTS = "/api/v1/pixel/events"
PAGES = "/api/v1/pixel/query/p_top_pages"


def failing(status: int, code: str, **headers: str) -> Reply:
    error = {"code": code, "message": "Do something else."}
    return Reply(status, {"error": error, "meta": {"request_id": "req_1"}}, headers_of(headers))


def health(**checks: str) -> Reply:
    all_checks = {"store": "ok", "ingest": "ok", "tokens": "ok", **checks}
    status = 200 if set(all_checks.values()) == {"ok"} else 503
    return Reply(status, {"data": {"status": "ok", "version": "1.2.3", "checks": all_checks}, "meta": {}})


def pages(pageviews: int) -> Reply:
    rows = [{"path": "/pixelctl-doctor", "pageviews": pageviews}] if pageviews else []
    return Reply(200, {"data": {"data": rows, "rows": len(rows), "data_status": "ok"}, "meta": {}})


class PlayedApi(ScriptedServer):
    """`next` holds what replaces the next answers of a path, `always` what replaces them all."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.queries: list[dict[str, list[str]]] = []
        self.keys: set[str | None] = set()
        self.next: dict[str, list[Reply]] = {}
        self.always: dict[str, Callable[[], Reply]] = {}
        super().__init__(_handler_of(self))

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


def _handler_of(api: PlayedApi) -> type[Handler]:
    class PlayedHandler(Handler):
        def answer(self, body: bytes) -> None:
            sent = json.loads(body) if body else None
            api.queries.append(parse_qs(self.path.partition("?")[2], keep_blank_values=True))
            api.keys.add(self.headers.get("Authorization"))
            self.reply(api.answer(self.command, self.path.partition("?")[0], sent))

    return PlayedHandler
