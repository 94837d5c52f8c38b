"""Requests for short links as API Gateway passes them, and what comes back."""

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from tests.contracts.source_files import handler_module
from tests.links_given import OWN_HOST

BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str
    cookies: Sequence[str] = ()

    @property
    def location(self) -> str | None:
        return self.headers.get("Location")


def event_of(
    target: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    ip: str = "203.0.113.7",
    stage: str = "",
) -> dict[str, Any]:
    path, _, query = target.partition("?")
    sent = {"User-Agent": BROWSER, **(headers or {})}
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return {
        "resource": "/" if path == "/" else "/{slug+}",
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": {name: given[-1] for name, given in values.items()} or None,
        "multiValueQueryStringParameters": values or None,
        "pathParameters": None if path == "/" else {"slug": path[1:]},
        "stageVariables": None,
        "requestContext": {
            "apiId": "api1",
            "domainName": OWN_HOST,
            "httpMethod": method,
            "identity": {"sourceIp": ip, "userAgent": sent["User-Agent"]},
            "path": f"{stage}{path}",
            "requestId": "554abc4e-37b2-5b06-bc52-cb1aa3f93e6c",
            "stage": "live",
        },
        "body": body,
        "isBase64Encoded": False,
    }


def visit(target: str, **request: Any) -> Reply:
    """Return the answer of follow_link."""
    return _sent("follow_link", event_of(target, **request))


def file_of_domain(path: str) -> Reply:
    """Return the answer of link_domain_file."""
    return _sent("link_domain_file", {**event_of(path), "resource": path, "pathParameters": None})


def follow(event: Mapping[str, Any]) -> Reply:
    """Return the answer of follow_link to an event."""
    return _sent("follow_link", event)


def enter(target: str, password: str, **request: Any) -> Reply:
    """Return the answer of unlock_link to a password."""
    return _sent("unlock_link", event_of(target, method="POST", body=password, **request))


def _sent(function: str, event: Mapping[str, Any]) -> Reply:
    response = import_module(handler_module(function)).handler(event, None)
    several = response.pop("multiValueHeaders", {})
    assert response.keys() == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert json.loads(json.dumps(response)) == response
    cookies = several.get("Set-Cookie", [value for name, value in response["headers"].items() if name == "Set-Cookie"])
    return Reply(response["statusCode"], response["headers"], response["body"], cookies)


def columns(rows: Sequence[Mapping[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]
