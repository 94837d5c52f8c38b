"""What tests of the routes for browsers share: a website with a publishable key, and requests of its pages."""

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from pixel.auth.keys import KeyRecord
from pixel.foundation.settings import settings
from pixel.workspaces.api_keys import create_key
from pixel.workspaces.publishable_keys import NewPublishableKey
from pixel.workspaces.store import function_store
from pixel.workspaces.website_kind import WEBSITE
from tests.contracts.source_files import handler_module
from tests.environment import WORKSPACE_TABLE
from tests.queues import Queues
from tests.routes.gateway import Reply, event, send
from tests.routes.keys.managed import add_workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

ADDRESS = "198.51.100.7"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
PAGE = {"name": "pageview", "event_id": "e1", "url": "https://shop.example.com/pricing"}


class Row(NamedTuple):
    datasource: str
    columns: dict[str, Any]


def add_website(tables: "DynamoDBServiceResource", website_id: str, workspace_id: str = "ws_1", **fields: Any) -> None:
    add_workspace(tables, workspace_id)
    website = {**WEBSITE.key(workspace_id, website_id), "id": website_id, "domain": "shop.example.com"}
    item = {**website, "created_at": "2026-01-01T00:00:00Z", **fields}
    tables.Table(WORKSPACE_TABLE).put_item(Item=item)


def add_key(website_id: str, workspace_id: str = "ws_1", **fields: Any) -> tuple[str, KeyRecord]:
    secret = fields.pop("secret", None)
    new = {"kind": "publishable", "name": "pages", "website_id": website_id, **fields}
    given = NewPublishableKey.model_validate(new)
    return create_key(function_store(), workspace_id, given, proxy_secret=secret)


def post(
    key: str,
    *events: Any,
    body: Any = None,
    address: str = ADDRESS,
    origin: str | None = "https://shop.example.com",
    user_agent: str = FIREFOX,
    headers: dict[str, str] | None = None,
) -> Reply:
    """Send events as a page does."""
    sent = body if body is not None else {"k": key, "e": list(events)}
    given = {"Content-Type": "text/plain;charset=UTF-8", "User-Agent": user_agent, "Accept-Language": "de"}
    given |= {} if origin is None else {"Origin": origin}
    given |= headers or {}
    asked = event("collect")
    asked["headers"] = given
    asked["multiValueHeaders"] = {name: [value] for name, value in given.items() if value != "-"}
    asked["requestContext"]["identity"] |= {"sourceIp": address, "userAgent": user_agent}
    asked["body"] = sent if isinstance(sent, str) else json.dumps(sent)
    return send(import_module(handler_module("collect")).handler, asked)


def script(file: str, *, if_none_match: str | None = None) -> dict[str, Any]:
    asked = event("get_pixel_script")
    asked["pathParameters"] = {"file": file}
    asked["multiValueHeaders"] = {} if if_none_match is None else {"If-None-Match": [if_none_match]}
    response: dict[str, Any] = import_module(handler_module("get_pixel_script")).handler(asked, None)
    return response


def queued() -> list[Row]:
    """Return the rows in the queue, and take them out."""
    found = []
    queues, url = Queues(), settings().collect_queue_url
    for message in queues.receive(url):
        queues.client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        content = json.loads(message["Body"])
        found += [Row(content["datasource"], json.loads(row)) for row in content["rows"]]
    return found
