"""The store of records in DynamoDB, with one conditional transaction for each write.

A deleted record keeps its item and gets `deleted_at`. A record of a website is written together with a check that the
website is live, so that nothing can be added to a deleted website. The rules for fields are in the module of each kind.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import batched
from typing import Any, NamedTuple

from pixel.aws import tables
from pixel.aws.json_service import back_off
from pixel.aws.tables import ABSENT, Action, Database, Item, Query, WriteRefusedError
from pixel.foundation.clock import now, to_iso
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.ids import new_id
from pixel.foundation.settings import settings
from pixel.workspaces.errors import AlreadyExistsError, ConcurrentChangeError, InvalidIdError, NotFoundError
from pixel.workspaces.kinds import WEBSITE, RecordKind

DELETED_AT = "deleted_at"
ATTEMPTS = 3
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
        also: ExtraActions = _no_extra_actions,
    ) -> Item:
        """Create a record of a website, or of the workspace if there is no `website_id`.

        Without a `record_id`, one is generated. The actions that `also` returns are part of the transaction.
        """
        record_id = record_id or new_id(kind.id_prefix)
        item: Item = {
            **kind.key(workspace_id, record_id),
            "id": record_id,
            **({} if website_id is None else {"website_id": website_id}),
            "created_at": to_iso(now()),
            **values,
        }
        for attempt in range(1, ATTEMPTS + 1):
            parent = self._live_parent_check(workspace_id, website_id)
            insertion = tables.insertion(self.workspace_table, item, "workspace_id")
            try:
                self.database.transact(parent, insertion, *also(item))
            except WriteRefusedError as failure:
                if 1 in failure.refused:
                    sentence = f'The {kind.noun} "{record_id}" already exists; choose another id.'
                    raise AlreadyExistsError(sentence, record_id) from None
                back_off(attempt)
                continue
            return item
        raise ConcurrentChangeError(workspace_id if website_id is None else website_id)

    def list_live(
        self, kind: RecordKind, workspace_id: str, website_id: str | None = None, *, items_max: int | None = None
    ) -> list[Item]:
        """Return the live records, oldest first, with the attributes of responses."""
        query = Query(
            ("workspace_id", workspace_id),
            sort_prefix=("item", kind.sort_key_prefix),
            where={DELETED_AT: ABSENT, **({} if website_id is None else {kind.website: website_id})},
            attributes=tuple(kind.response_attributes.values()),
        )
        items = self.database.query(self.workspace_table, query, items_max=items_max)
        return sorted(items, key=_oldest_first)

    def find(self, kind: RecordKind, workspace_id: str, record_id: str) -> Item:
        """Return a live record with all attributes, including secret ones."""
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
        also: ExtraActions = _no_extra_actions,
    ) -> Item:
        """Change some attributes of a record and return the new record.

        `check` gets the new record and may raise. The write requires that the attributes in `depends_on` have not
        changed since they were read. `also` gets the old record.
        """
        for attempt in range(1, ATTEMPTS + 1):
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
                back_off(attempt)
                continue
            return new
        raise ConcurrentChangeError(record_id)

    def delete(
        self,
        kind: RecordKind,
        workspace_id: str,
        record_id: str,
        *,
        removed: Sequence[str] = (),
        also: ExtraActions = _no_extra_actions,
    ) -> Deletion:
        """Mark a record as deleted and remove some of its attributes."""
        for attempt in range(1, ATTEMPTS + 1):
            old = self._stored(kind, workspace_id, record_id)
            if DELETED_AT in old:
                return Deletion(old, changed=False)
            deleted_at = to_iso(now())
            deletion = self._deletion(kind, workspace_id, old, deleted_at, dict.fromkeys(removed, ABSENT))
            try:
                self.database.transact(deletion, *also(old))
            except WriteRefusedError:
                back_off(attempt)
                continue
            return Deletion({**old, DELETED_AT: deleted_at}, changed=True)
        raise ConcurrentChangeError(record_id)

    def delete_all_of(self, kind: RecordKind, workspace_id: str, website_id: str) -> int:
        """Delete the records of a website, which must already be deleted, and return their number."""
        deleted = 0
        for attempt in range(1, ATTEMPTS + 1):
            live = self.list_live(kind, workspace_id, website_id)
            if not live:
                return deleted
            moment = to_iso(now())
            for batch in batched(live, tables.WRITES_AT_ONCE, strict=False):
                try:
                    self.database.transact(*(self._deletion(kind, workspace_id, item, moment, {}) for item in batch))
                except WriteRefusedError:
                    back_off(attempt)  # another call deleted one of them; list them again
                    continue
                deleted += len(batch)
        if self.list_live(kind, workspace_id, website_id):
            raise ConcurrentChangeError(website_id)
        return deleted

    def require_workspace(self, workspace_id: str) -> Item:
        """Return the item of a workspace. Raises NotFoundError."""
        if not workspace_id.startswith("ws_"):
            raise InvalidIdError("workspace", "ws")
        item = self.database.get(self.workspace_table, meta_key(workspace_id))
        if item is None:
            raise NotFoundError("workspace", workspace_id)
        return item

    def _stored(self, kind: RecordKind, workspace_id: str, record_id: str) -> Item:
        """Return a record, deleted or not."""
        if not re.fullmatch(rf"{kind.id_prefix}_[\w-]{{1,{_ID_CHARACTERS_MAX}}}", record_id, re.ASCII):
            raise InvalidIdError(kind.noun, kind.id_prefix)
        item = self.database.get(self.workspace_table, kind.key(workspace_id, record_id))
        if item is None:
            self.require_workspace(workspace_id)
            raise NotFoundError(kind.noun, record_id, workspace_id)
        return item

    def _live_parent_check(self, workspace_id: str, website_id: str | None) -> Action:
        """Require the website or workspace to be live, and return the check that repeats this in the transaction."""
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
    """Return the store of this function, as its environment configures it."""
    return Store(tables.database(), settings().keys_table, settings().workspace_table)


def meta_key(workspace_id: str) -> dict[str, str]:
    """Return the key of the workspace's own item."""
    return {"workspace_id": workspace_id, "item": "META"}


def require_website(workspace_id: str, website_id: str) -> str:
    """Return the domain of a live website.

    The error is the same for a website of another workspace, a deleted one and one that never existed.
    """
    store = function_store()
    website = store.database.get(store.workspace_table, WEBSITE.key(workspace_id, website_id))
    if website is None or DELETED_AT in website:
        raise ApiError(ErrorCode.WEBSITE_NOT_FOUND)
    return str(website["domain"])


def find_owned_websites(website_id: str) -> list[Item]:
    """Return the live websites with this id in all workspaces, normally one or none."""
    store = function_store()
    query = Query(("owned_website_id", website_id), index_name="by_website")
    found = store.database.query(store.workspace_table, query, items_max=2)
    return [item for item in found if DELETED_AT not in item]


def _oldest_first(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["created_at"], item["id"]
