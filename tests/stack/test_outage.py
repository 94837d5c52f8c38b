"""Rows that were kept while Tinybird was down arrive, each once, when it is back.

However short an outage is, functions rest for half a minute after it. The other tests of the stack run meanwhile:
`kept_while_down` is among the first things that happen to it, and tests/order.py puts this file last.
"""

from pixelctl.commands import dead_letter_queue
from pixelctl.commands.dead_letter_queue import Selection
from pixelctl.target import Target
from tests.stack.kept_rows import wait_for
from tests.stack.running import RunningStack
from tests.stack.test_warehouse import query


def test_rows_arrive_once_after_tinybird_was_down(stack: RunningStack, kept_while_down: str) -> None:
    def counted() -> list[int]:
        rows = query(stack, "p_goal_conversions", workspace_id=kept_while_down)
        return [int(row["conversions"]) for row in rows]

    wait_for(lambda: counted() == [3])

    letters = dead_letter_queue.find(Target.local(stack.folder / "stack.json"), Selection())
    assert [letter for letter in letters if not letter.is_event and kept_while_down in letter.original] == []
