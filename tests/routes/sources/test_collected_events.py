"""Collected events are brought to the warehouse in few calls: none is lost, and none counts twice.

`COLLECTED_EVENTS=1000000`, as `make drained` sets it, brings a million. One message in fifty is delivered twice, and
Tinybird fails or loses its answer now and then.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from itertools import batched
from typing import Any

import pytest

from pixel.events.models import read_event
from pixel.events.rows import Identity, row_of
from pixel.foundation import container
from pixel.ingest import spill
from tests.conftest import Output
from tests.local.tinybird.running import StandIn
from tests.pipes.warehouse import new_workspace
from tests.thorough import depth

pytestmark = pytest.mark.usefixtures("no_sleep")

_EVENTS = depth("COLLECTED_EVENTS", usual=5000, thorough=50000)
_MESSAGES, _TWICE, _FAULT_EVERY, _PAGES = 1_000, 50, 4, 500
_FIELDS = {"website_id": "admx_1", "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Firefox/150.0"}


def _records(workspace_id: str) -> Iterator[dict[str, Any]]:
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    for number in range(_EVENTS):
        event = read_event({**_FIELDS, "name": "pageview", "url": f"https://a.example/{number % _PAGES}"})
        identity = Identity(workspace_id, f"evt_{number:032x}", f"d_{number % 7919}", now_ms - number, now_ms)
        [body] = spill.messages_of("pageviews", [row_of(event, identity, own_host="a.example")])
        times = 2 if number % _TWICE == 0 else 1
        for delivery in range(times):
            yield {
                "messageId": f"{number}-{delivery}",
                "receiptHandle": "none",
                "body": body,
                "attributes": {"SentTimestamp": str(now_ms), "ApproximateReceiveCount": "1"},
            }


@pytest.mark.timeout(3600)
def test_none_is_lost_and_none_counts_twice(warehouse: StandIn, output: Output) -> None:
    workspace_id = new_workspace()
    handler = import_module("functions.sources.drain_collect.handler").handler
    waiting: list[dict[str, Any]] = []
    invocations = failed = 0

    def drain(records: list[dict[str, Any]]) -> None:
        nonlocal invocations, failed
        invocations += 1
        if invocations % _FAULT_EVERY == 0:
            fault = {"status": 503, "count": 3} if invocations % 8 else {"status": "reset", "count": 1, "after": True}
            warehouse.fault(path="/v0/events", **fault)
        left = {item["itemIdentifier"] for item in handler({"Records": records}, None)["batchItemFailures"]}
        failed += len(left)
        waiting.extend(record for record in records if record["messageId"] in left)
        container.forget_all()  # another container, whose circuit is closed

    for batch in batched(_records(workspace_id), _MESSAGES, strict=False):
        drain(list(batch))
    while waiting:
        again, waiting[:] = waiting[:_MESSAGES], waiting[_MESSAGES:]
        drain(again)

    window = {"date_from": "2020-01-01 00:00:00", "date_to": "2100-01-01 00:00:00", "limit": "1000"}
    rows = warehouse.call("GET", "/v0/pipes/p_top_pages.json", {"workspace_id": workspace_id, **window}).json["data"]
    calls = sum(line["calls"] for line in output.logged("collect batch processed"))
    summary = f"{_EVENTS:,} events, {invocations} invocations, {calls} calls, {failed:,} messages tried again"
    sys.stdout.write(f"{summary}\n")
    assert len(rows) == min(_PAGES, _EVENTS)
    assert sum(int(row["pageviews"]) for row in rows) == _EVENTS
    assert calls == invocations
