"""The store of records in DynamoDB, with one conditional transaction for each write and its entry of the audit trail.

A deleted record keeps its item and gets `deleted_at`. A record of a website is written together with a check that the
website is live, so that nothing can be added to a deleted website. The rules for fields are in the module of each kind.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import batched
from types import MappingProxyType
from typing import Any, NamedTuple

from pixel.auth.caller import Caller, covers
from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT, Expected, OneOf
from pixel.aws.json_service import back_off
from pixel.aws.tables import Action, Database, Query, WriteRefusedError
from pixel.foundation.clock import now, to_iso
from pixel.foundation.ids import new_id
from pixel.foundation.settings import settings
from pixel.workspaces.audit import OPERATOR, audit_entry
from pixel.workspaces.errors import (
    AlreadyExistsError,
    ConcurrentChangeError,
    InvalidIdError,
    LimitReachedError,
    NotFoundError,
    RevisionError,
)
from pixel.workspaces.record_failures import not_grantable
from pixel.workspaces.record_kind import DELETED_AT, RecordKind, revision_of
from pixel.workspaces.website_kind import WEBSITE

ATTEMPTS = 3
NO_CONDITION: Expected = MappingProxyType({})
_DELETED_WITH = "deleted_with"  # of a record that was deleted with its website
_ID_CHARACTERS_MAX = 32  # a share link's token is longer, so that it is never taken for an id and quoted

ExtraActions = Callable[[Item], Iterable[Action]]
"""Returns further actions for the transaction that writes a record."""


class Deletion(NamedTuple):
    """A deleted record, and whether this call deleted it. A record that was already deleted keeps its time."""

    item: Item
    changed: bool


def _no_extra_actions(_item: Item) -> Iterable[Action]:
    return ()


class Store(NamedTuple):
    """The tables of one deployment, or as much of them as a key that is bound to websites may see."""

    database: Database
    keys_table: str
    workspace_table: str
    actor: str = OPERATOR
    """Who makes changes, for the audit trail: the id of the calling key, unless it is `pixelctl`."""
    website_ids: tuple[str, ...] | None = None  # None: all websites, and what belongs to none
    secrets_table: str = ""  # with addresses and secrets of destinations
    private_allowed: bool = False  # whether destinations may be within a network, as in the embedded stack

    def create(  # noqa: PLR0913 - what identifies a record and what it holds, the rarer ones by name
        self,
        kind: RecordKind,
        workspace_id: str,
        values: Mapping[str, object],
        *,
        website_id: str | None = None,
        record_id: str | None = None,
        also: ExtraActions = _no_extra_actions,
    ) -> Item:
        """Create a record of a website, or of the workspace if there is no `website_id`.

        Without a `record_id`, one is generated. The actions that `also` returns are part of the transaction.
        """
        record_id = record_id or new_id(kind.id_prefix)
        moment = to_iso(now())
        own = {} if website_id is None else {"website_id": website_id}
        item: Item = {
            **kind.key(workspace_id, record_id),
            "id": record_id,
            **own,
            "created_at": moment,
            "updated_at": moment,
            "revision": 1,
            **values,
        }
        entry = self._audit(kind, item, "created", {**own, **values})
        for attempt in range(1, ATTEMPTS + 1):
            parent = self._live_parent_check(workspace_id, website_id)
            insertion = tables.insertion(self.workspace_table, item, "workspace_id")
            more = also(item)
            self._require_room(kind, workspace_id, website_id)
            try:
                self.database.transact(parent, insertion, entry, *more)
            except WriteRefusedError as failure:
                if 1 in failure.refused:
                    sentence = f'The {kind.noun} "{record_id}" already exists; choose another id.'
                    raise AlreadyExistsError(sentence, record_id) from None
                back_off(attempt)
                continue
            return item
        raise ConcurrentChangeError(workspace_id if website_id is None else website_id)

    def list_live(
        self,
        kind: RecordKind,
        workspace_id: str,
        website_id: str | None = None,
        *,
        where: Expected = NO_CONDITION,
        items_max: int | None = None,
    ) -> list[Item]:
        """Return the live records, oldest first, with the attributes of rows of a list."""
        seen = self._seen(kind, {**where, **({} if website_id is None else {kind.website: website_id})})
        if seen is None:
            return []
        query = Query(
            ("workspace_id", workspace_id),
            sort_prefix=("item", kind.sort_key_prefix),
            where={DELETED_AT: ABSENT, **seen},
            attributes=tuple(kind.response_attributes.values()),
        )
        items = self.database.query(self.workspace_table, query, items_max=items_max)
        return sorted(items, key=_oldest_first)

    def page(
        self, kind: RecordKind, workspace_id: str, where: Expected, *, limit: int, after: str | None = None
    ) -> tuple[list[Item], str | None]:
        """Return live records in order of their ids, and the id behind which the next page begins, if any."""
        seen = self._seen(kind, where)
        if seen is None:
            return [], None
        query = Query(
            ("workspace_id", workspace_id),
            sort_prefix=("item", kind.sort_key_prefix),
            where={DELETED_AT: ABSENT, **seen},
            attributes=tuple(dict.fromkeys(kind.record_attributes.values())),
            after=None if after is None else f"{kind.sort_key_prefix}{after}",
        )
        items = self.database.query(self.workspace_table, query, items_max=limit + 1)
        return items[:limit], items[limit - 1]["id"] if len(items) > limit else None

    def find(self, kind: RecordKind, workspace_id: str, record_id: str) -> Item:
        """Return a live record with all attributes, including secret ones."""
        item = self.find_any(kind, workspace_id, record_id)
        if DELETED_AT in item:
            raise NotFoundError(kind.noun, record_id, workspace_id, item[DELETED_AT])
        return item

    def update(  # noqa: PLR0913 - what identifies a record, what changes and what must hold
        self,
        kind: RecordKind,
        workspace_id: str,
        record_id: str,
        values: Mapping[str, object],
        *,
        verb: str = "updated",
        revisions: Collection[int] | None = None,
        check: Callable[[Item], None] = lambda _item: None,
        also: Callable[[Item, Item], Iterable[Action]] = lambda _old, _new: (),
    ) -> Item:
        """Change some attributes of a record and return the new record.

        `check` gets the new record and may raise. `also` gets the old record and the new one. The write requires that
        the record has not changed since it was read and, if `revisions` is given, that it had one of them.
        """
        for attempt in range(1, ATTEMPTS + 1):
            old = self.find(kind, workspace_id, record_id)
            _require_revision(old, revisions)
            changed = {**values, **_changed_now(old)}
            new = {**old, **changed}
            check(new)
            more = also(old, new)
            change = self._change(kind, workspace_id, old, changed)
            entry = self._audit(kind, old, verb, values)
            try:
                self.database.transact(change, entry, *more)
            except WriteRefusedError:
                back_off(attempt)
                continue
            return new
        raise ConcurrentChangeError(record_id)

    def delete(  # noqa: PLR0913 - what identifies a record, what is removed and what must hold
        self,
        kind: RecordKind,
        workspace_id: str,
        record_id: str,
        *,
        removed: Sequence[str] = (),
        revisions: Collection[int] | None = None,
        also: ExtraActions = _no_extra_actions,
    ) -> Deletion:
        """Mark a record as deleted and remove some of its attributes."""
        for attempt in range(1, ATTEMPTS + 1):
            old = self.find_any(kind, workspace_id, record_id)
            if DELETED_AT in old:
                return Deletion(old, changed=False)
            _require_revision(old, revisions)
            changed = _changed_now(old)
            changed[DELETED_AT] = changed["updated_at"]
            more = also(old)
            deletion = self._change(kind, workspace_id, old, {**changed, **dict.fromkeys(removed, ABSENT)})
            entry = self._audit(kind, old, "deleted", {})
            try:
                self.database.transact(deletion, entry, *more)
            except WriteRefusedError:
                back_off(attempt)
                continue
            return Deletion({**old, **changed}, changed=True)
        raise ConcurrentChangeError(record_id)

    def delete_all_of(self, kind: RecordKind, workspace_id: str, website_id: str) -> int:
        """Delete the records of a website, which must already be deleted, and return how many went with it.

        The number includes those that an earlier, interrupted call deleted.
        """
        for attempt in range(1, ATTEMPTS + 1):
            live = self.list_live(kind, workspace_id, website_id)
            if not live:
                break
            gone = {DELETED_AT: to_iso(now()), _DELETED_WITH: website_id}
            for batch in batched(live, tables.WRITES_AT_ONCE, strict=False):
                deletions = (
                    tables.change(
                        self.workspace_table,
                        kind.key(workspace_id, item["id"]),
                        gone,
                        {"id": item["id"], DELETED_AT: ABSENT},
                    )
                    for item in batch
                )
                try:
                    self.database.transact(*deletions)
                except WriteRefusedError:
                    back_off(attempt)  # another call deleted one of them; list them again
        else:
            if self.list_live(kind, workspace_id, website_id):
                raise ConcurrentChangeError(website_id)
        return self._count(kind, workspace_id, {_DELETED_WITH: website_id})

    def require_workspace(self, workspace_id: str) -> Item:
        """Return the item of a live workspace. Raises NotFoundError."""
        item = self.find_any_workspace(workspace_id)
        if DELETED_AT in item:
            raise NotFoundError("workspace", workspace_id, deleted_at=item[DELETED_AT])
        return item

    def find_any_workspace(self, workspace_id: str) -> Item:
        """Return the item of a workspace, deleted or not. Raises NotFoundError."""
        if not workspace_id.startswith("ws_"):
            raise InvalidIdError("workspace", "ws")
        item = self.database.get(self.workspace_table, meta_key(workspace_id))
        if item is None:
            raise NotFoundError("workspace", workspace_id)
        return item

    def find_any(self, kind: RecordKind, workspace_id: str, record_id: str) -> Item:
        """Return a record, deleted or not."""
        if not re.fullmatch(rf"{kind.id_prefix}_[\w-]{{1,{_ID_CHARACTERS_MAX}}}", record_id, re.ASCII):
            raise InvalidIdError(kind.noun, kind.id_prefix)
        item = self.database.get(self.workspace_table, kind.key(workspace_id, record_id))
        if item is None:
            self.require_workspace(workspace_id)
        if item is None or not covers(self.website_ids, item.get(kind.website, "")):
            raise NotFoundError(kind.noun, record_id, workspace_id)
        return item

    def _seen(self, kind: RecordKind, where: Expected) -> Expected | None:
        """Return the condition with the websites that may be seen, or None if it asks for another one."""
        website_id = where.get(kind.website)
        if website_id is not None:
            return where if covers(self.website_ids, str(website_id)) else None
        return where if self.website_ids is None else {**where, kind.website: OneOf(self.website_ids)}

    def _live_parent_check(self, workspace_id: str, website_id: str | None) -> Action:
        """Require the website or workspace to be live, and return the check that repeats this in the transaction."""
        if website_id is None:
            if self.website_ids is not None:
                raise not_grantable({"website_ids": None}, {"website_ids": self.website_ids})
            self.require_workspace(workspace_id)
            live = {"workspace_id": workspace_id, DELETED_AT: ABSENT}
            return tables.check(self.workspace_table, meta_key(workspace_id), live)
        self.find(WEBSITE, workspace_id, website_id)
        live = {"id": website_id, DELETED_AT: ABSENT}
        return tables.check(self.workspace_table, WEBSITE.key(workspace_id, website_id), live)

    def _require_room(self, kind: RecordKind, workspace_id: str, website_id: str | None) -> None:
        """Refuse a record above the limit. Calls at the same moment may exceed it by a few."""
        of_website = {} if website_id is None else {kind.website: website_id}
        if self._count(kind, workspace_id, {DELETED_AT: ABSENT, **of_website}, up_to=kind.limit) >= kind.limit:
            raise LimitReachedError(f"{kind.noun}s", kind.limit)

    def _count(self, kind: RecordKind, workspace_id: str, where: Expected, *, up_to: int | None = None) -> int:
        query = Query(
            ("workspace_id", workspace_id), ("item", kind.sort_key_prefix), where=where, attributes=("workspace_id",)
        )
        return len(self.database.query(self.workspace_table, query, items_max=up_to))

    def _change(
        self, kind: RecordKind, workspace_id: str, old: Mapping[str, Any], values: Mapping[str, object]
    ) -> Action:
        """Return the action that changes a live record, which must not have changed since it was read."""
        unchanged = {"id": old["id"], DELETED_AT: ABSENT, "revision": old.get("revision", ABSENT)}
        return tables.change(self.workspace_table, kind.key(workspace_id, old["id"]), values, unchanged)

    def _audit(self, kind: RecordKind, item: Mapping[str, Any], verb: str, values: Mapping[str, object]) -> Action:
        shown = {*kind.record_attributes.values()}
        return audit_entry(
            self.workspace_table,
            item["workspace_id"],
            key_id=self.actor,
            action=f"{kind.noun.replace(' ', '_')}.{verb}",
            record=item["id"],
            websites=[item[kind.website]] if kind.website in item else [],
            fields={name: value for name, value in values.items() if name in shown},
        )


def function_store(caller: Caller | None = None) -> Store:
    """Return the store of this function, as its environment configures it, or as much of it as the caller may see."""
    store = Store(
        tables.database(),
        settings().keys_table,
        settings().workspace_table,
        secrets_table=settings().secrets_table,
        private_allowed=settings().allow_private_webhooks == "true",
    )
    return store if caller is None else store._replace(actor=caller.key_id, website_ids=caller.website_ids)


def meta_key(workspace_id: str) -> dict[str, str]:
    """Return the key of the workspace's own item."""
    return {"workspace_id": workspace_id, "item": "META"}


def _require_revision(item: Mapping[str, Any], revisions: Collection[int] | None) -> None:
    if revisions is not None and revision_of(item) not in revisions:
        raise RevisionError(item["id"], revision_of(item))


def _changed_now(old: Mapping[str, Any]) -> dict[str, object]:
    return {"updated_at": to_iso(now()), "revision": revision_of(old) + 1}


def _oldest_first(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["created_at"], item["id"]
