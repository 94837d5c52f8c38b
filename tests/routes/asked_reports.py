"""What tests of reports share: requests for a pipe, websites to ask about, rows to be found."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pixel.auth.caller import Caller
from pixel.foundation.clock import to_iso
from pixel.workspaces.website_kind import WEBSITE
from tests.environment import WORKSPACE_TABLE
from tests.local.tinybird.running import StandIn
from tests.routes.gateway import Event, event

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource


def asking(
    function: str, caller: Caller, path: Mapping[str, str], query: Mapping[str, str | list[str]] | None = None
) -> Event:
    """Return the function's example event with this caller and these parameters."""
    asked = event(function)
    many = {name: value if isinstance(value, list) else [value] for name, value in (query or {}).items()}
    asked["pathParameters"] = dict(path)
    asked["multiValueQueryStringParameters"] = many or None
    asked["queryStringParameters"] = {name: values[-1] for name, values in many.items()} or None
    asked["requestContext"]["authorizer"] |= {**caller.to_context(), "principalId": caller.key_id}
    return asked


def fields_of(reply: Any) -> dict[str, str]:
    """Return the kind of fault of each parameter of a refused query."""
    assert reply.body["error"]["code"] == "invalid_query"
    return {field["path"]: field["code"] for field in reply.body["error"]["details"]["fields"]}


def add_website(
    tables: "DynamoDBServiceResource", workspace_id: str, website_id: str, *, deleted: bool = False
) -> None:
    website: dict[str, Any] = {
        **WEBSITE.key(workspace_id, website_id),
        "id": website_id,
        "owned_website_id": website_id,
        "domain": "example.com",
        "name": "Main site",
        "created_at": "2026-01-01T00:00:00Z",
    }
    if deleted:
        website["deleted_at"] = "2026-02-01T00:00:00Z"
    tables.Table(WORKSPACE_TABLE).put_item(Item=website)


def add_pageviews(warehouse: StandIn, workspace_id: str, website_id: str, *paths: str) -> None:
    """Add pageviews of one visitor, a minute apart, an hour ago."""
    start = datetime.now(UTC) - timedelta(hours=1)
    rows = [
        {
            "workspace_id": workspace_id,
            "website_id": website_id,
            "event_id": uuid4().hex,
            "visitor_id": "visitor",
            "timestamp": to_iso(start + timedelta(minutes=place)),
            "received_at": to_iso(start + timedelta(minutes=place)),
            "path": path,
        }
        for place, path in enumerate(paths)
    ]
    append(warehouse, "pageviews", *map(json.dumps, rows))


def append(warehouse: StandIn, datasource: str, *rows: str) -> None:
    """Append rows, given as JSON."""
    body = "\n".join(rows).encode()
    answer = warehouse.call("POST", "/v0/events", {"name": datasource, "wait": "true"}, body=body)
    assert answer.json == {"successful_rows": len(rows), "quarantined_rows": 0}, answer.body
