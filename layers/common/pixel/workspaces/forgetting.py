"""Deleted records lose their secrets and addresses when they are no longer shown; id, times and settings stay."""

from datetime import timedelta
from itertools import batched
from typing import Final

from pixel.aws import tables
from pixel.aws.conditions import ABSENT, PRESENT
from pixel.aws.tables import WRITES_AT_ONCE
from pixel.foundation import JsonObject
from pixel.foundation.clock import from_iso, now
from pixel.foundation.observability import count, flush_metrics
from pixel.foundation.settings import settings
from pixel.workspaces.kinds import KINDS_OF_A_WEBSITE
from pixel.workspaces.record_kind import DELETED_AT

DELETED_SHOWN: Final = timedelta(days=30)
"""For so long a deleted record can still be read with `deleted=true`."""


def forget_deleted(_event: JsonObject, _context: object) -> JsonObject:
    """Remove secrets and addresses from all records that were deleted more than 30 days ago.

    A run that is interrupted is finished by the next one, because only what is still there is removed.
    """
    database, table = tables.database(), settings().workspace_table
    actions = [
        tables.change(
            table,
            {"workspace_id": item["workspace_id"], "item": item["item"]},
            dict.fromkeys(kind.forgotten, ABSENT),
            {DELETED_AT: item[DELETED_AT]},
        )
        for item in database.scan(table, {DELETED_AT: PRESENT})
        for kind in KINDS_OF_A_WEBSITE
        if item["item"].startswith(kind.sort_key_prefix)
        and item.keys() & set(kind.forgotten)
        and from_iso(item[DELETED_AT]) <= now() - DELETED_SHOWN
    ]
    for some in batched(actions, WRITES_AT_ONCE, strict=False):
        database.transact(*some)
    count("RecordsForgotten", len(actions))
    flush_metrics()
    return {"records": len(actions)}
