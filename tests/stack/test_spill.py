"""What was kept reaches the warehouse and counts once, whatever happens on the way."""

import os
import signal
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from pixel.ingest import spill
from pixelctl.commands import dead_letter_queue
from pixelctl.commands.dead_letter_queue import Selection
from tests.stack.commands import pixelctl
from tests.stack.conftest import KeptWhileDown
from tests.stack.kept_rows import as_functions_of, make_tinybird_fail, pageview, wait_for
from tests.stack.processes import function_processes
from tests.stack.running import RunningStack
from tests.stack.test_warehouse import query


@pytest.fixture(scope="module", autouse=True)
def functions(stack: RunningStack, kept_while_down: KeptWhileDown) -> Iterator[None]:
    """Among the first: what was kept while Tinybird was down is due when test_outage.py looks."""
    with as_functions_of(stack):
        yield


@pytest.fixture
def workspace_id() -> str:
    return f"ws_{uuid4().hex}"


def _counted(stack: RunningStack, workspace_id: str) -> int:
    rows = query(stack, "p_top_pages", workspace_id=workspace_id)
    return sum(int(row["pageviews"]) for row in rows)


def test_a_poison_message_is_buried_alone_with_its_reason(stack: RunningStack, workspace_id: str) -> None:
    spill.enqueue("pageviews", [pageview(workspace_id, f"good {number}") for number in range(20)])
    spill.enqueue("pageviews", [pageview(workspace_id, "poison", visitor_id=None)])
    spill.enqueue("pageviews", [pageview(workspace_id, f"fine {number}") for number in range(20)])

    wait_for(lambda: _counted(stack, workspace_id) == 40)
    target = stack.target
    of_rows = Selection(reason="quarantined")  # events that other tests sent lie in the same queue
    wait_for(lambda: bool(dead_letter_queue.find(target, of_rows)))

    buried = {
        (letter.reason, letter.datasource, *letter.event_ids) for letter in dead_letter_queue.purge(target, of_rows)
    }
    assert buried == {("quarantined", "pageviews", "poison")}


def test_a_function_that_is_killed_in_the_middle_loses_nothing(stack: RunningStack, workspace_id: str) -> None:
    make_tinybird_fail(stack, path="/v0/events", status="hang", count=1)
    started = stack.started("drain_spill")
    spill.enqueue("pageviews", [pageview(workspace_id, f"{number}") for number in range(30)])
    wait_for(lambda: stack.started("drain_spill") > started, poll_seconds=0.1)
    time.sleep(0.5)

    for pid in function_processes(stack.state["pids"]["stack"]):
        os.kill(pid, signal.SIGKILL)

    wait_for(lambda: _counted(stack, workspace_id) == 30)
    assert "Runtime.ExitError" in stack.log("drain_spill")


def test_replaying_completes_the_count(stack: RunningStack, workspace_id: str) -> None:
    kept = pageview(workspace_id, "kept")  # once, because copies of a row have the same times
    spill.enqueue("pageviews", [kept])
    spill.dead_letter("pageviews", [kept, pageview(workspace_id, "buried")], "status 403")
    wait_for(lambda: _counted(stack, workspace_id) == 1)

    replayed = pixelctl(stack, "dead-letter", "replay", "--reason", "status 403")

    assert replayed == {"replayed": {"messages": 1, "rows": 2}}
    wait_for(lambda: _counted(stack, workspace_id) == 2)
