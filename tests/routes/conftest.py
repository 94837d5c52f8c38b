"""Callers of routes, and what routes ask of AWS."""

from typing import NamedTuple

import pytest

from pixel.auth.caller import Caller
from pixel.aws.json_service import JsonService
from pixel.foundation import JsonObject


class AwsCall(NamedTuple):
    operation: str
    payload: JsonObject


@pytest.fixture
def caller() -> Caller:
    return Caller(
        workspace_id="ws_1",
        key_id="key_1",
        name="Backend",
        scopes=("pixel:read", "pixel:write"),
        rate_limit=60,
        expires_at=None,
    )


def is_use_of_a_key(payload: JsonObject) -> bool:
    return "#keys_used#" in str(payload.get("Key", {}).get("workspace_minute", {}).get("S"))


@pytest.fixture
def aws_calls(monkeypatch: pytest.MonkeyPatch) -> list[AwsCall]:
    """Record every call of the layer to AWS, except the one that records the use of the key once an hour."""
    made: list[AwsCall] = []
    original = JsonService.call

    def call(service: JsonService, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        if not is_use_of_a_key(payload):
            made.append(AwsCall(operation, dict(payload)))
        return original(service, operation, payload, idempotent=idempotent)

    monkeypatch.setattr(JsonService, "call", call)
    return made
