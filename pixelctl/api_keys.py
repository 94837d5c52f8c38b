"""API keys: made, listed, rotated and revoked. A raw key is returned once by what makes it and is stored nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from pixel.auth import keys
from pixel.auth.caller import Scope
from pixel.auth.key_records import KeyRecord
from pixel.foundation.clock import now, to_iso
from pixel.foundation.ids import new_id
from pixelctl import tables
from pixelctl.failures import AlreadyExistsError, ControlError, NotFoundError, StillChangingError
from pixelctl.workspaces import Workspace, checked_name, find_workspace, meta_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from pixelctl.target import Target

DEFAULT_NAME = "unnamed"
_TEST_PREFIX = "pixel_test_"
_ATTEMPTS = 3


class Lifetime(Enum):
    AS_BEFORE = auto()


class Rotation(NamedTuple):
    record: KeyRecord
    replaced: KeyRecord


def create_key(  # noqa: PLR0913 - what a key has, each by name and with a default
    target: Target,
    workspace_id: str,
    *,
    name: str = DEFAULT_NAME,
    scopes: Iterable[str] = (),
    expires_at: datetime | None = None,
    test: bool = False,
    key: str | None = None,
) -> tuple[str, KeyRecord]:
    """The raw key and its record. `key` registers one that is known already, and then decides about `test`."""
    name, allowed = checked_name(name), checked_scopes(scopes)
    if key is not None and not keys.is_well_formed(key):
        raise ControlError("That is not a well-formed API key; leave it out to have one made.")
    raw = key or keys.generate(test=test)
    for _ in range(_ATTEMPTS):
        workspace = find_workspace(target, workspace_id)
        record = _new_record(raw, workspace, name=name, scopes=allowed, expires_at=expires_at)
        try:
            tables.write(target.dynamodb, *_insertion(target, workspace, record))
        except tables.WriteRefusedError as failure:
            if 1 in failure.refused:
                raise AlreadyExistsError("This key is registered already; its hash is in the table.") from failure
            continue  # the limit of the workspace has just changed
        return raw, record
    raise StillChangingError(workspace_id)


def list_keys(target: Target, workspace_id: str) -> list[KeyRecord]:
    """Oldest first."""
    find_workspace(target, workspace_id)
    found = tables.query(target.dynamodb, target.keys_table, "by_workspace", "workspace_id", workspace_id)
    return [KeyRecord.from_item(item) for item in found]


def find_key(target: Target, key_id: str) -> KeyRecord:
    if key_id.startswith(("pixel_live_", "pixel_test_")):
        raise ControlError("Name a key by its id (key_...), not by the key itself; `pixelctl key list` shows ids.")
    item = _indexed(target, key_id) or _scanned(target, key_id)
    if item is None:
        raise NotFoundError(f'There is no key "{key_id}"; `pixelctl key list <workspace>` shows those there are.')
    return item


def rotate_key(
    target: Target,
    key_id: str,
    *,
    grace: timedelta = timedelta(0),
    expires_at: datetime | Lifetime | None = Lifetime.AS_BEFORE,
) -> tuple[str, Rotation]:
    """A new key like this one, which is revoked, or ends after the grace. Both happen or neither."""
    for _ in range(_ATTEMPTS):
        old = find_key(target, key_id)
        if old.revoked_at is not None:
            raise ControlError(
                f"{key_id} was revoked at {to_iso(old.revoked_at)}; make a key with `pixelctl key create`."
            )
        workspace = find_workspace(target, old.workspace_id)
        raw = keys.generate(test=old.key_prefix.startswith(_TEST_PREFIX))
        moment = now()
        ends_at = _same_lifetime(old, moment) if isinstance(expires_at, Lifetime) else expires_at
        record = _new_record(raw, workspace, name=old.name, scopes=old.scopes, expires_at=ends_at)
        replaced = _retired(old, moment, grace)
        try:
            tables.write(target.dynamodb, *_insertion(target, workspace, record), _change(target, old, replaced))
        except tables.WriteRefusedError:
            continue  # the key or its workspace has just changed
        return raw, Rotation(record, replaced)
    raise StillChangingError(key_id)


def revoke_key(target: Target, key_id: str) -> tuple[KeyRecord, bool]:
    """The record, and whether this call revoked it; a key that was revoked before keeps its moment."""
    for _ in range(_ATTEMPTS):
        old = find_key(target, key_id)
        if old.revoked_at is not None:
            return old, False
        revoked = old._replace(revoked_at=now().replace(microsecond=0))
        try:
            tables.write(target.dynamodb, _change(target, old, revoked))
        except tables.WriteRefusedError:
            continue
        return revoked, True
    raise StillChangingError(key_id)


def checked_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    given = set(scopes)
    if unknown := given - set(Scope):
        raise ControlError(f"Unknown scope: {', '.join(sorted(unknown))}; there are {', '.join(Scope)}.")
    return tuple(scope.value for scope in Scope if scope in given)


def _new_record(
    raw: str, workspace: Workspace, *, name: str, scopes: tuple[str, ...], expires_at: datetime | None
) -> KeyRecord:
    return KeyRecord(
        key_hash=keys.digest(raw),
        key_id=new_id("key"),
        workspace_id=workspace.workspace_id,
        name=name,
        key_prefix=keys.shown_prefix(raw),
        scopes=scopes,
        created_at=now().replace(microsecond=0),
        expires_at=None if expires_at is None else expires_at.replace(microsecond=0),
        revoked_at=None,
        rate_limit=workspace.rate_limit,
        usage_plan_key=workspace.usage_plan_key,
    )


def _insertion(target: Target, workspace: Workspace, record: KeyRecord) -> list[TransactWriteItemTypeDef]:
    """The check is what a set-limit at the same moment meets: a key never keeps a limit that is no longer so."""
    copied = {"rate_limit": record.rate_limit, "usage_plan_key": record.usage_plan_key}
    return [
        tables.check(target.workspace_table, meta_key(workspace.workspace_id), copied),
        tables.put_new(target.keys_table, record.to_item(), "key_hash"),
    ]


def _change(target: Target, old: KeyRecord, new: KeyRecord) -> TransactWriteItemTypeDef:
    before, after = old.to_item(), new.to_item()
    ends = ("expires_at", "revoked_at")
    return tables.update(
        target.keys_table,
        {"key_hash": old.key_hash},
        {name: after[name] for name in ends},
        {name: before[name] for name in ends},
    )


def _retired(old: KeyRecord, moment: datetime, grace: timedelta) -> KeyRecord:
    moment = moment.replace(microsecond=0)
    if not grace:
        return old._replace(revoked_at=moment)
    ends_at = moment + grace
    return old._replace(expires_at=ends_at if old.expires_at is None else min(ends_at, old.expires_at))


def _same_lifetime(old: KeyRecord, moment: datetime) -> datetime | None:
    if old.expires_at is None:
        return None
    try:
        return moment + (old.expires_at - old.created_at)
    except OverflowError:
        return old.expires_at


def _indexed(target: Target, key_id: str) -> KeyRecord | None:
    for item in tables.query(target.dynamodb, target.keys_table, "by_key_id", "key_id", key_id):
        current = tables.get(target.dynamodb, target.keys_table, {"key_hash": item["key_hash"]})
        return None if current is None else KeyRecord.from_item(current)
    return None


def _scanned(target: Target, key_id: str) -> KeyRecord | None:
    """A key made a moment ago may not have reached the index."""
    found = tables.scan(target.dynamodb, target.keys_table, "key_id", key_id)
    return KeyRecord.from_item(found[0]) if found else None
