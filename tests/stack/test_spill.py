"""What was kept reaches the warehouse and counts once, whatever happens on the way."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
import urllib3

from pixel.foundation.clock import now, to_iso
from pixel.ingest import spill
from pixelctl.events import dead_letters
from pixelctl.events.dead_letters import Selection
from pixelctl.target import Target
from tests.stack.running import RunningStack
from tests.stack.test_pixelctl import pixelctl
from tests.stack.test_warehouse import query

_HIDDEN_SECONDS = 5  # more than the window of a batch, in which messages are in hand already
_ARRIVE_SECONDS = 40.0


@pytest.fixture(scope="module", autouse=True)
def as_the_stack_s_functions(stack: RunningStack) -> Iterator[None]:
    """Rows are kept from here by the very code that routes run. What a killed function had in hand is due again after
    minutes; here, after seconds."""
    resources, endpoint, region = (stack.state[name] for name in ("resources", "aws_endpoint_url", "region"))
    sqs: Any = boto3.client("sqs", endpoint_url=endpoint, region_name=region)
    sqs.set_queue_attributes(QueueUrl=resources["SpillQueue"], Attributes={"VisibilityTimeout": str(_HIDDEN_SECONDS)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXEL_SPILL_QUEUE_URL", resources["SpillQueue"])
        patch.setenv("PIXEL_DEAD_LETTER_QUEUE_URL", resources["DeadLetterQueue"])
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        patch.setenv("AWS_REGION", region)
        yield


@pytest.fixture(scope="module", autouse=True)
def kept_while_down(stack: RunningStack, as_the_stack_s_functions: None) -> str:
    """The workspace of three goals that were kept while Tinybird was down. However short that is, they pause for half a
    minute: the other tests run meanwhile, on another datasource."""
    workspace_id = f"ws_{uuid4().hex}"
    _fault(stack, path="/v0/events", status=503)
    spill.keep("custom_goals", [_goal(workspace_id, f"{number}") for number in range(3)])
    _wait_for(lambda: '"reason":"status 503"' in stack.log("drain_spill"))
    urllib3.request("DELETE", f"{stack.state['tinybird_url']}/_faults")
    return workspace_id


@pytest.fixture
def workspace_id() -> str:
    return f"ws_{uuid4().hex}"


def _fault(stack: RunningStack, **described: object) -> None:
    answer = urllib3.request("POST", f"{stack.state['tinybird_url']}/_faults", json=described)
    assert answer.status < 300


def _goal(workspace_id: str, event_id: str) -> str:
    return json.dumps(json.loads(_pageview(workspace_id, event_id)) | {"goal_name": "signup"})


def _pageview(workspace_id: str, event_id: str, **changed: Any) -> str:
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


def _counted(stack: RunningStack, workspace_id: str) -> int:
    rows = query(stack, "p_top_pages", workspace_id=workspace_id)
    return sum(int(row["pageviews"]) for row in rows)


def _wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _ARRIVE_SECONDS
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _workers(stack: RunningStack) -> list[int]:
    listing = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    lines = [line.split(maxsplit=2) for line in listing.splitlines()]
    own = str(stack.state["pids"]["stack"])
    return [int(pid) for pid, parent, command in lines if parent == own and "awslambdaric" in command]


def test_a_poison_message_is_buried_alone_with_its_reason(stack: RunningStack, workspace_id: str) -> None:
    spill.keep("pageviews", [_pageview(workspace_id, f"good {number}") for number in range(20)])
    spill.keep("pageviews", [_pageview(workspace_id, "poison", visitor_id=None)])
    spill.keep("pageviews", [_pageview(workspace_id, f"fine {number}") for number in range(20)])

    _wait_for(lambda: _counted(stack, workspace_id) == 40)
    target = Target.local(stack.folder / "stack.json")
    of_rows = Selection(reason="quarantined")  # events that other tests sent lie in the same queue
    _wait_for(lambda: bool(dead_letters.find(target, of_rows)))

    buried = {(letter.reason, letter.datasource, *letter.event_ids) for letter in dead_letters.purge(target, of_rows)}
    assert buried == {("quarantined", "pageviews", "poison")}


def test_a_function_that_is_killed_in_the_middle_loses_nothing(stack: RunningStack, workspace_id: str) -> None:
    _fault(stack, path="/v0/events", status="hang", count=1)
    started = stack.started("drain_spill")
    spill.keep("pageviews", [_pageview(workspace_id, f"{number}") for number in range(30)])
    _wait_for(lambda: stack.started("drain_spill") > started)
    time.sleep(0.5)

    for pid in _workers(stack):
        os.kill(pid, signal.SIGKILL)

    _wait_for(lambda: _counted(stack, workspace_id) == 30)
    assert "Runtime.ExitError" in stack.log("drain_spill")


def test_replaying_completes_the_count(stack: RunningStack, workspace_id: str) -> None:
    spill.keep("pageviews", [_pageview(workspace_id, "kept")])
    spill.bury("pageviews", [_pageview(workspace_id, "kept"), _pageview(workspace_id, "buried")], "status 403")
    _wait_for(lambda: _counted(stack, workspace_id) == 1)

    replayed = pixelctl(stack, "dead-letter", "replay", "--reason", "status 403")

    assert replayed == {"replayed": {"messages": 1, "rows": 2}}
    _wait_for(lambda: _counted(stack, workspace_id) == 2)


def test_rows_arrive_once_after_tinybird_was_down(stack: RunningStack, kept_while_down: str) -> None:
    def counted() -> list[int]:
        rows = query(stack, "p_goal_conversions", workspace_id=kept_while_down)
        return [int(row["conversions"]) for row in rows]

    _wait_for(lambda: counted() == [3])

    letters = dead_letters.find(Target.local(stack.folder / "stack.json"), Selection())
    assert [letter for letter in letters if not letter.is_event] == []
