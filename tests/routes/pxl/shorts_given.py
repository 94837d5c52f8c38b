"""What tests of Pxl share: keys of two workspaces, requests with them, and clicks in the warehouse."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from functions.pxl.create_short.handler import handler as create_short
from functions.pxl.delete_short.handler import handler as delete_short
from functions.pxl.get_insight.handler import handler as get_insight
from functions.pxl.get_short.handler import handler as get_short
from functions.pxl.list_shorts.handler import handler as list_shorts
from functions.pxl.update_short.handler import handler as update_short
from pixel.auth.caller import Caller
from pixel.faces.pxl import ShortScope
from pixel.workspaces.store import meta_key
from tests.links_given import link_store
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import append, asking
from tests.routes.gateway import FIXED_HEADERS, Event, Reply, send
from tests.routes.sent_events import sending

DESTINATION = "https://www.example.com/pricing"
FORM = "application/x-www-form-urlencoded"


def pxl_key(**changes: Any) -> Caller:
    """Return a key of a new workspace."""
    workspace_id = f"ws_{uuid4().hex[:12]}"
    store = link_store()
    store.database.put(store.workspace_table, meta_key(workspace_id))
    key = Caller(workspace_id, f"key_{workspace_id}", "Shop", tuple(ShortScope), 60, None)
    return key._replace(**changes)


def create(key: Caller, body: object, **headers: str) -> Reply:
    return send(create_short, _sending("create_short", key, body, headers))


def create_by_form(key: Caller, **fields: str) -> Reply:
    return create(key, urlencode(fields), Content_Type=FORM)


def update(key: Caller, short_id: str, body: object, **headers: str) -> Reply:
    return send(update_short, _sending("update_short", key, body, headers) | {"pathParameters": {"id": short_id}})


def get(key: Caller, short_id: str) -> Reply:
    return send(get_short, asking("get_short", key, {"id": short_id}))


def delete(key: Caller, short_id: str) -> Reply:
    return send(delete_short, asking("delete_short", key, {"id": short_id}))


def list_(key: Caller, **query: str | list[str]) -> Reply:
    return send(list_shorts, asking("list_shorts", key, {}, query))


def insight(key: Caller, **query: str | list[str]) -> Reply:
    return send(get_insight, asking("get_insight", key, {}, query))


def headers_of(reply: Reply) -> dict[str, str]:
    """Return the headers of an answer without those that every function sends."""
    assert reply.headers.items() >= FIXED_HEADERS.items()
    return {name: value for name, value in reply.headers.items() if name not in FIXED_HEADERS}


def add_clicks(warehouse: StandIn, *rows: dict[str, Any]) -> None:
    append(warehouse, "clicks", *map(json.dumps, rows))


def click(workspace_id: str, timestamp: str, **columns: Any) -> dict[str, Any]:
    """Return the row of a click."""
    given = {"workspace_id": workspace_id, "timestamp": timestamp, "received_at": timestamp, "status": 302}
    return {**given, "click_id": f"clk_{uuid4().hex}", "outcome": "redirected", "visitor_hash": "v", **columns}


def _sending(function: str, key: Caller, body: object, headers: dict[str, str]) -> Event:
    return sending(function, key, body, {name.replace("_", "-"): value for name, value in headers.items()})
