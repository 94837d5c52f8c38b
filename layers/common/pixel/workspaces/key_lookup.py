"""Looking up the records of API keys, by id or by workspace."""

import re
from typing import Final

from pixel.auth.caller import covers
from pixel.auth.keys import PREFIXES, KeyRecord
from pixel.aws.tables import Query
from pixel.workspaces.errors import InvalidIdError, NotFoundError
from pixel.workspaces.store import Store

_KEY_ID: Final = re.compile(r"key_[0-9a-z]{1,32}")


def list_keys(store: Store, workspace_id: str) -> list[KeyRecord]:
    """Return the keys of a workspace, oldest first. A bound store shows those that are bound to its websites."""
    store.require_workspace(workspace_id)
    query = Query(("workspace_id", workspace_id), index_name="by_workspace")
    found = [KeyRecord.from_item(item) for item in store.database.query(store.keys_table, query)]
    return [record for record in found if _is_visible(store, record)]


def scan_keys(store: Store, workspace_id: str) -> list[KeyRecord]:
    """Return all keys of a workspace by scanning the table, because the index may not yet contain a new key."""
    found = store.database.scan(store.keys_table, {"workspace_id": workspace_id})
    return [KeyRecord.from_item(item) for item in found]


def find_key(store: Store, key_id: str) -> KeyRecord:
    """Return the record of a key, by the key's id, for the operator."""
    if key_id.startswith(PREFIXES):
        raise InvalidIdError("key", "key")
    found = _find_by_index(store, key_id) or _find_by_scan(store, key_id)
    if found is None:
        raise NotFoundError("key", key_id)
    return found


def find_key_of(store: Store, workspace_id: str, key_id: str) -> KeyRecord:
    """Return a key of a workspace as far as the store shows it; a new one may be missing for a moment."""
    found = _find_by_index(store, key_id) if _KEY_ID.fullmatch(key_id) else None
    if found is None or found.workspace_id != workspace_id or not _is_visible(store, found):
        raise NotFoundError("key", key_id, workspace_id)
    return found


def _is_visible(store: Store, record: KeyRecord) -> bool:
    """Return whether a store shows a key. A bound one shows only keys that are bound to some of its websites."""
    if store.website_ids is None:
        return True
    return record.website_ids is not None and all(covers(store.website_ids, one) for one in record.website_ids)


def _find_by_index(store: Store, key_id: str) -> KeyRecord | None:
    for item in store.database.query(store.keys_table, Query(("key_id", key_id), index_name="by_key_id")):
        current = store.database.get(store.keys_table, {"key_hash": item["key_hash"]})
        return None if current is None else KeyRecord.from_item(current)
    return None


def _find_by_scan(store: Store, key_id: str) -> KeyRecord | None:
    """Return a key by scanning the table, because the index may not yet contain a new key."""
    found = store.database.scan(store.keys_table, {"key_id": key_id})
    return KeyRecord.from_item(found[0]) if found else None
