"""Lambda proxy integration: the event for a function, and the response that API Gateway accepts from it."""

import base64
import binascii
import json
import time
from typing import Any

from local.gateway.call import Call, HttpResponse, host_name
from local.gateway.definition import Definition, Method
from local.template import ACCOUNT

_ANSWER_FIELDS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
# API Gateway renames these headers of functions; only a gateway response can send WWW-Authenticate.
_REMAPPED = {"www-authenticate", "content-length", "date", "server", "connection", "transfer-encoding"}


def build_event(call: Call, method: Method, parameters: dict[str, str], definition: Definition) -> dict[str, Any]:
    request = call.request
    body, is_base64 = _body(call, definition)
    headers = _forwarded(request.headers, request.source_ip)
    return {
        "resource": method.resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": dict(headers) or None,
        "multiValueHeaders": _grouped(headers),
        "queryStringParameters": dict(request.query) or None,
        "multiValueQueryStringParameters": _grouped(request.query),
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": definition.api_id,
            "authorizer": call.authorizer,
            "domainName": host_name(request) or "127.0.0.1",
            "extendedRequestId": call.extended_id,
            "httpMethod": request.method,
            "identity": {"sourceIp": request.source_ip, "userAgent": request.header("user-agent")},
            "path": request.path,
            "protocol": "HTTP/1.1",
            "requestId": call.id,
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(call.started_at)),
            "requestTimeEpoch": int(call.started_at * 1000),
            "resourceId": f"{abs(hash(method.resource)) % 10**6:06d}",
            "resourcePath": method.resource,
            "stage": definition.stage,
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _forwarded(headers: list[tuple[str, str]], source_ip: str) -> list[tuple[str, str]]:
    """Return headers with the address of the socket behind those that a proxy has written, as API Gateway does."""
    written = [value for name, value in headers if name.lower() == "x-forwarded-for"]
    others = [(name, value) for name, value in headers if name.lower() != "x-forwarded-for"]
    return [*others, ("X-Forwarded-For", ", ".join([*written, source_ip]))]


def read_answer(payload: bytes, call: Call, definition: Definition) -> HttpResponse | None:
    """Return the function's response, or None if API Gateway would not accept it.

    API Gateway decodes a body from base64 if the first type that the client accepts is declared binary, else it sends
    the body as it got it.
    """
    try:
        answer = json.loads(payload)
        if not isinstance(answer, dict) or not answer.keys() <= _ANSWER_FIELDS:
            return None
        status = int(answer["statusCode"])
        body = answer.get("body") or ""
        headers = _answer_headers(answer)
        decoded = base64.b64decode(body, validate=True) if answer.get("isBase64Encoded") else None
        content = body.encode() if decoded is None or not _accepts_binary(call, definition) else decoded
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
        return None
    return HttpResponse(status, headers, content) if 100 <= status <= 599 else None


def _answer_headers(answer: dict[str, Any]) -> list[tuple[str, str]]:
    many = {
        name: [_text(value) for value in values] for name, values in (answer.get("multiValueHeaders") or {}).items()
    }
    single = {name: [_text(value)] for name, value in (answer.get("headers") or {}).items()}
    pairs = [(name, value) for name, values in {**single, **many}.items() for value in values]
    if not any(name.lower() == "content-type" for name, _ in pairs):
        pairs.append(("Content-Type", "application/json"))
    return [(f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name, value) for name, value in pairs]


def _text(value: object) -> str:
    if not isinstance(value, str | int | float | bool):
        raise TypeError("a header value must be a scalar")
    text = value if isinstance(value, str) else json.dumps(value)
    if "\r" in text or "\n" in text:
        raise ValueError("a header value must be one line")
    return text


def _body(call: Call, definition: Definition) -> tuple[str | None, bool]:
    if not call.request.body:
        return None, False
    media_type = (call.request.header("content-type") or "").partition(";")[0].strip().lower()
    if {media_type, "*/*"} & definition.binary_media_types:
        return base64.b64encode(call.request.body).decode(), True
    # Bodies that are not declared binary are decoded as text, which damages those that are not text.
    return call.request.body.decode(errors="replace"), False


def _accepts_binary(call: Call, definition: Definition) -> bool:
    first = (call.request.header("accept") or "").partition(",")[0].partition(";")[0].strip().lower()
    return bool({first, "*/*"} & definition.binary_media_types)


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]] | None:
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups or None
