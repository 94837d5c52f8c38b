"""What the gateway answers itself, and what it makes of functions that misbehave: always the envelope."""

import json
from uuid import uuid4

import pytest

from pixel.auth.caller import Scope
from tests.openapi import DOCUMENT
from tests.stack.conftest import new_tenant
from tests.stack.running import Response, RunningStack

BATCH_BYTES_MAX = 4 * 1024 * 1024
GATEWAY_BYTES_MAX = 10 * 1024 * 1024


def assert_internal_error(response: Response, status: int) -> None:
    assert response.status == status
    assert response.code == "internal_error"
    assert response.json["meta"] == {"request_id": f"req_{response.headers['x-amzn-RequestId']}"}
    assert b"inside" not in response.body
    assert b"Traceback" not in response.body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("GET", "/docs/nothing.md"),
        ("GET", "/api/v1"),
        ("GET", "/api/v1/me/"),
        ("GET", "/api/v1/nothing"),
        ("GET", "/api/v1/%6de"),
        ("POST", "/api/v1/me"),
        ("DELETE", "/api/v1/health"),
        ("OPTIONS", "/api/v1/nothing"),
    ],
)
def test_unknown_path_or_method_is_404(stack: RunningStack, method: str, path: str) -> None:
    response = stack.call(path, method=method)

    assert response.status == 404
    assert response.code == "not_found"


def test_head_is_not_offered(stack: RunningStack) -> None:
    assert stack.call("/api/v1/health", method="HEAD").status == 404


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/health", "/api/v1/openapi.yaml"])
def test_preflight_needs_no_key(stack: RunningStack, path: str) -> None:
    response = stack.call(path, method="OPTIONS")

    assert response.status == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_health_needs_no_key(stack: RunningStack) -> None:
    response = stack.call("/api/v1/health")

    assert response.status == 200
    assert response.json["data"]["checks"] == {"store": "ok", "ingest": "ok", "tokens": "ok"}
    assert "X-RateLimit-Limit" not in response.headers


def test_the_document_needs_no_key_and_is_read_by_pages_of_any_origin(stack: RunningStack) -> None:
    response = stack.call("/api/v1/openapi.yaml", headers={"Origin": "null"})

    assert (response.status, response.headers["Content-Type"]) == (200, "application/yaml")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.body == DOCUMENT.read_bytes()


def test_body_over_the_gateways_limit(stack: RunningStack) -> None:
    response = stack.call("/api/v1/me", method="POST", body=b"x" * (GATEWAY_BYTES_MAX + 1))

    assert response.status == 413
    assert response.code == "payload_too_large"
    assert response.json["error"]["details"] == {"limit_bytes": BATCH_BYTES_MAX}


def test_body_that_exceeds_the_functions_limit_within_an_event(stack: RunningStack) -> None:
    """A batch of less than 4 MB that consists of quotes takes twice as much within the function's event."""
    body = json.dumps({"events": ['"' * 30_000] * 60}).encode()
    assert len(body) < BATCH_BYTES_MAX

    key = new_tenant(stack).key(Scope.WRITE)
    response = stack.call("/api/v1/pixel/events/batch", method="POST", key=key, body=body)

    assert response.status == 413
    assert response.code == "payload_too_large"
    assert response.json["error"]["details"] == {"limit_bytes": BATCH_BYTES_MAX}


@pytest.mark.parametrize("fault", ["crash", "exit", "hang", "huge", "unimportable"])
def test_function_that_fails(faulty_stack: RunningStack, fault: str) -> None:
    assert_internal_error(faulty_stack.call(f"/faulty/{fault}/1", method="POST", body=b"x"), 502)
    assert_internal_error(faulty_stack.call(f"/faulty/{fault}/2", method="POST", body=b"x"), 502)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "text",
        [],
        {},
        {"statusCode": "many"},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": 7},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
        {"statusCode": 200, "inside": "a field of its own"},
    ],
)
def test_function_that_answers_nonsense(faulty_stack: RunningStack, answer: object) -> None:
    response = faulty_stack.call("/faulty/nonsense/1", method="POST", body=json.dumps(answer).encode())

    assert_internal_error(response, 502)


def test_event_is_what_rest_apis_send(faulty_stack: RunningStack) -> None:
    request_id = str(uuid4())
    path = "/faulty/echo/a%2Fb%20c"
    headers = {"X-Mixed-Case": "One", "x-amzn-RequestId": request_id}

    response = faulty_stack.call(f"{path}?a=1&a=2&b=%20&c=", method="POST", headers=headers, body="né".encode())

    event = response.json
    assert event["resource"] == "/faulty/echo/{id}"
    assert event["path"] == path
    assert event["pathParameters"] == {"id": "a%2Fb%20c"}
    assert event["queryStringParameters"] == {"a": "2", "b": " ", "c": ""}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [" "], "c": [""]}
    assert event["headers"]["X-Mixed-Case"] == "One"
    assert event["multiValueHeaders"]["X-Mixed-Case"] == ["One"]
    assert (event["body"], event["isBase64Encoded"]) == ("né", False)
    assert event["requestContext"]["requestId"] == request_id
    assert event["requestContext"]["resourcePath"] == "/faulty/echo/{id}"


def test_request_id_of_the_caller_must_be_a_uuid(stack: RunningStack) -> None:
    response = stack.call("/api/v1/nothing", headers={"x-amzn-RequestId": "mine"})

    assert response.headers["x-amzn-RequestId"].endswith("_REPLACED_INVALID_REQUEST_ID")
    assert response.json["meta"]["request_id"] == f"req_{response.headers['x-amzn-RequestId']}"


def test_headers_that_only_the_gateway_may_send_are_renamed(faulty_stack: RunningStack) -> None:
    response = faulty_stack.call("/faulty/echo/1", method="POST")

    assert "WWW-Authenticate" not in response.headers
    assert response.headers["x-amzn-Remapped-WWW-Authenticate"] == "Bearer"
    assert response.headers["X-Kept"] == "kept"
