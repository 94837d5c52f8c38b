"""Rows that were kept while Tinybird was down arrive, each once, when it is back.

However short an outage is, functions rest for half a minute after it. The other tests of the stack run meanwhile:
`kept_while_down` is among the first things that happen to it, and tests/order.py puts this file last.
"""

from pixelctl.commands import dead_letter_queue
from pixelctl.commands.dead_letter_queue import Selection
from tests.stack.conftest import KeptWhileDown
from tests.stack.kept_rows import wait_for
from tests.stack.running import RunningStack
from tests.stack.test_warehouse import query


def test_rows_arrive_once_after_tinybird_was_down(stack: RunningStack, kept_while_down: KeptWhileDown) -> None:
    workspace_id = kept_while_down.workspace_id

    def counted() -> list[int]:
        rows = query(stack, "p_goal_conversions", workspace_id=workspace_id)
        return [int(row["conversions"]) for row in rows]

    wait_for(lambda: counted() == [4])

    letters = dead_letter_queue.find(stack.target, Selection())
    assert [letter for letter in letters if not letter.is_event and workspace_id in letter.original] == []


def test_the_fate_of_an_event_was_queued_and_is_stored(stack: RunningStack, kept_while_down: KeptWhileDown) -> None:
    _, key, event_id, before = kept_while_down

    after = stack.call(f"/api/v1/pixel/events/{event_id}", key=key).json["data"]

    assert (before["fate"], before["reason"]) == ("queued", "status 503")
    assert (after["fate"], after["datasource"], after["via"]) == ("stored", "custom_goals", "queue")
