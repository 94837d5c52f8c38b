"""Accepted means kept, and counted once: two workspaces write while everything behind the API fails in turn.

Both use the same ids. Payments and refunds are reported several times under several event ids, at the same time, and
wrong reports are among them. Clients repeat a request until it is answered for good, as a good client does, and now and
then an answered one. Meanwhile Tinybird answers 503 and 429, refuses rows, hangs, drops connections after the work is
done, dies and starts anew; functions are killed in the middle; the queues deliver again what is in hand.
`make thorough` goes through these faults once, with requests alone. `make chaos EVENTS=100000` goes through them again
and again until so many events are sent, by all sources.
"""

import json
import sys
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from pixelctl.commands import dead_letter_queue
from tests.stack.chaos import kept
from tests.stack.chaos.clients import Client
from tests.stack.chaos.failing_stack import EVENTS, HAS_SOURCES, FailingStack
from tests.stack.chaos.ledger import Author
from tests.stack.chaos.producers import SHARES, Producer
from tests.stack.chaos.surroundings import Surroundings

CLIENTS = 3  # of each workspace
EVENTS_A_SECOND_MIN = 10  # on a busy machine, for the time-out
BATCH_MAX = min(max(EVENTS // 500, 8), 200)
FILE_ROWS = min(EVENTS // 50, 2000)
VISITORS = min(EVENTS, 2000)
PAUSE_SECONDS = 2.5 if HAS_SOURCES else 0.7
KILLED = 0.5 if HAS_SOURCES else 1.0  # of the processes
# The drain waits up to a quarter of an hour for rows that failed again and again.
SETTLE_SECONDS = 1500 if HAS_SOURCES else 400


@pytest.fixture(scope="module")
def surroundings(failing: FailingStack) -> Surroundings:
    return Surroundings(failing)


@pytest.mark.thorough
@pytest.mark.timeout(420 + SETTLE_SECONDS + EVENTS // EVENTS_A_SECOND_MIN)
def test_what_is_accepted_is_kept_and_counts_once(surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letter_queue, "WAIT_SECONDS", 0)  # moto serves no other request while it waits
    started = time.monotonic()
    clients = _write(surroundings)
    written = time.monotonic()
    is_settled = _settle(surroundings)

    ledgers = [workspace.ledger for workspace in surroundings.workspaces]
    statuses = sum((client.statuses for client in clients), Counter[str]())
    figures = {
        "events": sum((ledger.events for ledger in ledgers), Counter[str]()),
        "reports": sum((ledger.reports for ledger in ledgers), Counter[str]()),
        "payments": sum(len(ledger.cents) for ledger in ledgers),
        "requests": sum((client.requests for client in clients), Counter[str]()),
        "statuses": statuses,
        "refused": sum(len(ledger.refused_events | ledger.refused_rows) for ledger in ledgers),
        "faults": surroundings.failing.faults,
        "seconds": [round(written - started), round(time.monotonic() - written)],
    }
    sys.stdout.write(f"{json.dumps(figures)}\n")
    faults = [fault for client in clients for fault in client.faults]
    for workspace in surroundings.workspaces:
        faults += kept.faults_of_rows(surroundings, workspace)
        faults += kept.faults_of_reports(surroundings, workspace)
    faults += kept.faults_of_dead_letters(surroundings, ledgers)
    faults += kept.faults_of_files(surroundings, ledgers) if HAS_SOURCES else ()
    assert not faults, "\n".join([f"{len(faults)} faults:", *faults[:30]])
    assert is_settled
    assert statuses["queued"], "no fault was felt"
    assert statuses["tinybird_error"] or not HAS_SOURCES, "no refusal was felt"


def _write(surroundings: Surroundings) -> list[Client]:
    """Write events from all sides while everything fails, and return the clients with their results."""
    workspaces, over = surroundings.workspaces, threading.Event()
    clients, running = [], list[Future[None]]()
    with ThreadPoolExecutor(len(workspaces) * (CLIENTS + len(SHARES))) as threads:
        for workspace in workspaces:
            for number in range(CLIENTS):
                author = Author(workspace.ledger, number, "http", visitors=VISITORS)
                clients.append(Client(surroundings, workspace, author, BATCH_MAX))
                running.append(threads.submit(clients[-1].run, over, 0.1 if HAS_SOURCES else 0.5))
            for number, source in enumerate(SHARES if HAS_SOURCES else (), CLIENTS):
                author = Author(workspace.ledger, number, source, visitors=VISITORS)
                producer = Producer(surroundings, workspace, author, rows=FILE_ROWS)
                running.append(threads.submit(producer.run, over))
        try:
            while sum(workspace.ledger.total() for workspace in workspaces) < EVENTS:
                _make_every_trouble(surroundings)
                if any(one.done() for one in running):
                    break
        finally:
            over.set()
        for one in running:
            one.result()
    return clients


def _make_every_trouble(surroundings: Surroundings) -> None:
    """Inject each fault, with a pause after it in which it meets requests in flight."""
    for trouble in surroundings.troubles(4 if HAS_SOURCES else 1, KILLED):
        trouble()
        time.sleep(PAUSE_SECONDS)
    surroundings.failing.deliver_once()


def _settle(surroundings: Surroundings) -> bool:
    """Wait until everything that is under way has arrived, and return whether it has."""
    surroundings.failing.end_faults()
    surroundings.failing.kill_functions()  # those that start now do not know of the outage, and need not rest after it
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        if not surroundings.failing.waiting() and kept.is_complete(surroundings):
            return True
        time.sleep(0.5 if not HAS_SOURCES else 5)
    return False
