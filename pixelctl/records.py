"""The life of a record: made, listed, shown, changed and deleted, each by one conditional write.

A deleted record keeps its item and gets deleted_at. What hangs on a website is written only together with a check that
the website is there: nothing can be hung on it once it is deleted.
"""

from __future__ import annotations

import re
from itertools import batched
from typing import TYPE_CHECKING

from pixel.foundation.clock import now, to_iso
from pixel.foundation.ids import new_id
from pixel.workspaces import records
from pixel.workspaces.records import DELETED_AT
from pixelctl import tables
from pixelctl.failures import AlreadyExistsError, ControlError, NotFoundError, StillChangingError
from pixelctl.record_kinds import WEBSITE, Kind
from pixelctl.workspaces import find_workspace, meta_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from pixel.aws.tables import Item
    from pixelctl.target import Target

    AlsoWritten = Callable[[Item], Sequence[TransactWriteItemTypeDef]]

_ATTEMPTS = 3
_ID_CHARACTERS_MAX = 32  # a share link's token is longer, so it never passes for an id and is never repeated


def create_record(  # noqa: PLR0913 - what identifies a record and what it holds, the rarer ones by name
    target: Target,
    kind: Kind,
    workspace_id: str,
    values: Mapping[str, object],
    *,
    website_id: str | None = None,
    record_id: str | None = None,
    also: AlsoWritten = lambda _item: (),
) -> Item:
    """`website_id` is what it hangs on; a website itself hangs on the workspace. `also` is written with it or not at
    all."""
    record_id = record_id or new_id(kind.id_prefix)
    item: Item = {
        **kind.stored.key(workspace_id, record_id),
        "id": record_id,
        **({} if website_id is None else {"website_id": website_id}),
        "created_at": to_iso(now()),
        **values,
    }
    for _ in range(_ATTEMPTS):
        actions = [
            _parent_is_there(target, workspace_id, website_id),
            tables.put_new(target.workspace_table, item, "workspace_id"),
            *also(item),
        ]
        try:
            tables.write(target.dynamodb, *actions)
        except tables.WriteRefusedError as failure:
            if 1 in failure.refused:
                raise AlreadyExistsError(f'The {kind.noun} "{record_id}" exists already; choose another id.') from None
            continue
        return item
    raise StillChangingError(workspace_id if website_id is None else website_id)


def list_records(target: Target, kind: Kind, workspace_id: str, website_id: str | None = None) -> list[Item]:
    """Oldest first, with the attributes that may be shown."""
    find_workspace(target, workspace_id)
    if website_id is not None:
        find_record(target, WEBSITE, workspace_id, website_id)
    return _live(target, kind, workspace_id, website_id)


def find_record(target: Target, kind: Kind, workspace_id: str, record_id: str) -> Item:
    """Whole, with what must not be shown."""
    item = _stored(target, kind, workspace_id, record_id)
    if DELETED_AT in item:
        raise NotFoundError(
            f'The {kind.noun} "{record_id}" was deleted at {item[DELETED_AT]}; '
            f"`pixelctl {kind.command} list {workspace_id}` shows those there are."
        )
    return item


def update_record(  # noqa: PLR0913 - what identifies a record and what changes
    target: Target,
    kind: Kind,
    workspace_id: str,
    record_id: str,
    values: Mapping[str, object],
    *,
    also: AlsoWritten = lambda _item: (),
) -> Item:
    """Changes these values alone. `also` is given the item as it is before."""
    for _ in range(_ATTEMPTS):
        old = find_record(target, kind, workspace_id, record_id)
        new = {**old, **values}
        kind.require_agreement(new)
        # All fields are compared, because the new values agree with these and perhaps not with others.
        unchanged = {field.attribute: old.get(field.attribute, tables.ABSENT) for field in kind.fields}
        update = tables.update(
            target.workspace_table,
            kind.stored.key(workspace_id, record_id),
            values,
            {"id": record_id, DELETED_AT: tables.ABSENT, **unchanged},
        )
        try:
            tables.write(target.dynamodb, update, *also(old))
        except tables.WriteRefusedError:
            continue
        return new
    raise StillChangingError(record_id)


def delete_record(  # noqa: PLR0913 - what identifies a record and what goes with it
    target: Target,
    kind: Kind,
    workspace_id: str,
    record_id: str,
    *,
    removed: Sequence[str] = (),
    also: AlsoWritten = lambda _item: (),
) -> tuple[Item, bool]:
    """The item, and whether this call deleted it; one that was deleted before keeps its moment. `removed` are
    attributes that go."""
    for _ in range(_ATTEMPTS):
        old = _stored(target, kind, workspace_id, record_id)
        if DELETED_AT in old:
            return old, False
        deleted_at = to_iso(now())
        deletion = _deletion(target, kind, old, deleted_at, dict.fromkeys(removed, tables.ABSENT))
        try:
            tables.write(target.dynamodb, deletion, *also(old))
        except tables.WriteRefusedError:
            continue
        return {**old, DELETED_AT: deleted_at}, True
    raise StillChangingError(record_id)


def delete_records_of(target: Target, kind: Kind, workspace_id: str, website_id: str) -> int:
    """What hangs on a website that is deleted already, so that no more can come; how many there were."""
    deleted = 0
    for _ in range(_ATTEMPTS):
        live = _live(target, kind, workspace_id, website_id)
        if not live:
            return deleted
        moment = to_iso(now())
        for some in batched(live, tables.WRITES_AT_ONCE, strict=False):
            deletions = [_deletion(target, kind, {**item, "workspace_id": workspace_id}, moment, {}) for item in some]
            try:
                tables.write(target.dynamodb, *deletions)
            except tables.WriteRefusedError:
                continue  # one of them was deleted by another run: the next look leaves it out
            deleted += len(some)
    raise StillChangingError(website_id)


def _stored(target: Target, kind: Kind, workspace_id: str, record_id: str) -> Item:
    """Deleted or not."""
    if not re.fullmatch(rf"{kind.id_prefix}_[\w-]{{1,{_ID_CHARACTERS_MAX}}}", record_id, re.ASCII):
        raise ControlError(
            f"Name {kind.one} by its id ({kind.id_prefix}_...); `pixelctl {kind.command} list` shows ids."
        )
    item = tables.get(target.dynamodb, target.workspace_table, kind.stored.key(workspace_id, record_id))
    if item is None:
        find_workspace(target, workspace_id)
        raise NotFoundError(
            f'There is no {kind.noun} "{record_id}" in {workspace_id}; '
            f"`pixelctl {kind.command} list {workspace_id}` shows those there are."
        )
    return item


def _live(target: Target, kind: Kind, workspace_id: str, website_id: str | None) -> list[Item]:
    wanted = records.wanted_records(kind.stored, workspace_id, website_id)
    found = tables.query_wanted(target.dynamodb, target.workspace_table, wanted)
    return sorted(found, key=records.oldest_first)


def _parent_is_there(target: Target, workspace_id: str, website_id: str | None) -> TransactWriteItemTypeDef:
    """Looks, for a sentence that says what is missing, and has the write look again."""
    if website_id is None:
        find_workspace(target, workspace_id)
        return tables.check(target.workspace_table, meta_key(workspace_id), {"workspace_id": workspace_id})
    find_record(target, WEBSITE, workspace_id, website_id)
    live = {"id": website_id, DELETED_AT: tables.ABSENT}
    return tables.check(target.workspace_table, WEBSITE.stored.key(workspace_id, website_id), live)


def _deletion(
    target: Target, kind: Kind, item: Item, deleted_at: str, changes: Mapping[str, object]
) -> TransactWriteItemTypeDef:
    return tables.update(
        target.workspace_table,
        kind.stored.key(item["workspace_id"], item["id"]),
        {DELETED_AT: deleted_at, **changes},
        {"id": item["id"], DELETED_AT: tables.ABSENT},
    )
