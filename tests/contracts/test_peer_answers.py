"""What a peer must answer to be measured beside a function of ours."""

import json
from typing import Any

import pytest

from benchmarks.peer_answers import difference

_COUNTED = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "59", "X-RateLimit-Reset": "120"}


def _answer(data: object, *, status: int = 200, **more: Any) -> bytes:
    body = {"data": data, "meta": {"request_id": "req_1"}}
    return json.dumps({"statusCode": status, "headers": _COUNTED, "body": json.dumps(body), **more}).encode()


def test_other_ids_and_another_order_are_no_difference() -> None:
    ours = _answer({"event_id": "evt_1", "status": "accepted"})
    peers = _answer({"status": "accepted", "event_id": "evt_2"}, multiValueHeaders=_COUNTED, headers=None)

    assert difference(ours, peers) is None


@pytest.mark.parametrize(
    ("peers", "said"),
    [
        (_answer([{"id": "admx_1", "name": "Shop"}], status=202), "status 202, not 200"),
        (_answer([{"id": "admx_1"}]), "body"),
        (_answer([{"id": "admx_1", "name": None}]), "body"),
        (_answer([]), "body"),
        (_answer([{"id": "admx_1", "name": "Shop"}] * 2), "body"),
        (_answer([{"id": "admx_1", "name": "Shop"}], headers={"x-ratelimit-limit": "60"}), "without x-ratelimit-rem"),
    ],
)
def test_what_is_missing_or_other_is_said(peers: bytes, said: str) -> None:
    assert (difference(_answer([{"id": "admx_1", "name": "Shop"}]), peers) or "").startswith(said)


def _policy(effect: str, **context: str) -> bytes:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": "arn"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return json.dumps({"principalId": "key_1", "policyDocument": policy, "context": context}).encode()


def test_policies_are_compared_by_what_api_gateway_acts_on() -> None:
    assert difference(_policy("Allow", name="a"), _policy("Allow", name="b")) is None
    assert difference(_policy("Allow", name="a"), _policy("Deny", name="a")) == "effect {'Deny'}, not {'Allow'}"
    assert (difference(_policy("Allow", name="a"), _policy("Allow")) or "").startswith("context")
