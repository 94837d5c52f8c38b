"""What callers see of parts that fail: functions that misbehave, a store that hangs, an AWS server that has ended.

All on the stack that has such functions, which the last test ends.
"""

import json
import os
import signal
from uuid import uuid4

import pytest

from tests import dynamodb_engine
from tests.stack.conftest import Tenant
from tests.stack.processes import assert_ends_with_one_sentence
from tests.stack.running import Response, RunningStack


def assert_internal_error(response: Response, status: int) -> None:
    assert response.status == status
    assert response.code == "internal_error"
    assert response.json["meta"] == {"request_id": f"req_{response.headers['x-amzn-RequestId']}"}
    assert b"inside" not in response.body
    assert b"Traceback" not in response.body


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


def test_headers_that_only_the_gateway_may_send_are_renamed(faulty_stack: RunningStack) -> None:
    response = faulty_stack.call("/faulty/echo/1", method="POST")

    assert "WWW-Authenticate" not in response.headers
    assert response.headers["x-amzn-Remapped-WWW-Authenticate"] == "Bearer"
    assert response.headers["X-Kept"] == "kept"


@pytest.mark.skipif(dynamodb_engine.OTHER is not None, reason="what it stops is moto")
def test_requests_pass_uncounted_while_the_store_is_down(faulty_stack: RunningStack, cached_tenant: Tenant) -> None:
    key = cached_tenant.key()
    assert faulty_stack.call("/api/v1/me", key=key).status == 200

    os.kill(faulty_stack.state["pids"]["aws"], signal.SIGSTOP)
    try:
        response = faulty_stack.call("/api/v1/me", key=key)
    finally:
        os.kill(faulty_stack.state["pids"]["aws"], signal.SIGCONT)

    assert response.status == 200
    assert response.headers["X-RateLimit-Limit"] == "60"
    assert '"UncountedRequests":[1.0]' in faulty_stack.log("get_me").replace(" ", "")


def test_without_its_aws_server_a_stack_ends_with_one_sentence(faulty_stack: RunningStack) -> None:
    assert_ends_with_one_sentence(faulty_stack, "aws", "the AWS server")
