"""A visit of a short link, which benchmarks send to `follow_link`, and the link."""

import json
from typing import Any

from local.aws.clients import Endpoints
from pixel.links.models import NewLink
from pixel.links.store import LinkStore
from pixel.workspaces.models import checked
from tests.routes.redirects.visiting import event_of

FUNCTION = "follow_link"
_CODE = "benchmark"
_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "de-DE,de;q=0.9,en;q=0.5",
    "CloudFront-Viewer-Country": "DE",
    "Host": "go.example.com",
    "Referer": "https://news.example.org/today?page=2",
    "Sec-Fetch-Mode": "navigate",
}
_LINK = {
    "destination_url": "https://www.example.com/welcome?plan=pro",
    "short_code": _CODE,
    "tags": ["summer", "mail"],
    "utm_source": "newsletter",
}


def visit() -> bytes:
    return json.dumps(event_of(f"/{_CODE}?ref=42", headers=_HEADERS)).encode()


def create_link(state: dict[str, Any], workspace_id: str) -> None:
    """Create the link that is visited, in a stack that has the workspace."""
    resources = state["resources"]
    database = Endpoints(state["aws_endpoint_url"], state["dynamodb_endpoint_url"]).database()
    store = LinkStore(database, resources["LinksTable"], resources["WorkspaceTable"], own_hosts=())
    store.create(workspace_id, checked(NewLink, _LINK))
