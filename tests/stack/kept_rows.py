"""Rows that the functions of the running stack keep for later, made here by the code that routes run."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
import urllib3

from pixel.foundation.clock import now, to_iso
from tests.stack.running import RunningStack

_HIDDEN_SECONDS = 5  # more than the window of a batch, in which messages are in hand already
_ARRIVE_SECONDS = 60.0


@contextmanager
def as_functions_of(stack: RunningStack) -> Iterator[None]:
    """Keep rows where the stack's functions keep them.

    What a killed function had in hand is due again after minutes; here, from now on, after seconds.
    """
    resources, endpoint, region = (stack.state[name] for name in ("resources", "aws_endpoint_url", "region"))
    sqs: Any = boto3.client("sqs", endpoint_url=endpoint, region_name=region)
    sqs.set_queue_attributes(QueueUrl=resources["SpillQueue"], Attributes={"VisibilityTimeout": str(_HIDDEN_SECONDS)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXEL_SPILL_QUEUE_URL", resources["SpillQueue"])
        patch.setenv("PIXEL_DEAD_LETTER_QUEUE_URL", resources["DeadLetterQueue"])
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        patch.setenv("AWS_REGION", region)
        yield


def pageview(workspace_id: str, event_id: str, **changed: Any) -> str:
    moment = to_iso(now())
    row = {
        "workspace_id": workspace_id,
        "website_id": "admx_1",
        "event_id": event_id,
        "visitor_id": "visitor",
        "timestamp": moment,
        "received_at": moment,
        "path": "/",
        **changed,
    }
    return json.dumps(row)


def goal(workspace_id: str, event_id: str) -> str:
    return pageview(workspace_id, event_id, goal_name="signup")


def make_tinybird_fail(stack: RunningStack, **described: object) -> None:
    answer = urllib3.request("POST", f"{stack.state['tinybird_url']}/_faults", json=described)
    assert answer.status < 300


def wait_for(what: Callable[[], bool], *, poll_seconds: float = 0.5) -> None:
    deadline = time.monotonic() + _ARRIVE_SECONDS
    while not what():
        assert time.monotonic() < deadline
        time.sleep(poll_seconds)
