"""What tests of analytics share: a workspace with links, their clicks in the warehouse, and requests about them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from functions.smart_links.get_link_overview.handler import handler as overview
from functions.smart_links.get_link_report.handler import handler as link_report
from functions.smart_links.get_link_summary.handler import handler as summary
from functions.smart_links.get_links_report.handler import handler as links_report
from functions.smart_links.get_live_clicks.handler import handler as live
from functions.smart_links.list_clicks.handler import handler as clicks
from pixel.auth.caller import Caller
from pixel.workspaces.store import meta_key
from tests.links_given import link_store, new_link
from tests.local.tinybird.running import StandIn
from tests.pipes.click_rows import LINKS
from tests.routes.asked_reports import append
from tests.routes.gateway import Reply, event_of, send

type Row = dict[str, Any]

_HANDLERS: Final = {
    "/api/analytics": overview,
    "/api/analytics/clicks": clicks,
    "/api/analytics/live": live,
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

    def ask(self, path: str, query: Mapping[str, str | Sequence[str]] = {}) -> Reply:
        """Ask a route of analytics, by its path as API Gateway resolves it."""
        many = {name: [value] if isinstance(value, str) else value for name, value in query.items()}
        sent = event_of(self.key, query=many)
        parts = path.removeprefix("/api/analytics/").split("/")
        handler, sent["pathParameters"] = _HANDLERS.get(path), None
        if handler is None and parts[0] == "workspace":
            handler, sent["pathParameters"] = links_report, {"report": parts[1]}
        elif handler is None:
            names = dict(zip(("linkId", "report"), parts, strict=False))
            handler, sent["pathParameters"] = (link_report if "report" in names else summary), names
        sent["httpMethod"], sent["resource"] = "GET", path
        return send(handler, sent)

    def answer(self, path: str, query: Mapping[str, str | Sequence[str]] = {}) -> Any:
        reply = self.ask(path, query)
        assert (reply.status, reply.body["success"]) == (200, True), reply.body
        return reply.body["data"]


def as_asked(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
