"""What the gateway answers itself: always the envelope."""

import json

import pytest

from pixel.auth.caller import Scope
from tests.openapi import DOCUMENT
from tests.stack.conftest import new_tenant
from tests.stack.running import RunningStack

BATCH_BYTES_MAX = 4 * 1024 * 1024
GATEWAY_BYTES_MAX = 10 * 1024 * 1024


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


def test_request_id_of_the_caller_must_be_a_uuid(stack: RunningStack) -> None:
    response = stack.call("/api/v1/nothing", headers={"x-amzn-RequestId": "mine"})

    assert response.headers["x-amzn-RequestId"].endswith("_REPLACED_INVALID_REQUEST_ID")
    assert response.json["meta"]["request_id"] == f"req_{response.headers['x-amzn-RequestId']}"
