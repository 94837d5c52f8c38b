"""A stack of which everything fails: Tinybird, the queue of clicks, processes of functions, the stack itself."""

import os
import random
import signal
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from tests.local.tinybird.running import StandIn
from tests.stack.chaos.failing_queue import Behaviour, FailingQueue, template_with_queue
from tests.stack.processes import function_processes, started_processes, wait_until_gone
from tests.stack.running import PROJECT, WITHOUT_SOURCES, RunningStack

EVENTS = int(os.environ.get("TESTS_CHAOS_EVENTS", "60"))
HAS_SOURCES = EVENTS >= 1000
"""Whether events come by all sources, which cost a stack more than these tests do."""

SPILL, CLICKS = "SpillQueue", "ClicksQueue"
INGEST_QUEUE, FILE_QUEUE, DEAD_LETTERS = "IngestQueue", "FileQueue", "DeadLetterQueue"
# What a killed function had in hand is due again within the test. Files set their own visibility timeouts.
_HIDDEN_SECONDS = {SPILL: 10, INGEST_QUEUE: 30, CLICKS: 4}
_HIDDEN_SECONDS_MIN = {SPILL: 1, INGEST_QUEUE: 5, CLICKS: 1}


class FailingStack:
    """A stack with a Tinybird that can die and come back at the same address, and a queue that can fail."""

    def __init__(self, folder: Path, *, has_sources: bool) -> None:
        self.folder = folder
        self.faults: Counter[str] = Counter()
        self._data = ("--data", str(folder / "rows"))
        self.warehouse = StandIn(folder, *self._data, project=PROJECT / "tinybird")
        self.warehouse.__enter__()
        self.queue = FailingQueue()
        template = template_with_queue(folder, self.queue.url)
        self._arguments = ("--no-demo", "--quiet", f"--template={template}", *(() if has_sources else WITHOUT_SOURCES))
        self.stack = self._start()
        self._queues = [SPILL, CLICKS, *((INGEST_QUEUE, FILE_QUEUE) if has_sources else ())]
        self.deliver_once()

    def _start(self, *arguments: str) -> RunningStack:
        environment = {
            "TINYBIRD_HOST": self.warehouse.url,
            "TINYBIRD_WORKSPACE_ID": self.warehouse.tokens["workspace_id"],
            "TINYBIRD_ADMIN_TOKEN": self.warehouse.admin_token,
            "TINYBIRD_INGEST_TOKEN": self.warehouse.token("ingest"),
        }
        stack = RunningStack(self.folder / "stack", *self._arguments, *arguments, environment=environment)
        stack.__enter__()
        self._sqs: Any = boto3.client(
            "sqs", endpoint_url=stack.state["aws_endpoint_url"], region_name=stack.state["region"]
        )
        self.queue.upstream = stack.state["aws_endpoint_url"]
        return stack

    def stop(self) -> None:
        self.stack.stop()
        self.queue.stop()
        self.warehouse.stop()

    def restart(self) -> None:
        """Kill the stack whatever it is doing, and start it again at the same address with what it had."""
        self.faults["killed stack"] += 1
        state = self.stack.state
        pids = started_processes(self.stack.process.pid).keys()
        self.stack.process.send_signal(signal.SIGKILL)
        self.stack.process.wait(timeout=10)
        wait_until_gone(pids)
        self.stack.stop()
        self.stack = self._start("--port", str(urlsplit(state["api_url"]).port))
        self.deliver_once()

    def kill_functions(self, probability: float = 1.0) -> None:
        """Kill processes of functions, whatever they are doing."""
        for pid in function_processes(self.stack.process.pid):
            if random.random() < probability:
                self.faults["killed process"] += 1
                with suppress(ProcessLookupError):  # it has just ended
                    os.kill(pid, signal.SIGKILL)

    def fail(self, **described: object) -> None:
        """Let appends to Tinybird fail."""
        self.faults[str(described.get("status"))] += 1
        self.warehouse.fault(path="/v0/events", **described)

    def let_queue_fail(self, behaviour: Behaviour) -> None:
        self.faults[behaviour] += 1
        self.queue.behaves = behaviour

    def end_faults(self) -> None:
        self.queue.behaves = None
        self.warehouse.call("DELETE", "/_faults", token=None)
        self.deliver_once()

    def restart_warehouse(self) -> None:
        self.faults["restart"] += 1
        port = self.warehouse.url.rpartition(":")[2]
        self.warehouse.process.send_signal(signal.SIGKILL)
        self.warehouse.process.wait(timeout=10)
        self.warehouse.stop()
        self.warehouse = StandIn(self.folder, *self._data, "--port", port, project=PROJECT / "tinybird")
        self.warehouse.__enter__()

    def deliver_again(self) -> None:
        """Shorten the visibility timeouts so much that messages are often delivered twice."""
        self.faults["double delivery"] += 1
        self._hide(_HIDDEN_SECONDS_MIN)

    def deliver_once(self) -> None:
        self._hide(_HIDDEN_SECONDS)

    def waiting(self, *queues: str) -> int:
        """Return how many messages are in these queues, or in all that functions read, in hand or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        names.append("ApproximateNumberOfMessagesDelayed")
        found = 0
        for queue in queues or self._queues:
            answer = self._sqs.get_queue_attributes(QueueUrl=self._url(queue), AttributeNames=names)
            found += sum(int(answer["Attributes"][name]) for name in names)
        return found

    def _hide(self, seconds: Mapping[str, int]) -> None:
        for queue in seconds.keys() & {*self._queues}:
            attributes = {"VisibilityTimeout": str(seconds[queue])}
            self._sqs.set_queue_attributes(QueueUrl=self._url(queue), Attributes=attributes)

    def _url(self, queue: str) -> str:
        return str(self.stack.state["resources"][queue])
