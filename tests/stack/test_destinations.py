"""Destinations of the embedded stack lead to receivers on this machine, which check what they get and misbehave."""

import json
from typing import Any

import pytest

from pixel.auth.caller import Scope
from tests.stack.conftest import new_tenant
from tests.stack.kept_rows import wait_for
from tests.stack.running import RunningStack

_DESTINATIONS = "/api/v1/pixel/destinations"


@pytest.mark.parametrize(
    ("fault", "state", "status", "error"),
    [
        ("200", "delivered", 200, None),
        ("500", "pending", 500, None),
        ("410", "failed", 410, None),
        ("cut", "pending", None, "broken_response"),
    ],
)
def test_a_test_message_arrives_signed_and_the_log_says_what_came_of_it(
    stack: RunningStack,
    fault: str,
    state: str,
    status: int | None,
    error: str | None,
) -> None:
    tenant = new_tenant(stack, rate_limit=1_000)
    key = tenant.key(Scope.READ, Scope.MANAGE)
    name = f"{tenant.workspace_id}-{fault}"

    def ask(method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        answer = stack.call(path, method=method, key=key, headers=headers, body=content)
        assert answer.status in {200, 201, 202}, answer.body
        return answer.json["data"]

    url = f"{stack.state['api_url']}/_local/hook/{name}?fault={fault}"
    destination = ask("POST", _DESTINATIONS, {"kind": "webhook", "name": "Orders", "url": url})
    delivery_id = ask("POST", f"{_DESTINATIONS}/{destination['id']}/test")["delivery_id"]

    def settled() -> bool:
        (delivery,) = ask("GET", f"/api/v1/pixel/deliveries?destination_id={destination['id']}")
        return bool(delivery["attempts"])

    wait_for(settled, poll_seconds=0.2)
    (found,) = ask("GET", f"/api/v1/pixel/deliveries?destination_id={destination['id']}")
    assert found["id"] == delivery_id
    (attempt,) = found["attempts"]
    assert (found["state"], attempt["status"], attempt["error"]) == (state, status, error)
    arrived, *_ = json.loads(stack.call(f"/_local/hooks.json?name={name}").body)["data"]
    assert (arrived["signature"], arrived["webhook_id"]) == ("valid", found["message_id"])
    assert arrived["body"]["type"] == "ping"
    after = ask("GET", f"{_DESTINATIONS}/{destination['id']}")
    assert after["enabled"] is (fault != "410")
