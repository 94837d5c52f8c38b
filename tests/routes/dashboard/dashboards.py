"""What tests of dashboards share: share links, visits, and requests of readers."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from functions.dashboard.get_share_data.handler import handler as get_share_data
from functions.dashboard.open_share.handler import handler as open_share
from pixel.dashboard.signing import VIEWER_SECRET
from pixel.dashboard.views import VIEWS
from pixel.foundation.clock import to_iso
from pixel.workspaces.models import checked
from pixel.workspaces.share_links import SHARE_LINKS, NewShareLink
from pixel.workspaces.store import function_store
from tests.conftest import put_secret
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import add_website, append
from tests.routes.gateway import Event, Reply, event, send

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

SECRET = "0123456789abcdef0123456789abcdef"
ALL_PANELS = [
    *("summary", "series", "pages", "sources", "places", "devices", "goals"),
    *("realtime", "revenue", "funnel", "retention"),
]
SHARED_VIEWS = [name for name, view in VIEWS.items() if view.panel in ALL_PANELS]
"""Views that a share link may show; that of short links is for owners alone."""


class SharedLink(NamedTuple):
    id: str
    token: str
    workspace_id: str
    website_id: str


def share(
    tables: "DynamoDBServiceResource", workspace_id: str = "ws_1", website_id: str = "admx_1", **fields: Any
) -> SharedLink:
    """Create a website and a share link of it by the rules, and store the secret that signs sessions."""
    put_secret(VIEWER_SECRET, SECRET)
    add_website(tables, workspace_id, website_id)
    secret = SHARE_LINKS.issue()
    new = checked(NewShareLink, {"website_id": website_id, **fields})
    item = SHARE_LINKS.create(function_store(), workspace_id, new, secret=secret)
    return SharedLink(item["id"], secret.shown["token"], workspace_id, website_id)


def opening(body: Any, *, address: str = "203.0.113.24") -> Event:
    """Return the event of a request to open a share link."""
    asked = event("open_share")
    asked["body"] = body if isinstance(body, str) else json.dumps(body)
    asked["requestContext"]["identity"]["sourceIp"] = address
    return asked


def open_link(token: str, password: str | None = None, *, address: str = "203.0.113.24") -> Reply:
    body = {"token": token} if password is None else {"token": token, "password": password}
    return send(open_share, opening(body, address=address))


def session_of(link: SharedLink, password: str | None = None) -> str:
    """Return a session for the link."""
    reply = open_link(link.token, password)
    assert reply.status == 200, reply.body
    return str(reply.body["data"]["session"])


def asking(session: str | None, query: Mapping[str, str | list[str]], *, address: str = "203.0.113.24") -> Event:
    """Return the event of a question of a reader."""
    asked = event("get_share_data")
    many = {name: value if isinstance(value, list) else [value] for name, value in query.items()}
    asked["multiValueQueryStringParameters"] = many or None
    asked["queryStringParameters"] = {name: values[-1] for name, values in many.items()} or None
    headers = {} if session is None else {"Authorization": f"Viewer {session}"}
    asked["headers"], asked["multiValueHeaders"] = headers, {name: [value] for name, value in headers.items()}
    asked["requestContext"]["identity"]["sourceIp"] = address
    return asked


def ask(session: str | None, address: str = "203.0.113.24", **query: str) -> Reply:
    """Ask as a reader does; `f_country` stands for `f.country`, and `first` and `last` for `from` and `to`."""
    names = {"first": "from", "last": "to"}
    written = {names.get(name, name.replace("f_", "f.", 1)): value for name, value in query.items()}
    return send(get_share_data, asking(session, written, address=address))


def visit(**fields: Any) -> dict[str, Any]:
    """Return a pageview an hour ago."""
    moment = to_iso(datetime.now(UTC) - timedelta(hours=1))
    return {
        "website_id": "admx_1",
        "event_id": uuid4().hex,
        "visitor_id": uuid4().hex,
        "timestamp": moment,
        "received_at": moment,
        "path": "/",
        "channel": "direct",
        **fields,
    }


def add_visits(warehouse: StandIn, workspace_id: str, *rows: Mapping[str, Any], datasource: str = "pageviews") -> None:
    append(warehouse, datasource, *(json.dumps({"workspace_id": workspace_id, **row}) for row in rows))
