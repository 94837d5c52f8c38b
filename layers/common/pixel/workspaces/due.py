"""When something is due: two attributes of an item, by which the index `by_due` of the workspace table finds it.

An item without them is not in the index. Whoever writes a record writes its due item in the same transaction.
"""

import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pixel.foundation.clock import to_iso

DUE_INDEX: Final = "by_due"
SHARDS: Final = 16
ALERTS_PREFIX: Final = "DUE#ALERTS#"
"""Begins the sort key of the due item of all alerts of a website, which ends in the website's id."""
REPORT_PREFIX: Final = "DUE#REPORT#"
"""Begins the sort key of the due item of a report, which ends in the report's id."""
MESSAGE_PREFIX: Final = "MESSAGE#"
"""Begins the sort key of a message, which is due until it is settled."""
DELIVERY_PREFIX: Final = "DELIVERY#"
"""Begins the sort key of a delivery to a destination, which is due until it is settled."""
LEASE_UNTIL: Final = "lease_until"
"""The attribute that says until when somebody works on a due item."""


def shard_name(number: int) -> str:
    """Return the partition of the index for a number below SHARDS."""
    return f"due#{number:02}"


def due_attributes(sort_key: str, at: datetime) -> Mapping[str, str]:
    """Return the attributes that make the item with this sort key due at a time."""
    return {"due_shard": shard_name(zlib.crc32(sort_key.encode()) % SHARDS), "due_at": to_iso(at)}
