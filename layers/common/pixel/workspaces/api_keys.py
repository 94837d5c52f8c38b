"""API keys: creating, changing, rotating and revoking them. A raw key is returned once and never stored."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pixel.auth import keys
from pixel.auth.keys import TEST_PREFIX, KeyRecord
from pixel.aws import tables
from pixel.aws.conditions import ABSENT
from pixel.aws.json_service import back_off
from pixel.aws.tables import Action, Query, WriteRefusedError
from pixel.faces.face import Limits
from pixel.foundation.clock import now, to_iso
from pixel.foundation.errors import ApiError, ErrorCode, field_error
from pixel.foundation.ids import new_id
from pixel.workspaces.audit import audit_entry
from pixel.workspaces.deliveries import key_actions
from pixel.workspaces.errors import (
    AlreadyExistsError,
    ConcurrentChangeError,
    InactiveKeyError,
    LimitReachedError,
    NotFoundError,
    RevisionError,
    RevokedKeyError,
)
from pixel.workspaces.key_grants import Rights, granted_by, require_grantable, require_handing_out, require_power_over
from pixel.workspaces.key_lookup import find_key, find_key_of
from pixel.workspaces.key_models import KeyChanges, KeyRotation, NewKey, RequestedKey
from pixel.workspaces.key_responses import KEY
from pixel.workspaces.publishable_keys import (
    SCOPES_NEEDED,
    NewPublishableKey,
    RequestedPublishableKey,
    fields_kept,
    fields_of,
)
from pixel.workspaces.record_failures import not_grantable
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.store import ATTEMPTS, Store, meta_key
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.workspace import Workspace, find_workspace

_TOLD_AT_ONCE = 40  # of 50 webhooks, beside the checks of 50 websites: a transaction has at most 100 actions
_NO_ORIGINS = "`origins` must be omitted: only publishable keys have them."
_WEBSITES_AT = 2  # position of the first website in the transaction that creates a key

AnyNewKey = NewKey | RequestedKey | RequestedPublishableKey
Also = Callable[[KeyRecord], Iterable[Action]]
"""Returns further actions for the transaction that creates a key."""


def _nothing(_record: KeyRecord) -> Iterable[Action]:
    return ()


class Rotation(NamedTuple):
    """The new key of a rotation, and the one that it replaces."""

    record: KeyRecord
    replaced: KeyRecord


class Revocation(NamedTuple):
    """A revoked key, and whether this call revoked it. A key that was already revoked keeps its time."""

    record: KeyRecord
    changed: bool


def create_key(  # noqa: PLR0913 - who makes it, and what is made with it, by name
    store: Store,
    workspace_id: str,
    new: AnyNewKey,
    *,
    maker: KeyRecord | None = None,
    also: Also = _nothing,
    proxy_secret: str | None = None,
) -> tuple[str, KeyRecord]:
    """Create a key of a workspace and return it with its record.

    `maker` is the key that creates it, whose rights it cannot exceed, or None for the operator. The actions that `also`
    returns are part of the transaction. `proxy_secret` is the one of a publishable key, if it is to have one.
    """
    is_publishable = isinstance(new, RequestedPublishableKey)
    for attempt in range(1, ATTEMPTS + 1):
        if maker is not None and attempt > 1:
            maker = _read_again(store, maker)
        rights = _rights_of(new, maker)
        given = new.key if isinstance(new, NewKey) else None
        raw = given or keys.generate(test=rights.test, publishable=is_publishable)
        workspace = find_workspace(store, workspace_id)
        limits = new.limits if isinstance(new, NewKey | NewPublishableKey) else None
        own = fields_of(new, raw, proxy_secret) if isinstance(new, RequestedPublishableKey) else {}
        record = _new_record(raw, workspace, new.name, rights, limits, own)
        websites = [_live_website(store, workspace_id, website_id) for website_id in record.website_ids or ()]
        more, told = also(record), key_actions(store, "key.created", record)
        _require_room(store, workspace_id)
        try:
            store.database.transact(
                *_insertion(store, workspace, record),
                *websites,
                *([] if maker is None else [_unchanged(store, maker)]),
                _audit(store, record, "created", given=new.given(), rights=rights),
                *more,
                *told[:_TOLD_AT_ONCE],
            )
        except WriteRefusedError as failure:
            if 1 in failure.refused:
                raise _already_registered(store, record.key_hash) from failure
            for place, website_id in enumerate(record.website_ids or (), start=_WEBSITES_AT):
                if place in failure.refused:
                    raise NotFoundError("website", website_id, workspace_id) from None
            back_off(attempt)  # the limit of the workspace or the maker has just changed; read them again
            continue
        if told[_TOLD_AT_ONCE:]:
            store.database.transact(*told[_TOLD_AT_ONCE:])
        return raw, record
    raise ConcurrentChangeError(workspace_id)


def rotate_key(
    store: Store, key_id: str, rotation: KeyRotation, *, maker: KeyRecord | None = None
) -> tuple[str, Rotation]:
    """Replace a key: create a similar one, and revoke the old one or let it expire after the grace period.

    A key that is rotated by a key keeps its expiry, so that its rights do not grow.
    """
    for attempt in range(1, ATTEMPTS + 1):
        old, maker = _target(store, key_id, maker, attempt)
        if maker is not None:
            require_handing_out(maker, old)
            _require_active(old)
        if old.revoked_at is not None:
            raise RevokedKeyError(key_id, to_iso(old.revoked_at))
        workspace = find_workspace(store, old.workspace_id)
        raw = keys.generate(test=old.is_test, publishable=old.is_publishable)
        moment = now()
        if maker is not None:
            expires_at = old.expires_at
        elif "expires_at" in rotation.model_fields_set:
            expires_at = rotation.expires_at
        else:
            expires_at = _same_lifetime(old, moment)
        rights = Rights.of(old)._replace(expires_at=expires_at)
        record = _new_record(raw, workspace, old.name, rights, old.limits, fields_kept(old, raw))
        replaced = _retired(old, moment, rotation.grace)
        if maker is not None and replaced.revoked_at is None:  # it works beside the new one
            _require_room(store, old.workspace_id)
        entry = _audit(store, old, "rotated", given={"replaced_by": record.key_id})
        try:
            store.database.transact(
                *_insertion(store, workspace, record),
                *_change(store, old, replaced),
                *_maker_check(store, maker, old),
                entry,
                *key_actions(store, "key.created", record),
                *([] if replaced.revoked_at is None else key_actions(store, "key.revoked", replaced)),
            )
        except WriteRefusedError:
            back_off(attempt)  # the key or its workspace has just changed; read it again
            continue
        return raw, Rotation(record, replaced)
    raise ConcurrentChangeError(key_id)


def update_key(
    store: Store,
    key_id: str,
    changes: KeyChanges,
    *,
    maker: KeyRecord | None = None,
    revisions: Collection[int] | None = None,
) -> KeyRecord:
    """Change the name of a key, or take rights away from it."""
    given = changes.changed()
    for attempt in range(1, ATTEMPTS + 1):
        old, maker = _target(store, key_id, maker, attempt)
        _require_active(old)
        _require_revision(old, revisions)
        if "origins" in given:
            _require_origins(old, maker)
        values = {name: getattr(changes, name) for name in given}
        new = _changed(old, **values)
        if "expires_at" in given:
            new = new._replace(own_expires_at=new.expires_at)
        if new.is_publishable and new.scopes:  # it never has any
            raise not_grantable(Rights.of(new)._replace(scopes=new.scopes).to_response(), Rights.of(old).to_response())
        require_grantable(Rights.of(new), Rights.of(old))
        entry = _audit(store, old, "updated", given=given)
        try:
            store.database.transact(*_change(store, old, new), *_maker_check(store, maker, old), entry)
        except WriteRefusedError:
            back_off(attempt)
            continue
        return new
    raise ConcurrentChangeError(key_id)


def revoke_key(
    store: Store, key_id: str, *, maker: KeyRecord | None = None, revisions: Collection[int] | None = None
) -> Revocation:
    """Revoke a key permanently."""
    for attempt in range(1, ATTEMPTS + 1):
        old, maker = _target(store, key_id, maker, attempt)
        if old.revoked_at is not None:
            return Revocation(old, changed=False)
        _require_revision(old, revisions)
        revoked = _changed(old, revoked_at=now().replace(microsecond=0))
        entry = _audit(store, old, "revoked", given={})
        try:
            store.database.transact(
                *_change(store, old, revoked),
                *_maker_check(store, maker, old),
                entry,
                *key_actions(store, "key.revoked", revoked),
            )
        except WriteRefusedError:
            back_off(attempt)
            continue
        return Revocation(revoked, changed=True)
    raise ConcurrentChangeError(key_id)


def _rights_of(new: AnyNewKey, maker: KeyRecord | None) -> Rights:
    """Return the rights of a new key, which are within those that its maker may give."""
    if isinstance(new, NewKey):
        test = new.test if new.key is None else new.key.startswith(TEST_PREFIX)
        return Rights(new.scopes, new.website_ids, new.expires_at, test)
    expires_at = new.expires_at
    if new.expires_in_days is not None:
        expires_at = (now() + timedelta(days=new.expires_in_days)).replace(microsecond=0)
    scopes = new.scopes if isinstance(new, RequestedKey) else SCOPES_NEEDED
    rights = Rights(scopes, new.website_ids, expires_at, new.test)
    if maker is None:
        return rights
    given = new.model_fields_set | ({"expires_at"} if new.expires_in_days is not None else set())
    if not isinstance(new, RequestedKey):
        given |= {"scopes", "website_ids"}
    return granted_by(maker, {name: value for name, value in rights._asdict().items() if name in given})


def _new_record(  # noqa: PLR0913, PLR0917 - what a record consists of
    raw: str, workspace: Workspace, name: str, rights: Rights, limits: Limits | None, own: Mapping[str, Any]
) -> KeyRecord:
    ends_at = None if rights.expires_at is None else rights.expires_at.replace(microsecond=0)
    return KeyRecord(
        key_hash=keys.digest(raw),
        key_id=new_id("key"),
        workspace_id=workspace.workspace_id,
        name=name,
        key_prefix=keys.shown_prefix(raw),
        scopes=() if own else rights.scopes,
        created_at=now().replace(microsecond=0),
        expires_at=ends_at,
        own_expires_at=ends_at,
        revoked_at=None,
        rate_limit=workspace.rate_limit,
        usage_plan_key=workspace.usage_plan_key,
        website_ids=rights.website_ids,
        limits=limits,
        **own,
    )


def _already_registered(store: Store, key_hash: str) -> AlreadyExistsError:
    existing = store.database.get(store.keys_table, {"key_hash": key_hash}) or {}
    return AlreadyExistsError("This key is already registered; create a different one.", existing.get("key_id", ""))


def _insertion(store: Store, workspace: Workspace, record: KeyRecord) -> list[Action]:
    """Return the writes of a new key.

    The check conflicts with a simultaneous change of the limit, so that a key never keeps an outdated limit, and with
    a deletion of the workspace, so that no key is left over.
    """
    copied = {"rate_limit": record.rate_limit, "usage_plan_key": record.usage_plan_key, DELETED_AT: ABSENT}
    return [
        tables.check(store.workspace_table, meta_key(workspace.workspace_id), copied),
        tables.insertion(store.keys_table, record.to_item(), "key_hash"),
    ]


def _change(store: Store, old: KeyRecord, new: KeyRecord) -> list[Action]:
    """Return the write of a changed key, which must not have changed since it was read."""
    before, after = old.to_item(), new.to_item()
    differing = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    # Earlier versions did not store own_expires_at, which must not be taken from another expires_at later.
    values = {name: after.get(name, ABSENT) for name in {*differing, "own_expires_at"}}
    unchanged = {name: before.get(name, ABSENT) for name in ("revision", "expires_at", "revoked_at")}
    return [tables.change(store.keys_table, {"key_hash": old.key_hash}, values, unchanged)]


def _maker_check(store: Store, maker: KeyRecord | None, target: KeyRecord) -> list[Action]:
    """Require the calling key to be as it was read, unless it is the target, whose change requires this already."""
    return [] if maker is None or maker.key_hash == target.key_hash else [_unchanged(store, maker)]


def _unchanged(store: Store, record: KeyRecord) -> Action:
    item = record.to_item()
    expected = {"revision": item.get("revision", ABSENT), "revoked_at": item["revoked_at"]}
    return tables.check(store.keys_table, {"key_hash": record.key_hash}, expected)


def _target(store: Store, key_id: str, maker: KeyRecord | None, attempt: int) -> tuple[KeyRecord, KeyRecord | None]:
    """Return the key that is to be changed, and the key that changes it, both as they are now."""
    if maker is None:
        return find_key(store, key_id), None
    if attempt > 1:
        maker = _read_again(store, maker)
    if key_id == maker.key_id:
        return maker, maker
    target = find_key_of(store, maker.workspace_id, key_id)
    require_power_over(maker, target)
    return target, maker


def _read_again(store: Store, record: KeyRecord) -> KeyRecord:
    """Return the calling key as it is now. Raises the error of a request with a revoked key."""
    item = store.database.get(store.keys_table, {"key_hash": record.key_hash})
    found = None if item is None else KeyRecord.from_item(item)
    if found is None or found.revoked_at is not None:
        raise ApiError(ErrorCode.API_KEY_REVOKED)
    return found


def _live_website(store: Store, workspace_id: str, website_id: str) -> Action:
    live = {"id": website_id, DELETED_AT: ABSENT}
    return tables.check(store.workspace_table, WEBSITE.key(workspace_id, website_id), live)


def _require_origins(record: KeyRecord, maker: KeyRecord | None) -> None:
    """Refuse other origins unless the key is publishable, and its maker may give such a key."""
    if not record.is_publishable:
        raise field_error(ErrorCode.INVALID_BODY, "origins", "not_allowed", _NO_ORIGINS)
    if maker is not None:
        require_handing_out(maker, record)


def _require_active(record: KeyRecord) -> None:
    if record.revoked_at is not None or record.has_expired(now()):
        raise InactiveKeyError(record.key_id)


def _require_revision(record: KeyRecord, revisions: Collection[int] | None) -> None:
    if revisions is not None and record.revision not in revisions:
        raise RevisionError(record.key_id, record.revision)


def _require_room(store: Store, workspace_id: str) -> None:
    """Refuse a key above the limit. Calls at the same moment may exceed it by a few."""
    query = Query(("workspace_id", workspace_id), index_name="by_workspace", where={"revoked_at": None})
    found = map(KeyRecord.from_item, store.database.query(store.keys_table, query))
    if sum(not record.has_expired(now()) for record in found) >= KEY.limit:
        raise LimitReachedError("live keys", KEY.limit)


def _changed(old: KeyRecord, **values: Any) -> KeyRecord:
    return old._replace(revision=old.revision + 1, updated_at=now().replace(microsecond=0), **values)


def _audit(
    store: Store, record: KeyRecord, verb: str, *, given: Mapping[str, object], rights: Rights | None = None
) -> Action:
    """Return the entry of the audit trail, with the given fields or all rights of a new key."""
    fields = {name: value for name, value in given.items() if name != "key"}
    if rights is not None and record.is_publishable:
        rights = rights._replace(scopes=())
    return audit_entry(
        store.workspace_table,
        record.workspace_id,
        key_id=store.actor,
        action=f"key.{verb}",
        record=record.key_id,
        websites=record.website_ids or (),
        fields=fields if rights is None else fields | rights.to_response(),
    )


def _retired(old: KeyRecord, moment: datetime, grace: timedelta) -> KeyRecord:
    moment = moment.replace(microsecond=0)
    if not grace:
        return _changed(old, revoked_at=moment)
    ends_at = moment + grace
    return _changed(old, expires_at=ends_at if old.expires_at is None else min(ends_at, old.expires_at))


def _same_lifetime(old: KeyRecord, moment: datetime) -> datetime | None:
    """Return when a key ends that begins now and lives as long as the old one would have without a grace period."""
    if old.own_expires_at is None:
        return None
    try:
        return moment + (old.own_expires_at - old.created_at)
    except OverflowError:
        return old.own_expires_at
