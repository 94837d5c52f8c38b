"""What tests of the API of short links share: keys of two workspaces, and requests with them."""

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from pixel.auth.caller import Caller
from pixel.faces.smart_links import LinksScope
from tests.contracts.source_files import handler_module
from tests.links_given import OTHER_WORKSPACE, WORKSPACE
from tests.routes.gateway import Reply, event, request_id_of, send

KEY = Caller(WORKSPACE, "key_links", "Backend", tuple(LinksScope), 60, None)
OTHER_KEY = KEY._replace(workspace_id=OTHER_WORKSPACE, key_id="key_other")
PAGE = "https://example.com/page"


def ask(
    function: str,
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str | list[str]] | None = None,
    body: object = None,
    key: Caller = KEY,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Send a request to a function, as its example event but for what is given."""
    sent = event(function)
    given = {"Content-Type": "application/json", **(headers or {})}
    many = {name: value if isinstance(value, list) else [value] for name, value in (query or {}).items()}
    sent["pathParameters"] = {**(sent["pathParameters"] or {}), **(path or {})} or None
    sent["multiValueQueryStringParameters"] = many or None
    sent["multiValueHeaders"] = {name: [value] for name, value in given.items()}
    sent["body"] = body if body is None or isinstance(body, str) else json.dumps(body)
    sent["requestContext"]["authorizer"] |= {**key.to_context(), "principalId": key.key_id}
    reply = send(import_module(handler_module(function)).handler, sent)
    assert reply.headers["X-Request-Id"] == request_id_of(sent)
    assert reply.body["success"] is (reply.status < 400)
    return reply


def data(reply: Reply, status: int = 200) -> Any:
    assert reply.status == status, reply.body
    return reply.body["data"]


def refused(reply: Reply) -> tuple[int, str]:
    assert reply.body.keys() == {"success", "error", "meta"}
    return reply.status, reply.body["error"]["code"]


def faults(reply: Reply) -> dict[str, str]:
    """Return the code of each field that is wrong, by its path."""
    assert refused(reply) == (400, "VALIDATION_ERROR"), reply.body
    return {fault["path"]: fault["code"] for fault in reply.body["error"]["details"]["fields"]}


def create(key: Caller = KEY, **given: Any) -> dict[str, Any]:
    """Create a link and return it."""
    created: dict[str, Any] = data(ask("create_link", body={"destinationUrl": PAGE, **given}, key=key), 201)
    return created
