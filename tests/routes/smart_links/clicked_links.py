"""What tests of analytics share: a workspace with links, their clicks in the warehouse, and requests about them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from pixel.auth.caller import Caller
from pixel.workspaces.store import meta_key
from tests.links_given import link_store, new_link
from tests.local.tinybird.running import StandIn
from tests.pipes.click_rows import LINKS
from tests.routes.asked_reports import append
from tests.routes.gateway import Reply
from tests.routes.smart_links.asking import ask

type Row = dict[str, Any]

_FUNCTIONS: Final = {
    "/api/analytics": "get_link_overview",
    "/api/analytics/clicks": "list_clicks",
    "/api/analytics/live": "get_live_clicks",
}


class ClickedLinks:
    """A workspace with a link for each of those that made-up clicks have."""

    def __init__(self, warehouse: StandIn) -> None:
        self._warehouse = warehouse
        self.workspace_id = f"ws_{uuid4().hex}"
        self.key = Caller(self.workspace_id, "key_1", "Shop", ("analytics:read",), 60, None, None)
        store = link_store()
        store.database.put(store.workspace_table, meta_key(self.workspace_id))
        made = [new_link(store, workspace_id=self.workspace_id, title=name) for name in LINKS if name]
        self.links = {link["title"]: link for link in made}
        self.rows: list[Row] = []

    def click(self, rows: Sequence[Row]) -> None:
        """Store clicks of the links in the warehouse."""
        ids = {name: link["id"] for name, link in self.links.items()}
        self.rows = [{**row, "workspace_id": self.workspace_id, "link_id": ids.get(row["link_id"], "")} for row in rows]
        if rows:
            append(self._warehouse, "clicks", *map(json.dumps, self.rows))

    def ask(self, path: str, query: Mapping[str, str | list[str]] = {}) -> Reply:
        """Ask a route of analytics, by its path as API Gateway resolves it."""
        function = _FUNCTIONS.get(path)
        names: dict[str, str] = {}
        if function is None:
            first, *report = path.removeprefix("/api/analytics/").split("/")
            names = {"report": report[0]} if report else {}
            if first != "workspace":
                names |= {"linkId": first}
            function = "get_links_report" if first == "workspace" else f"get_link_{'report' if report else 'summary'}"
        return ask(function, path=names, query=query, key=self.key)

    def answer(self, path: str, query: Mapping[str, str | list[str]] = {}) -> Any:
        reply = self.ask(path, query)
        assert (reply.status, reply.body["success"]) == (200, True), reply.body
        return reply.body["data"]


def as_asked(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
