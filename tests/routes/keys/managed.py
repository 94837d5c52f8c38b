"""What tests of key routes share: workspaces with keys, and requests of these."""

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pixel.auth.caller import Caller
from pixel.auth.keys import KeyRecord, find
from pixel.foundation.clock import now
from pixel.workspaces.api_keys import create_key
from pixel.workspaces.key_models import NewKey
from pixel.workspaces.store import function_store
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.workspace import Workspace
from tests.contracts.source_files import handler_module
from tests.environment import WORKSPACE_TABLE
from tests.routes.gateway import Reply, event, send

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

ALL_BUT_KEYS = ("pixel:read", "pixel:write", "pixel:manage")
ALL = (*ALL_BUT_KEYS, "pixel:keys")


def add_workspace(tables: "DynamoDBServiceResource", workspace_id: str, *website_ids: str) -> None:
    table: Any = tables.Table(WORKSPACE_TABLE)
    table.put_item(Item=Workspace(workspace_id, "Acme", now(), 1000, "plan", "id", "usageplankey0000000001").to_item())
    for website_id in website_ids:
        website = {**WEBSITE.key(workspace_id, website_id), "id": website_id, "domain": "a.example"}
        table.put_item(Item=website | {"created_at": "2026-01-01T00:00:00Z"})


def add_key(workspace_id: str, **rights: Any) -> tuple[str, KeyRecord]:
    """Create a key as the operator does."""
    return create_key(function_store(), workspace_id, NewKey(**rights))


def ask(
    function: str,
    raw: str,
    *,
    path: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    body: object = None,
    headers: dict[str, str] | None = None,
    caller: Caller | None = None,
) -> Reply:
    """Send a request with a key; `caller` is what a cached policy says of it."""
    asked = event(function)
    record = find(raw)
    assert record is not None
    given = {"Authorization": f"Bearer {raw}", "Content-Type": "application/json", **(headers or {})}
    asked["headers"] = given
    asked["multiValueHeaders"] = {name: [value] for name, value in given.items()}
    asked["pathParameters"] = path
    asked["queryStringParameters"] = query
    asked["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()} if query else None
    asked["body"] = None if body is None else body if isinstance(body, str) else json.dumps(body)
    context = (caller or Caller.of(record)).to_context()
    asked["requestContext"]["authorizer"] |= {**context, "principalId": record.key_id}
    return send(import_module(handler_module(function)).handler, asked)


def code_of(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["error"]["code"]
