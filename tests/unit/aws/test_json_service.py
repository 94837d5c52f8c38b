"""A call to AWS is repeated where that is safe, and a counter is never counted twice."""

import random
import re
import threading
from collections.abc import Iterator

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from pixel.aws.json_service import AwsError, AwsRefusedError, AwsUnreachableError, JsonService, Protocol
from pixel.foundation.settings import AwsEnvironment
from tests.template import document
from tests.unit.foundation.misbehaving_server import (
    Act,
    MisbehavingServer,
    answer,
    close,
    hang,
    reset,
    running,
    stop_half_way,
)

_PROTOCOL = Protocol("things", "Things_1", "application/x-amz-json-1.0")
_SECRET = "a-value-of-a-customer"
_TROUBLES: dict[str, Act] = {
    "500": answer(b'{"__type":"InternalServerError"}', status=500),
    "503 without JSON": answer(b"<html>busy</html>", status=503, crc=None),
    "no answer": close,
    "reset": reset,
    "half an answer": stop_half_way,
    "time-out": hang,
    "wrong checksum": answer(b'{"a":1}', crc="1"),
    "checksum that is no number": answer(b'{"a":1}', crc="none"),
    "not JSON": answer(b"<html>fine</html>", crc=None),
    "not an object": answer(b"[]", crc=None),
    "nothing": answer(b""),
}
"""After each of these nobody knows whether the call took effect."""

_THROTTLES = ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"]


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with running() as server:
        yield server


def _service(server: MisbehavingServer, *, timeout_seconds: float = 0.2) -> JsonService:
    environment = AwsEnvironment("eu-west-1", "id", "secret", None, {"AWS_ENDPOINT_URL": server.url})
    return JsonService(_PROTOCOL, environment, timeout_seconds=timeout_seconds)


def test_a_call_carries_operation_and_body_and_returns_the_answer(server: MisbehavingServer) -> None:
    server.will(answer(b'{"Got":1}'))

    result = _service(server).call("Get", {"Key": "é"}, idempotent=True)

    assert result == {"Got": 1}
    (request,) = server.received
    assert request.target == "Things_1.Get"
    assert request.body == b'{"Key":"\\u00e9"}'
    assert request.headers["content-type"] == "application/x-amz-json-1.0"


@pytest.mark.parametrize("session_token", ["a-token", None])
def test_what_arrives_is_what_was_signed(server: MisbehavingServer, session_token: str | None) -> None:
    server.will(answer())
    environment = AwsEnvironment("eu-west-1", "id", "secret", session_token, {"AWS_ENDPOINT_URL": server.url})

    JsonService(_PROTOCOL, environment).call("Get", {"Key": "é"}, idempotent=True)

    (request,) = server.received
    assert request.headers.get("x-amz-security-token") == session_token
    pattern = r"AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=(\w+)"
    [(credential, signed_names, signature)] = re.findall(pattern, request.headers["authorization"])
    moment = request.headers["x-amz-date"]
    assert credential == f"id/{moment[:8]}/eu-west-1/things/aws4_request"
    assert {"content-type", "host", "x-amz-date", "x-amz-target"} <= set(signed_names.split(";"))
    arrived = AWSRequest(
        "POST",
        f"http://{request.headers['host']}/",
        headers={name: request.headers[name] for name in signed_names.split(";")},
        data=request.body,
    )
    arrived.context["timestamp"] = moment
    signer = SigV4Auth(ReadOnlyCredentials("id", "secret", session_token), "things", "eu-west-1")
    assert signature == signer.signature(signer.string_to_sign(arrived, signer.canonical_request(arrived)), arrived)


def test_an_error_without_a_body_is_told_by_its_status(server: MisbehavingServer) -> None:
    server.will(answer(b"", status=413))

    with pytest.raises(AwsRefusedError, match="413"):
        _service(server).call("Get", {}, idempotent=True)


def test_no_attempt_begins_after_the_deadline_of_the_call(
    server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.will(hang)
    service = _service(server, timeout_seconds=0.05)
    monkeypatch.setattr(random, "uniform", lambda _least, _most: service.call_seconds)

    with pytest.raises(AwsUnreachableError):
        service.call("Get", {}, idempotent=True)

    assert len(server.received) == 1


def test_a_call_ends_before_the_authorizer_is_stopped() -> None:
    environment = AwsEnvironment("eu-west-1", "id", "secret", None, {})

    assert JsonService(_PROTOCOL, environment).call_seconds < document.properties("AuthorizerFunction")["Timeout"]


def test_calls_share_one_connection(server: MisbehavingServer) -> None:
    server.will(answer())
    service = _service(server)

    for _ in range(3):
        service.call("Get", {}, idempotent=True)

    assert [request.connection for request in server.received] == [1, 1, 1]


def test_a_connection_that_was_closed_while_idle_is_replaced_without_a_second_send(
    server: MisbehavingServer, no_sleep: list[float]
) -> None:
    server.will(answer(b'{"Got":1}', then_close=True))
    service = _service(server)

    service.call("Count", {}, idempotent=False)
    assert server.closed.wait(5)
    result = service.call("Count", {}, idempotent=False)

    assert result == {"Got": 1}
    assert [request.connection for request in server.received] == [1, 2]
    assert no_sleep == []


@pytest.mark.parametrize("trouble", _TROUBLES)
def test_an_idempotent_call_is_repeated_after(trouble: str, server: MisbehavingServer, no_sleep: list[float]) -> None:
    server.will(_TROUBLES[trouble], answer(b'{"Got":1}'))

    result = _service(server).call("Get", {}, idempotent=True)

    assert result == {"Got": 1}
    assert len(server.received) == 2


@pytest.mark.parametrize("trouble", _TROUBLES)
def test_a_counter_that_was_sent_is_never_repeated_after(
    trouble: str, server: MisbehavingServer, no_sleep: list[float]
) -> None:
    server.will(_TROUBLES[trouble], answer())

    with pytest.raises(AwsError) as caught:
        _service(server).call("Count", {}, idempotent=False)

    assert not caught.value.had_no_effect
    assert len(server.received) == 1


@pytest.mark.parametrize("idempotent", [True, False])
@pytest.mark.parametrize("kind", _THROTTLES)
def test_a_throttled_call_took_no_effect_and_is_repeated(
    kind: str, server: MisbehavingServer, no_sleep: list[float], *, idempotent: bool
) -> None:
    refusal = f'{{"__type":"com.amazonaws#{kind}"}}'.encode()
    server.will(answer(refusal, status=400), answer(b'{"Got":1}'))

    result = _service(server).call("Count", {}, idempotent=idempotent)

    assert result == {"Got": 1}
    assert len(server.received) == 2


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_refusal_for_good_is_never_repeated(
    server: MisbehavingServer, no_sleep: list[float], *, idempotent: bool
) -> None:
    refusal = b'{"__type":"com.amazonaws#ConditionalCheckFailedException","Item":{}}'
    server.will(answer(refusal, status=400), answer())

    with pytest.raises(AwsRefusedError) as caught:
        _service(server).call("Count", {}, idempotent=idempotent)

    assert caught.value.kind == "ConditionalCheckFailedException"
    assert caught.value.body["Item"] == {}
    assert caught.value.had_no_effect
    assert len(server.received) == 1


def test_a_counter_is_repeated_when_no_connection_could_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    server = MisbehavingServer()
    server.will(answer(b'{"Got":1}'))
    pauses: list[float] = []

    def open_server(seconds: float) -> None:
        pauses.append(seconds)
        server.open()

    monkeypatch.setattr("pixel.aws.json_service.time.sleep", open_server)
    try:
        result = _service(server, timeout_seconds=5).call("Count", {}, idempotent=False)
    finally:
        monkeypatch.undo()
        server.stop()

    assert result == {"Got": 1}
    assert len(pauses) == 1
    assert len(server.received) == 1


def test_a_call_gives_up_after_three_attempts_with_short_growing_pauses(
    server: MisbehavingServer, no_sleep: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.will(answer(status=500))
    monkeypatch.setattr("pixel.aws.json_service.random.uniform", lambda _low, high: high)

    with pytest.raises(AwsRefusedError):
        _service(server).call("Get", {}, idempotent=True)

    assert len(server.received) == 3
    assert no_sleep == [0.05, 0.1]


def test_a_closed_port_is_tried_three_times_and_took_no_effect(no_sleep: list[float]) -> None:
    server = MisbehavingServer()
    try:
        with pytest.raises(AwsUnreachableError) as caught:
            _service(server).call("Count", {}, idempotent=False)
    finally:
        server.stop()

    assert caught.value.had_no_effect
    assert len(no_sleep) == 2


@pytest.mark.parametrize("trouble", _TROUBLES)
def test_an_error_names_the_call_and_never_a_value_after(
    trouble: str, server: MisbehavingServer, no_sleep: list[float]
) -> None:
    server.will(_TROUBLES[trouble])

    with pytest.raises(AwsError) as caught:
        _service(server).call("Count", {"Key": _SECRET}, idempotent=False)

    assert str(caught.value).startswith("things Count: ")
    assert _SECRET not in str(caught.value)


def test_a_refusal_is_named_by_its_type_and_never_by_its_message(server: MisbehavingServer) -> None:
    server.will(answer(f'{{"__type":"a#ValidationException","message":"{_SECRET}"}}'.encode(), status=400))

    with pytest.raises(AwsRefusedError) as caught:
        _service(server).call("Get", {}, idempotent=True)

    assert str(caught.value) == "things Get: 400 ValidationException"


def test_a_service_that_hangs_costs_no_more_than_its_time_out(server: MisbehavingServer) -> None:
    server.will(hang)
    ended = threading.Event()

    def call() -> None:
        with pytest.raises(AwsUnreachableError, match="ResponseTimeoutError"):
            _service(server).call("Count", {}, idempotent=False)
        ended.set()

    threading.Thread(target=call, daemon=True).start()

    assert ended.wait(2)
