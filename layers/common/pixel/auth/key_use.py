"""When keys were last used, to the hour.

The hours of a workspace's keys stand in one item of the table of counters, to which every route may write, so that no
route needs the right to write to the table of keys. A container writes at most once an hour for each key, after the
response is made. If that fails, only the hour is lost.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pixel.auth.caller import Caller
from pixel.aws.json_service import AwsError
from pixel.aws.tables import database
from pixel.foundation.clock import epoch_seconds, from_iso, iso_of_epoch
from pixel.foundation.container import kept
from pixel.foundation.observability import logger
from pixel.foundation.settings import settings

_HOUR_SECONDS: Final = 3600
_KEPT_SECONDS: Final = 400 * 86_400
_KNOWN_MAX: Final = 10_000

_hours: dict[str, int] = kept({})
"""The hour that this container last wrote, by the id of the key."""


def record_use(caller: Caller) -> None:
    """Record that a key is used now, unless this container did so within the hour."""
    now = int(epoch_seconds())
    hour = now - now % _HOUR_SECONDS
    if _hours.get(caller.key_id) == hour:
        return
    if len(_hours) >= _KNOWN_MAX:
        _hours.clear()
    _hours[caller.key_id] = hour
    values = {caller.key_id: iso_of_epoch(hour), "expires_at": now + _KEPT_SECONDS}
    try:
        database().set_attributes(settings().counters_table, item_key(caller.workspace_id), values)
    except AwsError as failure:
        logger.warning("use of a key was not recorded", key_id=caller.key_id, reason=str(failure))


def last_uses(workspace_id: str) -> Mapping[str, datetime]:
    """Return the hour in which each key of a workspace was last used, as far as it is known."""
    item = database().get(settings().counters_table, item_key(workspace_id)) or {}
    return {name: from_iso(hour) for name, hour in item.items() if name not in ("workspace_minute", "expires_at")}


def item_key(workspace_id: str) -> dict[str, str]:
    """Return the key of the item that has the hours of a workspace's keys."""
    return {"workspace_minute": f"{workspace_id}#keys_used"}
