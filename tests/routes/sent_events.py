"""What tests of writing share: requests with bodies, a website to write to, and the rows that came of it."""

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pixel.auth.caller import Caller
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import add_website
from tests.routes.gateway import Event, event

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

SITE = "admx_site"


def workspace(caller: Caller, tables: "DynamoDBServiceResource", name: str) -> Caller:
    """Return a caller in a workspace of one test, with a website."""
    add_website(tables, name, SITE)
    return caller._replace(workspace_id=name)


def sending(
    function: str, caller: Caller, body: object, headers: Mapping[str, str] | None = None, *, packed: bool = False
) -> Event:
    """Return the function's example event with this body: text as it is, anything else as JSON."""
    sent = event(function)
    text = body if isinstance(body, str) else json.dumps(body)
    given = {"Content-Type": "application/json", **(headers or {})}
    sent["multiValueHeaders"] = {name: [value] for name, value in given.items()}
    sent["headers"] = dict(given)
    sent["body"] = text
    if packed:
        sent["body"] = b64encode(gzip.compress(text.encode())).decode()
        sent["isBase64Encoded"] = True
        sent["multiValueHeaders"]["Content-Encoding"] = ["gzip"]
    sent["requestContext"]["authorizer"] |= {**caller.to_context(), "principalId": caller.key_id}
    return sent


def pageview(**changed: Any) -> dict[str, Any]:
    return {"website_id": SITE, "name": "pageview", "path": "/", **changed}


def goal(**changed: Any) -> dict[str, Any]:
    return {"website_id": SITE, "name": "custom", "goal_name": "signup", **changed}


def payment(**changed: Any) -> dict[str, Any]:
    return {"website_id": SITE, "name": "payment", "amount": 9.5, "currency": "USD", **changed}


def stored(warehouse: StandIn, workspace_id: str, datasource: str = "pageviews") -> list[dict[str, Any]]:
    return warehouse.rows(workspace_id, datasource)
