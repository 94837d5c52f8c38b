"""Everything around the functions of automation, in memory: tables, queues, and a clock that moves when told."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from pixel.aws import queues
from pixel.aws import tables as aws_tables
from pixel.aws.tables import Database
from pixel.workspaces.due import DUE_INDEX
from pixel.workspaces.kinds import WEBSITE
from pixel.workspaces.store import Store, function_store
from tests.environment import CLAIMS_TABLE, KEYS_TABLE, WORKSPACE_TABLE
from tests.memory_tables import Index, MemoryTables

WS = "ws_1"
WEBSITE_ID = "admx_1"


class World:
    """Tables and queues. What functions send stays in `queues`, by the last part of the address."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.memory = MemoryTables(
            {WORKSPACE_TABLE: ("workspace_id", "item"), KEYS_TABLE: ("key_hash",), CLAIMS_TABLE: ("claim",)},
            {DUE_INDEX: Index("due_shard", "due_at")},
        )
        self.database = Database(self.memory)
        self.queues: defaultdict[str, list[str]] = defaultdict(list)
        monkeypatch.setattr(aws_tables, "database", lambda: self.database)
        monkeypatch.setattr(queues, "send", self._send)
        monkeypatch.setattr(queues, "waiting", lambda url: len(self.queues[_name(url)]))

    @property
    def store(self) -> Store:
        return function_store()

    def add_website(self, website_id: str = WEBSITE_ID, workspace_id: str = WS, **fields: Any) -> None:
        """Write a website, and its workspace."""
        self.database.put(WORKSPACE_TABLE, {"workspace_id": workspace_id, "item": "META", "id": workspace_id})
        website = {
            **WEBSITE.key(workspace_id, website_id),
            "id": website_id,
            "domain": f"{website_id}.example.com",
            "name": f"Site {website_id}",
            "timezone": "Europe/Berlin",
            "currency": "EUR",
            "created_at": "2026-01-01T00:00:00Z",
            "revision": 1,
            **fields,
        }
        self.database.put(WORKSPACE_TABLE, website)

    def items(self, prefix: str, workspace_id: str = WS) -> list[dict[str, Any]]:
        """Return the items whose sort keys begin with a prefix."""
        query = aws_tables.Query(("workspace_id", workspace_id), ("item", prefix))
        return self.database.query(WORKSPACE_TABLE, query)

    def take(self, queue: str) -> list[str]:
        """Return the messages of a queue, which is empty then."""
        taken, self.queues[queue] = self.queues[queue], []
        return taken

    def _send(self, queue_url: str, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
        del delay_seconds
        self.queues[_name(queue_url)] += bodies


def _name(url: str) -> str:
    return url.rpartition("/")[2]


def batch(bodies: Sequence[str]) -> dict[str, Any]:
    """Return the event of a consumer for some messages."""
    return {"Records": [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]}


def at(text: str) -> datetime:
    """Return the instant that an ISO text says."""
    return datetime.fromisoformat(text)


def set_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare the queues of automation, whose addresses end in their names."""
    for name in ("alert", "message", "mail", "hook"):
        monkeypatch.setenv(f"PIXEL_{name.upper()}_QUEUE_URL", f"https://sqs.example.com/1/{name}s")
