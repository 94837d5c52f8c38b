"""The audit trail: who changed what, written in the same transaction as the change and kept for 400 days.

An entry has the names of the fields that were given. It has values only of the fields in `_SHOWN`, so that no secret
and no address of a person gets into the trail, nor a field that is added later without a decision about it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from pixel.auth.caller import covers
from pixel.aws import tables
from pixel.aws.tables import Action
from pixel.foundation.clock import epoch_seconds, now, to_iso
from pixel.foundation.ids import new_id

AUDIT_PREFIX: Final = "AUDIT#"
AUDIT_ID_PREFIX: Final = "audit"
KEPT_SECONDS: Final = 400 * 86_400
WEBSITES: Final = "websites"
"""The attribute that says which websites an entry is about: that of the record, or those that the key is bound to."""
PURGE_AT: Final = "purge_at"
"""The attribute by which DynamoDB deletes items, in seconds. `expires_at` of a share link is an instant as text."""
OPERATOR: Final = "operator"
"""In place of a key's id: the change was made by `pixelctl`."""
SYSTEM: Final = "system"
"""In place of a key's id: the API itself made the change, as when it disables a destination that fails."""

_SHOWN: Final = frozenset(
    {
        *("panels", "periods", "embed_origins", "theme", "min_visitors"),
        *("direction", "window", "min_volume", "for", "recover", "clear", "cooldown_minutes", "missing"),
        *("quiet_hours", "snoozed_until", "enabled", "at", "weekday", "sections"),
        "cadence",
        "channel",
        "currency",
        "disabled_reason",
        "domain",
        "enabled",
        "events",
        "expires_at",
        "kind",
        "metric",
        "name",
        "origins",
        "payments",
        "replaced_by",
        "scopes",
        "selector",
        "test",
        "threshold",
        "timezone",
        "value",
        "website_id",
        "website_ids",
    }
)


def audit_entry(  # noqa: PLR0913 - what an entry says, by name
    table: str,
    workspace_id: str,
    *,
    key_id: str,
    action: str,
    record: str,
    websites: Sequence[str],
    fields: Mapping[str, object],
) -> Action:
    """Return the action that writes an entry.

    `key_id` is the calling key, or OPERATOR. `action` is a noun and a verb, such as `goal.created`, and `record` the id
    of what was changed. `websites` are those that it is about: none if it is about the workspace. `fields` maps the
    names of the given fields to their new values; an entry has `{"to": value}` for a field whose value may be shown,
    and `{}` for any other one.
    """
    entry_id = new_id(AUDIT_ID_PREFIX)
    item = {
        "workspace_id": workspace_id,
        "item": f"{AUDIT_PREFIX}{entry_id}",
        "id": entry_id,
        "at": to_iso(now()),
        "key_id": key_id,
        "action": action,
        "record": record,
        WEBSITES: list(websites),
        "fields": {name: {"to": value} if name in _SHOWN else {} for name, value in fields.items()},
        PURGE_AT: int(epoch_seconds()) + KEPT_SECONDS,
    }
    return tables.insertion(table, item, "workspace_id")


def is_visible(entry: Mapping[str, Any], website_ids: Collection[str] | None, key_id: str) -> bool:
    """Return whether a key sees an entry. A key that is bound to websites sees those about them, and its own."""
    websites = entry.get(WEBSITES, ())  # entries of earlier versions do not say
    return (
        entry["key_id"] == key_id
        or website_ids is None
        or (bool(websites) and all(covers(website_ids, one) for one in websites))
    )
