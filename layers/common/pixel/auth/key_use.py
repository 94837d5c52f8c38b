"""When keys were last used, to the hour.

Each key has an item of its own in the table of counters, to which every route may write, so that no route needs the
right to write to the table of keys. DynamoDB deletes it when the key was not used for 400 days. A container writes at
most once an hour for each key, after the response is made. If that fails, only the hour is lost.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import batched
from typing import Final

from pixel.auth.caller import Caller
from pixel.aws.json_service import AwsError
from pixel.aws.tables import READS_AT_ONCE, database
from pixel.foundation.clock import epoch_seconds, from_iso, iso_of_epoch
from pixel.foundation.container import kept
from pixel.foundation.observability import logger
from pixel.foundation.settings import settings

_HOUR_SECONDS: Final = 3600
_KEPT_SECONDS: Final = 400 * 86_400
_KNOWN_MAX: Final = 10_000
_KEY_ID, _USED_AT = "key_id", "used_at"

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
    values = {_KEY_ID: caller.key_id, _USED_AT: iso_of_epoch(hour), "expires_at": now + _KEPT_SECONDS}
    try:
        database().set_attributes(settings().counters_table, item_key(caller.workspace_id, caller.key_id), values)
    except AwsError as failure:
        logger.warning("use of a key was not recorded", key_id=caller.key_id, reason=str(failure))


def last_uses(workspace_id: str, key_ids: Iterable[str]) -> Mapping[str, datetime]:
    """Return the hour in which each of these keys of a workspace was last used, as far as it is known."""
    found: dict[str, datetime] = {}
    for some in batched(key_ids, READS_AT_ONCE, strict=False):
        items = database().get_all(settings().counters_table, [item_key(workspace_id, key_id) for key_id in some])
        found |= {item[_KEY_ID]: from_iso(item[_USED_AT]) for item in items}
    return found


def item_key(workspace_id: str, key_id: str) -> dict[str, str]:
    """Return the key of the item that has the hour of a key."""
    return {"workspace_minute": f"{workspace_id}#keys_used#{key_id}"}
