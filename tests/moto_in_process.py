"""Moto, called in this process: without HTTP, a call to a table or a secret takes a tenth of the time.

`without_http` leads the requests that are addressed to moto's server here, those of the layer and those of boto3, after
they are signed and encoded. Those of boto3 to other services are answered by the server's own application, without its
connections, which takes half the time. Over HTTP, moto is called by tests/unit/aws, tests/local and tests/stack.
"""

import json
import re
import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

import boto3
import moto.backends
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from moto.core.botocore_stubber import MockRawResponse
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.responses import DynamoHandler
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.ssm.responses import SimpleSystemManagerResponse
from urllib3 import HTTPConnectionPool
from urllib3.util import parse_url
from werkzeug.test import EnvironBuilder, run_wsgi_app

from pixel.aws.json_service import AwsRefusedError
from pixel.foundation import JsonObject, connections
from pixel.foundation.connections import Request, Response
from tests.environment import REGION

_BACKENDS: Any = moto.backends
_HANDLERS: Mapping[str, Any] = {"DynamoDB_20120810": DynamoHandler, "AmazonSSM": SimpleSystemManagerResponse}
_turn = threading.Lock()


class _Refusal(NamedTuple):
    status: int
    body: str


class MotoInProcess:
    """The tables of moto's server, if one runs in this process. In place of a `JsonService`.

    Calls of several threads are made one after the other, so that they are atomic, as those to DynamoDB are.
    """

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:  # noqa: ARG002 - as there
        found = _call("DynamoDB_20120810", operation, payload)
        if isinstance(found, _Refusal):
            raise AwsRefusedError(f"dynamodb {operation}", found.status, json.loads(found.body))
        return found


def without_http(monkeypatch: pytest.MonkeyPatch, server_url: str) -> None:
    """Call moto in this process wherever its server at this address would be asked for a table or a secret."""
    server = parse_url(server_url)
    send = connections.send

    def sent(pool: HTTPConnectionPool, request: Request, **limits: Any) -> Response:
        if pool.port == server.port and (found := _respond(request.headers.get("x-amz-target", ""), request.body)):
            return Response(found[0], {}, found[1])
        return send(pool, request, **limits)

    monkeypatch.setattr(connections, "send", sent)
    _SERVERS.add(server_url)


def s3_with_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests to S3 reach the server all the same."""
    monkeypatch.setattr(sys.modules[__name__], "_over_http", frozenset({b"s3"}))


def empty(table: str) -> None:
    """Delete the items of a table; moto passes over all of them to query an index."""
    _BACKENDS.get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION].tables[table].items.clear()


def put_parameter(parameter: JsonObject) -> None:
    found = _call("AmazonSSM", "PutParameter", parameter)
    assert not isinstance(found, _Refusal), found


_SERVERS: set[str] = set()
_WAITS = {"AmazonSQS.ReceiveMessage"}  # for messages that another thread may send
_SIGNED_FOR = re.compile(rb"/([a-z-]+)/aws4_request")
_over_http: frozenset[bytes] = frozenset()


def lead_boto3_here() -> None:
    """Let boto3's clients, made from now on, call moto in this process too."""
    session: Any = boto3
    session.setup_default_session()
    lead_here(session.DEFAULT_SESSION)


def lead_here(session: Any) -> None:
    """Let the clients of another session, made from now on, call moto in this process too."""
    session.events.register("before-send", _before_send, unique_id="moto in process")  # else called twice


def _before_send(request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
    """Respond in place of the server, or return None."""
    if not request.url.startswith(tuple(f"{server}/" for server in _SERVERS)):
        return None
    target = cast("Any", request.headers.get("X-Amz-Target", b""))
    target = target.decode() if isinstance(target, bytes) else target
    found = _respond(target, cast("Any", request.body))
    if found is None:
        authorization: Any = request.headers.get("Authorization", b"")
        signed_for = _SIGNED_FOR.search(authorization)
        if signed_for is None or signed_for[1] in _over_http or target in _WAITS:
            return None
        return _respond_by_application(request)
    headers: Any = {}  # botocore's stubs want its own class
    return AWSResponse(request.url, found[0], headers, MockRawResponse(found[1]))


def _respond_by_application(request: AWSPreparedRequest) -> AWSResponse:
    url, body = parse_url(request.url), cast("Any", request.body)
    asked = EnvironBuilder(
        base_url=f"{url.scheme}://{url.netloc}/",
        path=url.path or "/",
        query_string=url.query,
        method=request.method,
        headers=[(name, _text(value)) for name, value in request.headers.items()],
        data=body.read() if hasattr(body, "read") else body,
    )
    with _turn:
        answered, status, headers = run_wsgi_app(_server_application(), asked.get_environ(), buffered=True)
    found: Any = HeadersDict(headers.items())  # boto3's stubs want a class of their own
    return AWSResponse(request.url, int(status.split()[0]), found, MockRawResponse(b"".join(answered)))


@cache
def _server_application() -> Any:
    return DomainDispatcherApplication(create_backend_app)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _respond(target: str, body: bytes | None) -> tuple[int, bytes] | None:
    """Return status and body of the response, or None if it is for the server."""
    prefix, _, operation = target.partition(".")
    if prefix not in _HANDLERS:
        return None
    found = _call(prefix, operation, json.loads(body or b"{}"))
    if isinstance(found, _Refusal):
        return found.status, found.body.encode()
    return 200, json.dumps(found, default=datetime.timestamp).encode()


def _call(prefix: str, operation: str, payload: JsonObject) -> JsonObject | _Refusal:
    handler: Any = _HANDLERS[prefix]()
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, REGION
    handler.body = handler.params = payload
    handler.uri_match, handler.automated_parameter_parsing = {}, True
    try:
        with _turn:
            found = getattr(handler, _function(operation))().result
    except JsonRESTError as refusal:
        return _Refusal(refusal.code or 400, refusal.description)
    except ServiceException as refusal:
        return _Refusal(400, json.dumps({"__type": refusal.code, "message": refusal.message}))
    return found or {}


def _function(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
