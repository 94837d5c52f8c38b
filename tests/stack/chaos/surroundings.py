"""A stack whose surroundings fail: Tinybird, the processes of the functions, and deliveries of the queues."""

import os
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from pixel.auth.caller import Scope
from pixel.workspaces.websites import WEBSITES, NewWebsite
from tests.local.tinybird.running import StandIn
from tests.stack.chaos.ledger import Ledger
from tests.stack.conftest import WITHOUT_SOURCES, Tenant, new_tenant
from tests.stack.running import PROJECT, RunningStack

_WORKSPACES = ("a", "b")
_SPILL = "SpillQueue"
INGEST_QUEUE, FILE_QUEUE, DEAD_LETTERS = "IngestQueue", "FileQueue", "DeadLetterQueue"
# What a killed function had in hand is due again within the test. Files set their own visibility timeouts.
_HIDDEN_SECONDS = {_SPILL: 10, INGEST_QUEUE: 30}
_HIDDEN_SECONDS_MIN = {_SPILL: 1, INGEST_QUEUE: 5}


class Workspace:
    """One of the workspaces, with what was sent to it."""

    def __init__(self, tenant: Tenant, ledger: Ledger) -> None:
        self.tenant = tenant
        self.id = tenant.workspace_id
        self.key = tenant.key(Scope.READ, Scope.WRITE)
        self.ledger = ledger
        new = NewWebsite(domain=f"{ledger.name}.example.com", name="Shop")
        WEBSITES.create(tenant.target.store, self.id, new, record_id=ledger.website_id)


class Surroundings:
    """A stack with two workspaces, and a Tinybird that can die and come back at the same address."""

    def __init__(self, folder: Path, *, has_sources: bool) -> None:
        self.folder = folder
        self._data = ("--data", str(folder / "rows"))
        self.warehouse = StandIn(folder, *self._data, project=PROJECT / "tinybird")
        self.warehouse.__enter__()
        self.faults: Counter[str] = Counter()
        environment = {
            "TINYBIRD_HOST": self.warehouse.url,
            "TINYBIRD_WORKSPACE_ID": self.warehouse.tokens["workspace_id"],
            "TINYBIRD_ADMIN_TOKEN": self.warehouse.admin_token,
            "TINYBIRD_INGEST_TOKEN": self.warehouse.token("ingest"),
        }
        arguments = ("--no-demo", "--quiet", *(() if has_sources else WITHOUT_SOURCES))
        self.stack = RunningStack(folder / "stack", *arguments, environment=environment)
        self.stack.__enter__()
        websites = {name: f"admx_chaos_{name}" for name in _WORKSPACES}
        self.workspaces = [
            Workspace(new_tenant(self.stack, rate_limit=20_000), Ledger(name, websites[name], websites[other]))
            for name, other in zip(_WORKSPACES, reversed(_WORKSPACES), strict=True)
        ]
        self._queues = [_SPILL, INGEST_QUEUE, FILE_QUEUE] if has_sources else [_SPILL]
        self._sqs: Any = boto3.client(
            "sqs", endpoint_url=self.stack.state["aws_endpoint_url"], region_name=self.stack.state["region"]
        )
        self.deliver_once()

    def stop(self) -> None:
        self.stack.stop()
        self.warehouse.stop()

    def troubles(self, scale: int, killed: float) -> list[Callable[[], None]]:
        """Return every fault. `scale` says for how many appends they last, `killed` what part of the processes dies."""
        return [
            lambda: self._fail(status=503, count=12 * scale),
            lambda: self.kill_functions(killed),
            self._restart_warehouse,
            lambda: self._fail(status=429, count=8 * scale, retry_after=1),
            lambda: self._fail(status="reset", count=6 * scale, after=True),
            lambda: self._fail(status="hang", count=4),
            lambda: self._fail(status=403, count=3 * scale),
            lambda: self._fail(status=503, count=6 * scale, after=True),
            lambda: self._fail(status=400, count=3 * scale),
            self._deliver_again,
        ]

    def end_faults(self) -> None:
        self.warehouse.call("DELETE", "/_faults", token=None)
        self.deliver_once()

    def kill_functions(self, probability: float = 1.0) -> None:
        """Kill functions that write, whatever they are doing."""
        listing = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
        for line in listing.stdout.splitlines():
            pid, parent, command = line.split(None, 2)
            is_function = int(parent) == self.stack.process.pid and "awslambdaric" in command
            if is_function and random.random() < probability:
                self.faults["killed process"] += 1
                os.kill(int(pid), signal.SIGKILL)

    def deliver_once(self) -> None:
        self._hide(_HIDDEN_SECONDS)

    def waiting(self, *queues: str) -> int:
        """Return how many messages are in these queues, or in all, in hand or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        names.append("ApproximateNumberOfMessagesDelayed")
        found = 0
        for queue in queues or self._queues:
            answer = self._sqs.get_queue_attributes(QueueUrl=self._url(queue), AttributeNames=names)
            found += sum(int(answer["Attributes"][name]) for name in names)
        return found

    def read_files(self, prefix: str) -> list[str]:
        """Return the texts of the objects with this prefix in the bucket of files."""
        s3, bucket = self.workspaces[0].tenant.target.connect("s3"), self.stack.state["resources"]["FilesBucket"]
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        return [s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys]

    def _fail(self, **described: object) -> None:
        self.faults[str(described.get("status"))] += 1
        self.warehouse.fault(path="/v0/events", **described)

    def _restart_warehouse(self) -> None:
        self.faults["restart"] += 1
        port = self.warehouse.url.rpartition(":")[2]
        self.warehouse.process.send_signal(signal.SIGKILL)
        self.warehouse.process.wait(timeout=10)
        self.warehouse.stop()
        self.warehouse = StandIn(self.folder, *self._data, "--port", port, project=PROJECT / "tinybird")
        self.warehouse.__enter__()

    def _deliver_again(self) -> None:
        """Shorten the visibility timeouts so much that messages are often delivered twice."""
        self.faults["double delivery"] += 1
        self._hide(_HIDDEN_SECONDS_MIN)

    def _hide(self, seconds: dict[str, int]) -> None:
        for queue in seconds.keys() & {*self._queues}:
            attributes = {"VisibilityTimeout": str(seconds[queue])}
            self._sqs.set_queue_attributes(QueueUrl=self._url(queue), Attributes=attributes)

    def _url(self, queue: str) -> str:
        return str(self.stack.state["resources"][queue])
