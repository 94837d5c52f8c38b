"""A click in the clicks queue is counted once, although the queue gets it twice."""

import json
import time
from typing import Any
from uuid import uuid4

import urllib3

from local.aws import clients
from tests.stack.running import RunningStack

_ARRIVE_SECONDS = 60.0
_TIME = "2026-03-04T05:06:07.000Z"


def _clicks(stack: RunningStack, workspace_id: str) -> int:
    window = {"date_from": "2026-03-04 00:00:00", "date_to": "2026-03-05 00:00:00"}
    answer = urllib3.request(
        "GET",
        f"{stack.state['tinybird_url']}/v0/pipes/l_totals.json",
        fields={"workspace_id": workspace_id, **window},
        headers={"Authorization": f"Bearer {stack.state['tinybird']['admin_token']}"},
    )
    [totals] = answer.json()["data"]
    return int(totals["clicks"])


def _send(stack: RunningStack, workspace_id: str, numbers: range) -> None:
    sqs: Any = clients.client("sqs", stack.state["aws_endpoint_url"])
    for start in range(0, len(numbers), 10):
        bodies = [
            {"workspace_id": workspace_id, "link_id": "link_1", "click_id": f"clk_{number}", "timestamp": _TIME}
            | {"status": 302, "outcome": "redirected", "visitor_hash": "a" * 32}
            for number in numbers[start : start + 10]
        ]
        entries = [{"Id": body["click_id"], "MessageBody": json.dumps(body)} for body in bodies]
        sqs.send_message_batch(QueueUrl=stack.state["resources"]["ClicksQueue"], Entries=entries)


def test_clicks_are_counted_once(stack: RunningStack) -> None:
    workspace_id = f"ws_{uuid4().hex[:20]}"
    for _ in range(2):
        _send(stack, workspace_id, range(30))

    deadline = time.monotonic() + _ARRIVE_SECONDS
    while _clicks(stack, workspace_id) < 30:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert _clicks(stack, workspace_id) == 30
