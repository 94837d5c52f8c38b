"""API Gateway's part in a route test: it makes the event from events/<function>.json and reads the answer."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from pixel.auth.caller import Caller
from tests import openapi
from tests.contracts.source_files import handler_module
from tests.template.document import ROOT

Event = dict[str, Any]

REQUEST_ID = "req_554abc4e-37b2-5b06-bc52-cb1aa3f93e6c"
"""Of events/get_me.json."""

FIXED_HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, ETag, Location, Idempotent-Replayed"
    ),
}
"""What every answer of a function carries, written out so that a change of the layer shows here."""


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any


def event(function: str) -> Event:
    loaded: Event = json.loads(_text_of(function))
    return loaded


def asking(headers: Mapping[str, str] | None) -> Event:
    """Return the authorizer's event of a request with these headers."""
    many = None if headers is None else {name: [value] for name, value in headers.items()}
    return {**event("authorizer"), "headers": headers, "multiValueHeaders": many}


def event_of(caller: Caller, function: str = "get_me", query: Mapping[str, Sequence[str]] | None = None) -> Event:
    """Return the event of a route for a caller, with the authorizer's context and the given query or none."""
    sent = event(function)
    sent["requestContext"]["authorizer"] |= {**caller.to_context(), "principalId": caller.key_id}
    sent["queryStringParameters"] = {name: values[-1] for name, values in query.items()} if query else None
    sent["multiValueQueryStringParameters"] = {name: list(values) for name, values in query.items()} if query else None
    return sent


def request_id_of(event: Event) -> str:
    return f"req_{event['requestContext']['requestId']}"


def send(handler: Callable[[Event, object], Event], event: Event) -> Reply:
    response = handler(event, None)
    assert response.keys() == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert response["isBase64Encoded"] is False
    reply = Reply(response["statusCode"], response["headers"], json.loads(response["body"]))
    if _is_of_a_route(handler, event):
        route = event["httpMethod"].lower(), _described_path(event)
        assert openapi.faults_of_answer(*route, reply.status, reply.headers["Content-Type"], reply.body) == []
        assert openapi.faults_of_headers(*route, reply.status, reply.headers, by_gateway=False) == []
    return reply


def _described_path(event: Event) -> str:
    """Return the route's path, or that of the pipe for a query: the document describes the rows of each pipe."""
    path: str = event["resource"].replace("+}", "}").replace("{pipe}", (event["pathParameters"] or {}).get("pipe", ""))
    described = (event["httpMethod"].lower(), path) in openapi.operations()
    return path if described else str(event["resource"])


def _is_of_a_route(handler: Callable[[Event, object], Event], event: Event) -> bool:
    """Return whether the event is of a real route, which the document describes."""
    resource = str(event.get("resource")).replace("+}", "}")
    operation = openapi.operations().get((str(event.get("httpMethod")).lower(), resource))
    return operation is not None and handler is import_module(handler_module(operation["operationId"])).handler


@cache
def _text_of(function: str) -> str:
    return (ROOT / "events" / f"{function}.json").read_text()
