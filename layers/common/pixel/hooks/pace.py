"""One message a second for each channel of Slack, whichever function sends it."""

from typing import Final

from pixel.aws import tables
from pixel.aws.conditions import ABSENT
from pixel.aws.tables import WriteRefusedError
from pixel.foundation.clock import epoch_seconds
from pixel.workspaces.audit import PURGE_AT
from pixel.workspaces.store import Store

PACE_PREFIX: Final = "PACE#"
INTERVAL_MS: Final = 1_000
_ATTEMPTS = 5
_KEPT_SECONDS = 3_600


def seconds_until_turn(store: Store, workspace_id: str, destination_id: str, *, wait_max: float) -> float | None:
    """Reserve the next second of a channel, and return how long to wait for it.

    If that is longer than `wait_max`, or others reserve seconds all the time, nothing is reserved and None returned.
    """
    key = {"workspace_id": workspace_id, "item": f"{PACE_PREFIX}{destination_id}"}
    for _ in range(_ATTEMPTS):
        found = store.database.get(store.workspace_table, key)
        now_ms = int(epoch_seconds() * 1000)
        free_ms = now_ms if found is None else max(now_ms, int(found["free_ms"]))
        if free_ms - now_ms > wait_max * 1000:
            return None
        reserved = {
            **key,
            "free_ms": free_ms + INTERVAL_MS,
            PURGE_AT: now_ms // 1000 + _KEPT_SECONDS,
        }
        expected = {"free_ms": ABSENT if found is None else found["free_ms"]}
        try:
            store.database.transact(tables.replacement(store.workspace_table, reserved, expected))
        except WriteRefusedError:
            continue
        return (free_ms - now_ms) / 1000
    return None
