"""The rows of goals on their way to Tinybird: after each write of a goal, and each day for all of them.

A row says how the goal was at a moment, its version: the clock is read before the goal. After every write the goal is
read and sent again, so the row with the highest version is never older than the last write, in whatever order rows
arrive. Should a row get lost, the daily reconciliation sends it again. It also runs after each deployment.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from pixel.aws import tables
from pixel.aws.attributes import from_item
from pixel.aws.tables import Action, Database, Service
from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.observability import count, describe, flush_metrics, logger
from pixel.foundation.settings import ConfigurationError, settings
from pixel.ingest import spill
from pixel.ingest.delivery import Fate, forward, retry_policy_for
from pixel.tinybird import GOALS
from pixel.workspaces.goal_definitions import definition_of
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.store import Store

SendRows = Callable[[Sequence[str]], None]
"""Sends rows of the datasource, or keeps them in a queue until they can be sent."""

_SECONDS = 5.0
_ROWS_AT_ONCE = 1_000


class GoalPublisher(Database):
    """A database that sends the rows of goals after each transaction that wrote some.

    Every write of a goal is a transaction, by whatever route or command, so this is the only place that need know.
    """

    def __init__(self, service: Service, workspace_table: str, send: SendRows) -> None:
        super().__init__(service)
        self._workspace_table = workspace_table
        self._send_rows = send

    def transact(self, *actions: Action) -> None:
        super().transact(*actions)
        keys = list(self._goals_written(actions))
        if not keys:
            return
        try:
            rows = [row for key in keys if (row := self._row(key)) is not None]
            self._send_rows(rows)
        except Exception as failure:  # noqa: BLE001 - the goal is written, and the reconciliation sends its row
            logger.error("rows of goals could not be sent", extra=describe(failure))

    def _goals_written(self, actions: Sequence[Action]) -> Iterator[Mapping[str, str]]:
        for action in actions:
            for name in ("Put", "Update"):
                written = action.get(name)
                if written is None or written["TableName"] != self._workspace_table:
                    continue
                item = from_item(written["Key" if name == "Update" else "Item"])
                if item["item"].startswith(GOAL.sort_key_prefix):
                    yield {"workspace_id": item["workspace_id"], "item": item["item"]}

    def _row(self, key: Mapping[str, str]) -> str | None:
        version = _new_version()
        item = self.get(self._workspace_table, key)
        return None if item is None else _to_json(item, version)


def publishing(store: Store) -> Store:
    """Return the store for a function that writes goals or deletes websites."""
    database = GoalPublisher(store.database.service, store.workspace_table, forward_or_queue)
    return store._replace(database=database)


def forward_or_queue(rows: Sequence[str]) -> None:
    """Send rows to Tinybird, or put them into the spill queue if it does not accept them now.

    Raises ConfigurationError after queueing them if the token is missing, and NotQueuedError.
    """
    try:
        outcome = forward(GOALS, rows, retry_policy_for(_SECONDS))
    except ConfigurationError:
        spill.enqueue(GOALS, rows)
        raise
    match outcome.fate:
        case Fate.ACCEPTED:
            return
        case Fate.PARTIAL:
            spill.dead_letter(GOALS, rows, outcome.reason)
        case _:
            spill.enqueue(GOALS, rows)


def reconcile_goals(_event: JsonObject, _context: object) -> JsonObject:
    """Send the row of every goal of all workspaces, those of deleted ones too."""
    version = _new_version()
    items = tables.database().scan_prefix(settings().workspace_table, "item", GOAL.sort_key_prefix)
    for some in batched(items, _ROWS_AT_ONCE, strict=False):
        forward_or_queue([_to_json(item, version) for item in some])
    count("GoalsReconciled", len(items))
    flush_metrics()
    return {"goals": len(items)}


def _new_version() -> int:
    return int(epoch_seconds() * 1000)


def _to_json(item: Mapping[str, Any], version: int) -> str:
    return json.dumps(definition_of(item, version=version)._asdict(), ensure_ascii=False, separators=(",", ":"))
