"""Every answered redirect's click counts once, while the queue, Tinybird, functions and the stack fail in turn.

A redirect that is answered has its click in the queue, in Tinybird, or in the log, from which `pixelctl clicks recover`
sends it on. `make thorough` goes through the faults once. `make chaos-redirects REDIRECTS=100000` goes through them
again and again until so many redirects are answered.
"""

import json
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple
from uuid import uuid4

import pytest

from pixel.links.models import NewLink
from pixel.redirects.recording import NOT_QUEUED
from pixel.workspaces.models import checked
from tests.stack.chaos.failing_queue import Behaviour
from tests.stack.chaos.failing_stack import CLICKS, DEAD_LETTERS, FailingStack
from tests.stack.chaos.visitors import Visitor
from tests.stack.commands import pixelctl
from tests.stack.conftest import new_tenant

REDIRECTS = int(os.environ.get("TESTS_CHAOS_REDIRECTS", "100"))
IS_LONG = REDIRECTS >= 1000
VISITORS = 6 if IS_LONG else 3
PAUSE_SECONDS = 2.0 if IS_LONG else 0.4
OUTAGE_SECONDS = 1.0 if IS_LONG else 0.4
HEALTHY_SECONDS = 10.0
REDIRECTS_A_SECOND_MIN = 20  # on a busy machine, for the time-out
SETTLE_SECONDS = 900 if IS_LONG else 120
_EVER = {"date_from": "2020-01-01 00:00:00", "date_to": "2100-01-01 00:00:00"}


class _Link(NamedTuple):
    workspace_id: str
    path: str
    destination: str


@pytest.mark.thorough
@pytest.mark.timeout(300 + SETTLE_SECONDS + REDIRECTS // REDIRECTS_A_SECOND_MIN)
def test_every_answered_redirect_counts_once(failing: FailingStack) -> None:
    started, earlier = time.monotonic(), failing.faults.copy()
    links = [_new_link(failing, name) for name in ("a", "b")]
    visitors = [_visitor(failing, number, links[number % len(links)]) for number in range(VISITORS)]
    _follow_all(failing, visitors)
    followed = time.monotonic()

    answered = set[str]().union(*(visitor.answered for visitor in visitors))
    is_settled = _settle(failing, lambda: len(answered - _counted(failing).keys() - _logged(failing)) == 0)
    before, logged = _counted(failing), _logged(failing)
    found = [pixelctl(failing.stack, "clicks", "recover") for _ in range(2)]
    is_settled &= _settle(failing, lambda: answered <= _counted(failing).keys())
    after = _counted(failing)
    figures = {
        "sent": sum(visitor.sent for visitor in visitors),
        "statuses": sum((visitor.statuses for visitor in visitors), Counter[str]()),
        "answered": len(answered),
        "counted": len(before),
        "in the log": len(logged),
        "in the log and counted": len(logged & before.keys()),
        "recovered": [one["sent"] for one in found],
        "counted after it": len(after),
        "of unanswered redirects": len(after.keys() - answered),
        "lost": len(answered - after.keys()),
        "doubled": sum(clicks > 1 for clicks in after.values()),
        "faults": failing.faults - earlier,
        "queue": failing.queue.calls,
        "seconds": [round(followed - started), round(time.monotonic() - followed)],
    }
    sys.stdout.write(f"{json.dumps(figures)}\n")
    faults = [fault for visitor in visitors for fault in visitor.faults]
    assert not faults, faults[:30]
    assert is_settled, figures
    assert not answered - before.keys() - logged, "neither counted nor in the log"
    assert not answered - after.keys(), "lost"
    assert {*after.values()} == {1}, "doubled"
    assert sum(_total(failing, link) for link in links) == len(after)
    assert failing.waiting(DEAD_LETTERS) == 0
    assert answered & logged, "no outage of the queue was felt"


def _new_link(failing: FailingStack, name: str) -> _Link:
    tenant = new_tenant(failing.stack)
    destination = f"https://{name}.example.com/page"
    given = {"destination_url": destination, "short_code": f"chaos-{uuid4().hex[:8]}"}
    link = tenant.target.links.create(tenant.workspace_id, checked(NewLink, given))
    return _Link(tenant.workspace_id, f"/{link['code']}", destination)


def _visitor(failing: FailingStack, number: int, link: _Link) -> Visitor:
    return Visitor(failing, number, link.path, link.destination)


def _follow_all(failing: FailingStack, visitors: list[Visitor]) -> None:
    """Follow links from all sides, until every fault has been felt and so many redirects are answered."""
    over, dice = threading.Event(), random.Random("redirects")
    with ThreadPoolExecutor(len(visitors)) as threads:
        running = [threads.submit(visitor.run, over, 0.0 if IS_LONG else 0.03) for visitor in visitors]
        try:
            is_first = True
            while is_first or sum(len(visitor.answered) for visitor in visitors) < REDIRECTS:
                for trouble, seconds in _troubles(failing, dice):
                    trouble()
                    time.sleep(seconds)
                failing.deliver_once()
                is_first = False
                assert not any(one.done() for one in running)
        finally:
            over.set()
        for one in running:
            one.result()


def _troubles(failing: FailingStack, dice: random.Random) -> Iterator[tuple[Callable[[], None], float]]:
    """Yield every fault with the seconds for which it may be felt.

    After a failure of the queue, a function does not ask it for five seconds, unless it is killed.
    """
    appends = 5 if IS_LONG else 1
    behind: list[Callable[[], None]] = [
        lambda: failing.fail(status=503, count=appends),
        lambda: failing.fail(status="hang", count=1),
        failing.kill_functions,  # among them the consumer, which waits for Tinybird's answer to a batch
        lambda: failing.fail(status="reset", count=appends, after=True),
        failing.deliver_again,
    ]
    if IS_LONG:
        behind += [
            lambda: failing.fail(status=429, count=appends, retry_after=1),
            lambda: failing.kill_functions(0.5),
            failing.restart_warehouse,
            *([failing.restart] if dice.random() < 0.5 else ()),
        ]
    behaviours = [*Behaviour] if IS_LONG else [Behaviour.DROPS_AFTER]
    for number, behaviour in enumerate(behaviours):
        for trouble in behind[number :: len(behaviours)]:
            yield trouble, PAUSE_SECONDS
        yield partial(failing.let_queue_fail, behaviour), OUTAGE_SECONDS
        failing.queue.behaves = None
        if IS_LONG:
            failing.kill_functions()
            yield failing.deliver_once, HEALTHY_SECONDS


def _settle(failing: FailingStack, is_complete: Callable[[], bool]) -> bool:
    """Wait until everything that is under way has arrived, and return whether it has."""
    failing.end_faults()
    failing.kill_functions()
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        if not failing.waiting(CLICKS) and is_complete():
            return True
        time.sleep(2 if IS_LONG else 0.3)
    return False


def _counted(failing: FailingStack) -> dict[str, int]:
    """Return the number of clicks that bear each mark."""
    rows = failing.warehouse.sql("SELECT utm_content, uniqExact(click_id) AS clicks FROM clicks GROUP BY utm_content")
    return {row["utm_content"]: int(row["clicks"]) for row in rows}


def _logged(failing: FailingStack) -> set[str]:
    """Return the marks of the clicks in the log."""
    lines = (line for line in failing.stack.log("follow_link").splitlines() if f'"{NOT_QUEUED}"' in line)
    return {json.loads(json.loads(line)["row"])["utm_content"] for line in lines}


def _total(failing: FailingStack, link: _Link) -> int:
    """Return the clicks of a workspace as reports count them."""
    answer = failing.warehouse.pipe("l_totals", workspace_id=link.workspace_id, **_EVER)
    return int(answer.json["data"][0]["clicks"])
