"""API keys: creating, listing, rotating and revoking them. A raw key is returned once and never stored."""

from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BeforeValidator, Field, Strict

from pixel.auth import keys
from pixel.auth.caller import Scope
from pixel.auth.keys import PREFIXES, TEST_PREFIX, KeyRecord
from pixel.aws import tables
from pixel.aws.json_service import back_off
from pixel.aws.tables import Action, Query, WriteRefusedError
from pixel.foundation.clock import now, to_iso
from pixel.foundation.ids import new_id
from pixel.http.field_checks import invalid, wrong_type
from pixel.workspaces.errors import (
    AlreadyExistsError,
    ConcurrentChangeError,
    InvalidIdError,
    NotFoundError,
    RevokedKeyError,
)
from pixel.workspaces.models import Expiry, Name, RecordModel
from pixel.workspaces.store import ATTEMPTS, Store, meta_key
from pixel.workspaces.workspace import Workspace, find_workspace

DEFAULT_NAME = "unnamed"
GRACE_MAX: Final = timedelta(weeks=9999)


def _scopes(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise wrong_type("must be a list of scopes.")
    if not all(isinstance(scope, str) for scope in value) or set(value) - set(Scope):
        raise invalid(f"must contain only scopes that exist: {', '.join(Scope)}.")
    return tuple(scope.value for scope in Scope if scope in value)


def _well_formed(value: Any) -> str:
    if not isinstance(value, str) or not keys.is_well_formed(value):
        raise invalid("must be a well-formed API key; omit it to have one generated.")
    return value


def _grace(value: Any) -> timedelta:
    """Return the grace period, given as a duration or in seconds, in whole seconds that are not shorter."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise wrong_type("must be a number of seconds.")
    if not 0 <= seconds <= GRACE_MAX.total_seconds():
        raise invalid(f"must be from 0 seconds to {GRACE_MAX.days:,} days.")
    return timedelta(seconds=ceil(seconds))


Scopes = Annotated[tuple[str, ...], BeforeValidator(_scopes)]
RawKey = Annotated[str, BeforeValidator(_well_formed)]


class NewKey(RecordModel):
    """A key to be created. `key` registers an existing raw key, whose prefix then decides `test`."""

    name: Name = DEFAULT_NAME
    scopes: Scopes = ()
    expires_at: Expiry | None = None
    test: Annotated[bool, Strict()] = False
    key: Annotated[RawKey | None, Field(repr=False)] = None


class KeyRotation(RecordModel):
    """The rotation of a key: the grace period of the old key, and the expiry of the new one.

    Without an expiry the new key has the same lifetime as the old one.
    """

    grace: Annotated[timedelta, BeforeValidator(_grace)] = timedelta(0)
    expires_at: Expiry | None = None


class Rotation(NamedTuple):
    """The new key of a rotation, and the one that it replaces."""

    record: KeyRecord
    replaced: KeyRecord


class Revocation(NamedTuple):
    """A revoked key, and whether this call revoked it. A key that was already revoked keeps its time."""

    record: KeyRecord
    changed: bool


def create_key(store: Store, workspace_id: str, new: NewKey) -> tuple[str, KeyRecord]:
    """Create a key of a workspace and return it with its record."""
    raw = new.key or keys.generate(test=new.test)
    for attempt in range(1, ATTEMPTS + 1):
        workspace = find_workspace(store, workspace_id)
        record = _new_record(raw, workspace, name=new.name, scopes=new.scopes, expires_at=new.expires_at)
        try:
            store.database.transact(*_insertion(store, workspace, record))
        except WriteRefusedError as failure:
            if 1 in failure.refused:
                raise _already_registered(store, record.key_hash) from failure
            back_off(attempt)  # the limit of the workspace has just changed; read it again
            continue
        return raw, record
    raise ConcurrentChangeError(workspace_id)


def list_keys(store: Store, workspace_id: str) -> list[KeyRecord]:
    """Return the keys of a workspace, oldest first."""
    store.require_workspace(workspace_id)
    query = Query(("workspace_id", workspace_id), index_name="by_workspace")
    return [KeyRecord.from_item(item) for item in store.database.query(store.keys_table, query)]


def find_key(store: Store, key_id: str) -> KeyRecord:
    """Return the record of a key, by the key's id."""
    if key_id.startswith(PREFIXES):
        raise InvalidIdError("key", "key")
    found = _find_by_index(store, key_id) or _find_by_scan(store, key_id)
    if found is None:
        raise NotFoundError("key", key_id)
    return found


def rotate_key(store: Store, key_id: str, rotation: KeyRotation) -> tuple[str, Rotation]:
    """Replace a key: create a similar one, and revoke the old one or let it expire after the grace period."""
    for attempt in range(1, ATTEMPTS + 1):
        old = find_key(store, key_id)
        if old.revoked_at is not None:
            raise RevokedKeyError(key_id, to_iso(old.revoked_at))
        workspace = find_workspace(store, old.workspace_id)
        raw = keys.generate(test=old.key_prefix.startswith(TEST_PREFIX))
        moment = now()
        is_given = "expires_at" in rotation.model_fields_set
        expires_at = rotation.expires_at if is_given else _same_lifetime(old, moment)
        record = _new_record(raw, workspace, name=old.name, scopes=old.scopes, expires_at=expires_at)
        replaced = _retired(old, moment, rotation.grace)
        try:
            store.database.transact(*_insertion(store, workspace, record), _change(store, old, replaced))
        except WriteRefusedError:
            back_off(attempt)  # the key or its workspace has just changed; read it again
            continue
        return raw, Rotation(record, replaced)
    raise ConcurrentChangeError(key_id)


def revoke_key(store: Store, key_id: str) -> Revocation:
    """Revoke a key permanently."""
    for attempt in range(1, ATTEMPTS + 1):
        old = find_key(store, key_id)
        if old.revoked_at is not None:
            return Revocation(old, changed=False)
        revoked = old._replace(revoked_at=now().replace(microsecond=0))
        try:
            store.database.transact(_change(store, old, revoked))
        except WriteRefusedError:
            back_off(attempt)
            continue
        return Revocation(revoked, changed=True)
    raise ConcurrentChangeError(key_id)


def _new_record(
    raw: str, workspace: Workspace, *, name: str, scopes: tuple[str, ...], expires_at: datetime | None
) -> KeyRecord:
    ends_at = None if expires_at is None else expires_at.replace(microsecond=0)
    return KeyRecord(
        key_hash=keys.digest(raw),
        key_id=new_id("key"),
        workspace_id=workspace.workspace_id,
        name=name,
        key_prefix=keys.shown_prefix(raw),
        scopes=scopes,
        created_at=now().replace(microsecond=0),
        expires_at=ends_at,
        own_expires_at=ends_at,
        revoked_at=None,
        rate_limit=workspace.rate_limit,
        usage_plan_key=workspace.usage_plan_key,
    )


def _already_registered(store: Store, key_hash: str) -> AlreadyExistsError:
    existing = store.database.get(store.keys_table, {"key_hash": key_hash}) or {}
    return AlreadyExistsError("This key is already registered; create a different one.", existing.get("key_id", ""))


def _insertion(store: Store, workspace: Workspace, record: KeyRecord) -> list[Action]:
    """Return the writes of a new key.

    The check conflicts with a simultaneous change of the limit, so that a key never keeps an outdated limit.
    """
    copied = {"rate_limit": record.rate_limit, "usage_plan_key": record.usage_plan_key}
    return [
        tables.check(store.workspace_table, meta_key(workspace.workspace_id), copied),
        tables.insertion(store.keys_table, record.to_item(), "key_hash"),
    ]


def _change(store: Store, old: KeyRecord, new: KeyRecord) -> Action:
    before, after = old.to_item(), new.to_item()
    return tables.change(
        store.keys_table,
        {"key_hash": old.key_hash},
        {name: after[name] for name in ("expires_at", "own_expires_at", "revoked_at")},
        {name: before[name] for name in ("expires_at", "revoked_at")},
    )


def _retired(old: KeyRecord, moment: datetime, grace: timedelta) -> KeyRecord:
    moment = moment.replace(microsecond=0)
    if not grace:
        return old._replace(revoked_at=moment)
    ends_at = moment + grace
    return old._replace(expires_at=ends_at if old.expires_at is None else min(ends_at, old.expires_at))


def _same_lifetime(old: KeyRecord, moment: datetime) -> datetime | None:
    """Return when a key ends that begins now and lives as long as the old one would have without a grace period."""
    if old.own_expires_at is None:
        return None
    try:
        return moment + (old.own_expires_at - old.created_at)
    except OverflowError:
        return old.own_expires_at


def _find_by_index(store: Store, key_id: str) -> KeyRecord | None:
    for item in store.database.query(store.keys_table, Query(("key_id", key_id), index_name="by_key_id")):
        current = store.database.get(store.keys_table, {"key_hash": item["key_hash"]})
        return None if current is None else KeyRecord.from_item(current)
    return None


def _find_by_scan(store: Store, key_id: str) -> KeyRecord | None:
    """Return a key by scanning the table, because the index may not yet contain a new key."""
    found = store.database.scan(store.keys_table, {"key_id": key_id})
    return KeyRecord.from_item(found[0]) if found else None
