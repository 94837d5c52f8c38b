"""The records of workspaces in DynamoDB: created, listed, found, changed and deleted, each by one conditional write.

A deleted record keeps its item and gets deleted_at. What belongs to a website is written only together with a check
that the website is live: nothing can be added to it once it is deleted. Nothing here knows what a field may hold; the
rules of each kind are in modules of their own.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import batched
from typing import Any, NamedTuple

from pixel.aws import tables
from pixel.aws.tables import ABSENT, Action, Database, Item, Query, WriteRefusedError
from pixel.foundation.clock import now, to_iso
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.ids import new_id
from pixel.foundation.settings import settings
from pixel.workspaces.errors import AlreadyExistsError, NotFoundError, StillChangingError, UnusableIdError
from pixel.workspaces.kinds import WEBSITE, RecordKind

DELETED_AT = "deleted_at"
ATTEMPTS = 3
_ID_CHARACTERS_MAX = 32  # the token of a share link is longer, so it never passes for an id and is never repeated

AlsoWritten = Callable[[Item], Iterable[Action]]
"""What a record's item is written with, or not at all."""


class Deletion(NamedTuple):
    """A deleted record, and whether this call deleted it: one that was deleted before keeps its moment."""

    item: Item
    changed: bool


def _nothing_else(_item: Item) -> Iterable[Action]:
    return ()


class Store(NamedTuple):
    """The tables of one deployment."""

    database: Database
    keys_table: str
    workspace_table: str

    def create(  # noqa: PLR0913 - what identifies a record and what it holds, the rarer ones by name
        self,
        kind: RecordKind,
        workspace_id: str,
        values: Mapping[str, object],
        *,
        website_id: str | None = None,
        record_id: str | None = None,
        also: AlsoWritten = _nothing_else,
    ) -> Item:
        """Write a new record of a website, or of the workspace where no `website_id` is given. An id is made unless one
        is given. What `also` returns is written with it or not at all."""
        record_id = record_id or new_id(kind.id_prefix)
        item: Item = {
            **kind.key(workspace_id, record_id),
            "id": record_id,
            **({} if website_id is None else {"website_id": website_id}),
            "created_at": to_iso(now()),
            **values,
        }
        for _ in range(ATTEMPTS):
            parent = self._parent_is_live(workspace_id, website_id)
            insertion = tables.insertion(self.workspace_table, item, "workspace_id")
            try:
                self.database.transact(parent, insertion, *also(item))
            except WriteRefusedError as failure:
                if 1 in failure.refused:
                    sentence = f'The {kind.noun} "{record_id}" exists already; choose another id.'
                    raise AlreadyExistsError(sentence, record_id) from None
                continue
            return item
        raise StillChangingError(workspace_id if website_id is None else website_id)

    def list_live(
        self, kind: RecordKind, workspace_id: str, website_id: str | None = None, *, items_max: int | None = None
    ) -> list[Item]:
        """Return the records that are not deleted, oldest first, with the attributes that may be shown."""
        query = Query(
            ("workspace_id", workspace_id),
            sort_prefix=("item", kind.sort_key_prefix),
            where={DELETED_AT: ABSENT, **({} if website_id is None else {kind.website: website_id})},
            attributes=tuple(kind.answered.values()),
        )
        items = self.database.query(self.workspace_table, query, items_max=items_max)
        return sorted(items, key=_oldest_first)

    def find(self, kind: RecordKind, workspace_id: str, record_id: str) -> Item:
        """Return a live record whole, including what must not be shown."""
        item = self._stored(kind, workspace_id, record_id)
        if DELETED_AT in item:
            raise NotFoundError(kind.noun, record_id, workspace_id, item[DELETED_AT])
        return item

    def update(  # noqa: PLR0913 - what identifies a record, what changes and what that depends on
        self,
        kind: RecordKind,
        workspace_id: str,
        record_id: str,
        values: Mapping[str, object],
        *,
        depends_on: Sequence[str] = (),
        check: Callable[[Item], None] = lambda _item: None,
        also: AlsoWritten = _nothing_else,
    ) -> Item:
        """Change these attributes alone. `check` is given the record as it would be and may refuse it; the write is
        done only while the attributes it depends on are as they were read. `also` is given the record as it was."""
        for _ in range(ATTEMPTS):
            old = self.find(kind, workspace_id, record_id)
            new = {**old, **values}
            check(new)
            unchanged = {name: old.get(name, ABSENT) for name in depends_on}
            change = tables.change(
                self.workspace_table,
                kind.key(workspace_id, record_id),
                values,
                {"id": record_id, DELETED_AT: ABSENT, **unchanged},
            )
            try:
                self.database.transact(change, *also(old))
            except WriteRefusedError:
                continue
            return new
        raise StillChangingError(record_id)

    def delete(
        self,
        kind: RecordKind,
        workspace_id: str,
        record_id: str,
        *,
        removed: Sequence[str] = (),
        also: AlsoWritten = _nothing_else,
    ) -> Deletion:
        """Mark a record as deleted and remove some of its attributes."""
        for _ in range(ATTEMPTS):
            old = self._stored(kind, workspace_id, record_id)
            if DELETED_AT in old:
                return Deletion(old, changed=False)
            deleted_at = to_iso(now())
            deletion = self._deletion(kind, workspace_id, old, deleted_at, dict.fromkeys(removed, ABSENT))
            try:
                self.database.transact(deletion, *also(old))
            except WriteRefusedError:
                continue
            return Deletion({**old, DELETED_AT: deleted_at}, changed=True)
        raise StillChangingError(record_id)

    def delete_all_of(self, kind: RecordKind, workspace_id: str, website_id: str) -> int:
        """Delete the records of a website that is deleted already, so that no more can come. Return their number."""
        deleted = 0
        for _ in range(ATTEMPTS):
            live = self.list_live(kind, workspace_id, website_id)
            if not live:
                return deleted
            moment = to_iso(now())
            for some in batched(live, tables.WRITES_AT_ONCE, strict=False):
                try:
                    self.database.transact(*(self._deletion(kind, workspace_id, item, moment, {}) for item in some))
                except WriteRefusedError:
                    continue  # another call deleted one of them: the next look leaves it out
                deleted += len(some)
        raise StillChangingError(website_id)

    def require_workspace(self, workspace_id: str) -> Item:
        """Return the item of a workspace."""
        if not workspace_id.startswith("ws_"):
            raise UnusableIdError("workspace", "ws")
        item = self.database.get(self.workspace_table, meta_key(workspace_id))
        if item is None:
            raise NotFoundError("workspace", workspace_id)
        return item

    def _stored(self, kind: RecordKind, workspace_id: str, record_id: str) -> Item:
        """Return a record, deleted or not."""
        if not re.fullmatch(rf"{kind.id_prefix}_[\w-]{{1,{_ID_CHARACTERS_MAX}}}", record_id, re.ASCII):
            raise UnusableIdError(kind.noun, kind.id_prefix)
        item = self.database.get(self.workspace_table, kind.key(workspace_id, record_id))
        if item is None:
            self.require_workspace(workspace_id)
            raise NotFoundError(kind.noun, record_id, workspace_id)
        return item

    def _parent_is_live(self, workspace_id: str, website_id: str | None) -> Action:
        """Look, so that a sentence can say what is missing, and return what has the write look again."""
        if website_id is None:
            self.require_workspace(workspace_id)
            return tables.check(self.workspace_table, meta_key(workspace_id), {"workspace_id": workspace_id})
        self.find(WEBSITE, workspace_id, website_id)
        live = {"id": website_id, DELETED_AT: ABSENT}
        return tables.check(self.workspace_table, WEBSITE.key(workspace_id, website_id), live)

    def _deletion(
        self, kind: RecordKind, workspace_id: str, item: Item, deleted_at: str, changes: Mapping[str, object]
    ) -> Action:
        return tables.change(
            self.workspace_table,
            kind.key(workspace_id, item["id"]),
            {DELETED_AT: deleted_at, **changes},
            {"id": item["id"], DELETED_AT: ABSENT},
        )


def function_store() -> Store:
    """Return the store that a function's environment names."""
    return Store(tables.database(), settings().keys_table, settings().workspace_table)


def meta_key(workspace_id: str) -> dict[str, str]:
    """Return the key of the item that holds a workspace's own properties."""
    return {"workspace_id": workspace_id, "item": "META"}


def require_website(workspace_id: str, website_id: str) -> str:
    """Return the domain of a live website. A website of another workspace, a deleted one and none at all are the same
    failure."""
    store = function_store()
    website = store.database.get(store.workspace_table, WEBSITE.key(workspace_id, website_id))
    if website is None or DELETED_AT in website:
        raise ApiError(ErrorCode.WEBSITE_NOT_FOUND)
    return str(website["domain"])


def find_owned_websites(website_id: str) -> list[Item]:
    """Return the live website of this id, whichever workspace owns it: one item or none."""
    store = function_store()
    query = Query(("owned_website_id", website_id), index_name="by_website")
    found = store.database.query(store.workspace_table, query, items_max=2)
    return [item for item in found if DELETED_AT not in item]


def _oldest_first(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["created_at"], item["id"]
