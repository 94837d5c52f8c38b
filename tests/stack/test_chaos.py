"""Accepted means kept, and counted once: clients write while everything behind the API fails in turn.

Clients repeat a request until it is answered 202, as a good client does, and now and then an answered one. Meanwhile
Tinybird answers 503 and 429, hangs, drops connections after the work is done, dies and starts anew; functions are
killed in the middle; the queue delivers again what is in hand. `make test` goes through these faults once, and
`make chaos EVENTS=20000` again and again until so many events are sent.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import boto3
import pytest
import urllib3

from pixel.auth.caller import Scope
from pixel.workspaces.kinds import WEBSITE
from tests.local.tinybird.running import StandIn
from tests.stack.conftest import WITHOUT_SOURCES, new_tenant
from tests.stack.running import PROJECT, RunningStack

EVENTS = int(os.environ.get("TESTS_CHAOS_EVENTS", "100"))
CLIENTS = 6 if EVENTS < 1000 else 20
EVENTS_A_SECOND_MIN = 10  # on a busy machine, for the time-out
PAUSE_SECONDS = 0.7
SETTLE_SECONDS = 150
SITE = "admx_chaos"


class Sent(NamedTuple):
    pageviews: set[str]
    goals: set[str]
    payments: dict[str, float]  # by transaction
    requests: Counter[str]  # by path
    statuses: Counter[str]

    def events(self) -> int:
        return len(self.pageviews) + len(self.goals) + len(self.payments)


class Chaos:
    """A stack whose Tinybird can die and come back at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = ("--data", str(folder / "rows"))
        self.warehouse = StandIn(folder, *self.data, project=PROJECT / "tinybird")
        self.warehouse.__enter__()
        self.faults: Counter[str] = Counter()
        environment = {
            "TINYBIRD_HOST": self.warehouse.url,
            "TINYBIRD_WORKSPACE_ID": self.warehouse.tokens["workspace_id"],
            "TINYBIRD_ADMIN_TOKEN": self.warehouse.admin_token,
            "TINYBIRD_INGEST_TOKEN": self.warehouse.token("ingest"),
        }
        arguments = ("--no-demo", "--quiet", *WITHOUT_SOURCES)
        self.stack = RunningStack(folder / "stack", *arguments, environment=environment)
        self.stack.__enter__()
        tenant = new_tenant(self.stack, rate_limit=20_000)
        self.workspace_id, self.key = tenant.workspace_id, tenant.key(Scope.READ, Scope.WRITE)
        website = {
            **WEBSITE.key(self.workspace_id, SITE),
            "id": SITE,
            "domain": "example.com",
            "created_at": "2026-01-01T00:00:00Z",
        }
        tenant.target.store.database.put(tenant.target.store.workspace_table, website)
        self.queue: Any = boto3.client(
            "sqs", endpoint_url=self.stack.state["aws_endpoint_url"], region_name=self.stack.state["region"]
        )
        self.queue_url = self.stack.state["resources"]["SpillQueue"]
        self.deliver_again(10)  # what a killed function had in hand is due again within the test

    def stop(self) -> None:
        self.stack.stop()
        self.warehouse.stop()

    def fault(self, **described: object) -> None:
        self.faults[str(described.get("status"))] += 1
        self.warehouse.fault(path="/v0/events", **described)

    def restart_warehouse(self) -> None:
        self.faults["restart"] += 1
        port = self.warehouse.url.rpartition(":")[2]
        self.warehouse.process.send_signal(signal.SIGKILL)
        self.warehouse.process.wait(timeout=10)
        self.warehouse.stop()
        self.warehouse = StandIn(self.folder, *self.data, "--port", port, project=PROJECT / "tinybird")
        self.warehouse.__enter__()

    def kill_functions(self) -> None:
        """Kill functions that write, whatever they are doing."""
        listing = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
        for line in listing.stdout.splitlines():
            pid, parent, command = line.split(None, 2)
            if int(parent) == self.stack.process.pid and "awslambdaric" in command:
                self.faults["killed process"] += 1
                os.kill(int(pid), signal.SIGKILL)

    def deliver_again(self, seconds: int) -> None:
        """Shorten the visibility timeout so much that messages are often delivered twice."""
        self.faults["double delivery"] += 1
        self.queue.set_queue_attributes(QueueUrl=self.queue_url, Attributes={"VisibilityTimeout": str(seconds)})

    def waiting(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.queue.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)


@pytest.fixture(scope="module")
def chaos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chaos]:
    running = Chaos(tmp_path_factory.mktemp("chaos"))
    yield running
    running.stop()


@pytest.mark.timeout(420 + EVENTS // EVENTS_A_SECOND_MIN)
def test_what_was_answered_202_is_kept_and_counted_once(chaos: Chaos) -> None:
    over = threading.Event()
    all_sent = [Sent(set(), set(), {}, Counter(), Counter()) for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as clients:
        running = [clients.submit(_client, chaos, seed, sent, over) for seed, sent in enumerate(all_sent)]
        try:
            while True:
                _make_every_trouble(chaos)
                if sum(sent.events() for sent in all_sent) >= EVENTS or any(client.done() for client in running):
                    break
        finally:
            over.set()
        for client in running:
            client.result()
    chaos.warehouse.call("DELETE", "/_faults", token=None)
    chaos.kill_functions()  # those that start now do not know of the outage, and need not rest after it
    deadline = time.monotonic() + SETTLE_SECONDS
    while chaos.waiting() and time.monotonic() < deadline:
        time.sleep(0.5)

    pageviews = set().union(*(sent.pageviews for sent in all_sent))
    goals = set().union(*(sent.goals for sent in all_sent))
    payments = {transaction: amount for sent in all_sent for transaction, amount in sent.payments.items()}
    statuses = sum((sent.statuses for sent in all_sent), Counter[str]())
    figures = {
        "events": sum(sent.events() for sent in all_sent),
        "requests": sum(sent.requests.total() for sent in all_sent),
        **statuses,
        "faults": chaos.faults,
    }
    sys.stdout.write(f"{json.dumps(figures)}\n")
    assert chaos.waiting() == 0
    assert statuses["queued"], "no fault was felt"
    stored = {name: _stored(chaos, name) for name in ("pageviews", "custom_goals", "visitor_payments")}
    assert pageviews - stored["pageviews"] == set(), "lost"
    assert goals - stored["custom_goals"] == set(), "lost"
    assert (stored["pageviews"] - pageviews, stored["custom_goals"] - goals) == (set(), set()), "made up"
    assert _count(chaos, "pageviews") == len(pageviews)
    [goal] = _ask(chaos, "p_goal_conversions")
    assert goal["conversions"] == len(goals)
    [money] = _ask(chaos, "p_attributed_revenue", before="touches")
    assert (money["payments"], money["revenue"]) == (len(payments), round(sum(payments.values()), 4))


def _make_every_trouble(chaos: Chaos) -> None:
    """Inject each fault, with a pause after it in which it meets requests in flight."""
    troubles: list[Callable[[], None]] = [
        lambda: chaos.fault(status=503, count=12),
        chaos.kill_functions,
        chaos.restart_warehouse,
        lambda: chaos.fault(status=429, count=8, retry_after=1),
        lambda: chaos.fault(status="reset", count=6, after=True),
        lambda: chaos.deliver_again(1),
        lambda: chaos.fault(status="hang", count=4),
        lambda: chaos.fault(status=503, count=6, after=True),
    ]
    for trouble in troubles:
        trouble()
        time.sleep(PAUSE_SECONDS)
    chaos.deliver_again(10)


def _client(chaos: Chaos, seed: int, sent: Sent, over: threading.Event) -> None:
    dice = random.Random(seed)
    answered: list[tuple[str, dict[str, Any]]] = []
    while not over.is_set():
        if answered and dice.random() < 0.2:
            path, body = dice.choice(answered)
        else:
            path, body = _request(dice, sent)
            answered.append((path, body))
        sent.requests[path] += _until_accepted(chaos, path, body, sent.statuses, dice)
        time.sleep(dice.uniform(0.3, 0.8))  # the stores of one machine serve some hundred calls a second


def _request(dice: random.Random, sent: Sent) -> tuple[str, dict[str, Any]]:
    if dice.random() < 0.3:
        return "/api/v1/pixel/events/batch", {"events": [_event(dice, sent) for _ in range(dice.randint(2, 8))]}
    return "/api/v1/pixel/events", _event(dice, sent)


def _event(dice: random.Random, sent: Sent) -> dict[str, Any]:
    event_id = uuid4().hex
    event: dict[str, Any] = {"website_id": SITE, "visitor_id": f"v{dice.randrange(200)}"}
    match dice.randrange(4):
        case 0:
            sent.goals.add(event_id)
            return {**event, "name": "custom", "goal_name": "signup", "event_id": event_id}
        case 1:
            amount = dice.randrange(1, 100_000) / 100
            sent.payments[event_id] = amount
            return {**event, "name": "payment", "amount": amount, "currency": "USD", "transaction_id": event_id}
        case _:
            sent.pageviews.add(event_id)
            return {**event, "name": "pageview", "path": "/", "event_id": event_id}


def _until_accepted(chaos: Chaos, path: str, body: dict[str, Any], statuses: Counter[str], dice: random.Random) -> int:
    for attempt in range(1, 200):
        try:
            answer = chaos.stack.call(
                path,
                method="POST",
                key=chaos.key,
                headers={"Content-Type": "application/json"},
                body=json.dumps(body).encode(),
            )
        except urllib3.exceptions.HTTPError:
            statuses["no answer"] += 1
        else:
            if answer.status == 202 and not _count_statuses(answer.json["data"], statuses):
                return attempt
            if answer.status != 202:
                statuses[str(answer.status)] += 1
        time.sleep(dice.uniform(0.05, 0.3))
    raise AssertionError(f"{path} was never answered 202: {dict(statuses)}")


def _count_statuses(data: dict[str, Any], statuses: Counter[str]) -> bool:
    """Count the statuses and return whether anything has to be sent again."""
    results = data.get("results", [data])
    statuses.update(result["status"] for result in results)
    return any(result["status"] == "rejected" for result in results)


def _stored(chaos: Chaos, datasource: str) -> set[str]:
    query = f"SELECT DISTINCT event_id FROM {datasource} WHERE workspace_id = '{chaos.workspace_id}'"
    return {row["event_id"] for row in chaos.warehouse.sql(query)}


def _count(chaos: Chaos, metric: str) -> float:
    return float(sum(row["value"] for row in _ask(chaos, "p_metric_series", metric=metric)))


def _ask(chaos: Chaos, pipe: str, **query: str) -> list[dict[str, Any]]:
    answer = chaos.warehouse.pipe(pipe, workspace_id=chaos.workspace_id, **query)
    assert answer.status == 200, answer.body
    rows: list[dict[str, Any]] = answer.json["data"]
    return rows
