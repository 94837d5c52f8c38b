"""The store of labels in DynamoDB.

A label that is deleted is marked first. From then on no link gets it, so a sweep takes it off the links that have it,
and then it is deleted, if nobody has changed it meanwhile. A tag that is renamed gets its new name first, and a sweep
brings that to its links. A sweep that ends early leaves the mark or the former name, and the same call again goes on.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT
from pixel.aws.json_service import back_off
from pixel.aws.tables import Action, Query, WriteRefusedError
from pixel.foundation.clock import epoch_seconds, now, to_iso
from pixel.links.labels import FORMER_NAME, LABELS_MAX, LEAVING, LabelKind
from pixel.links.labels_of_links import Labels, new_label
from pixel.links.store import CHANGE_ATTEMPTS, ExtraActions, LinkStore
from pixel.workspaces.audit import audit_entry
from pixel.workspaces.errors import (
    AlreadyExistsError,
    ConcurrentChangeError,
    InvalidIdError,
    LimitReachedError,
    NotFoundError,
    RecordError,
)
from pixel.workspaces.models import InvalidFieldsError, RecordModel
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.store import meta_key

SWEEP_SECONDS = 20.0


class LabelInUseError(RecordError):
    """The label has links, and is deleted only without them."""

    def __init__(self, noun: str, links: int) -> None:
        self.links = links
        super().__init__(f"This {noun} has {links:,} links; take it off them first.")


class LinksLeftError(RecordError):
    """The time did not suffice for all links of a label; the same call again goes on."""

    def __init__(self, links: int) -> None:
        self.links = links
        super().__init__(f"{links:,} links are left; send the same again.")


def _no_extra_actions(_label: Item) -> Iterable[Action]:
    return ()


class LabelStore(NamedTuple):
    """The labels of one kind."""

    links: LinkStore
    kind: LabelKind
    sweep_seconds: float = SWEEP_SECONDS

    def create(self, workspace_id: str, new: RecordModel, *, also: ExtraActions = _no_extra_actions) -> Item:
        """Create a label. The actions that `also` returns are part of the transaction.

        Calls at the same moment may exceed the limit by a few.
        """
        given = new.given()
        label = new_label(self.kind, workspace_id, given)
        labels = self._labels(workspace_id)
        if labels.count(self.kind) >= LABELS_MAX:
            raise LimitReachedError(self.kind.plural, LABELS_MAX)
        live = {"workspace_id": workspace_id, DELETED_AT: ABSENT}
        actions = [
            tables.check(self.links.workspace_table, meta_key(workspace_id), live),
            self._audit(label, "created", given),
            *labels.insertions(self.kind, label),
        ]
        for attempt in range(1, CHANGE_ATTEMPTS + 1):
            more = also(label)
            try:
                self.links.database.transact(*actions, *more)
            except WriteRefusedError as failure:
                if 0 in failure.refused:
                    raise NotFoundError("workspace", workspace_id) from None
                if any(place < len(actions) for place in failure.refused):
                    raise self._name_taken() from None
                back_off(attempt)
            else:
                return label
        raise ConcurrentChangeError(f"this {self.kind.noun}")

    def find(self, workspace_id: str, label_id: str) -> Item:
        """Return a label of a workspace. That of another workspace is not found, as none is."""
        if not label_id.startswith(f"{self.kind.id_prefix}_") or len(label_id) != len(self.kind.id_prefix) + 21:
            raise InvalidIdError(self.kind.noun, self.kind.id_prefix)
        label = self.links.database.get(self.links.links_table, self.kind.key(workspace_id, label_id))
        if label is None:
            raise NotFoundError(self.kind.noun, label_id, workspace_id)
        return label

    def list_all(self, workspace_id: str) -> list[Item]:
        """Return all labels of a workspace, newest first."""
        query = Query(("pk", f"W#{workspace_id}"), sort_prefix=("sk", self.kind.item_prefix), descending=True)
        return self.links.database.query(self.links.links_table, query)

    def count_links(self, workspace_id: str) -> Counter[str]:
        """Return how many live links have each label, by what links have of it: an id, or the name of a tag."""
        entries = self.links.list_live(workspace_id, attributes=(self.kind.attribute,))
        return Counter(value for entry in entries for value in self.kind.values_of(entry))

    def links_of(self, label: Item, counted: Mapping[str, int]) -> int:
        """Return how many live links have a label, of what `count_links` counted."""
        return sum(counted.get(value, 0) for value in _values_on_links(self.kind, label))

    def update(self, workspace_id: str, label_id: str, changes: RecordModel) -> Item:
        """Change a label, from its present state. A tag's new name is brought to all of its links."""
        given = changes.changed()
        ends_at = epoch_seconds() + self.sweep_seconds
        for attempt in range(1, CHANGE_ATTEMPTS + 1):
            old = self._with_one_name(self._find_staying(workspace_id, label_id), ends_at)
            label = {**self.kind.with_changes(old, given), "updated_at": to_iso(now())}
            if label["name"] != old["name"] and self.kind.is_by_name:
                label[FORMER_NAME] = old["name"]
            if self._is_replaced(old, label, [self._audit(label, "updated", given), *self._renaming(old, label)]):
                return self._with_one_name(self._find_staying(workspace_id, label_id), ends_at)
            back_off(attempt)
        raise ConcurrentChangeError(label_id)

    def delete(self, workspace_id: str, label_id: str, *, unlink: bool = True) -> None:
        """Delete a label and take it off its links, which `unlink` must allow if labels of this kind stay in use."""
        ends_at = epoch_seconds() + self.sweep_seconds
        for attempt in range(1, CHANGE_ATTEMPTS + 1):
            label = self.find(workspace_id, label_id)
            if self.kind.is_kept_in_use and not unlink:
                self._refuse_in_use(label)
            if LEAVING not in label:
                if not self._is_replaced(label, {**label, LEAVING: True}):
                    back_off(attempt)
                    continue
                label = {**label, LEAVING: True, "version": label["version"] + 1}
                if self.kind.is_kept_in_use and not unlink:  # a link may have got it before
                    self._refuse_in_use(label)
            for value in _values_on_links(self.kind, label):
                self._sweep(workspace_id, value, partial(self.kind.without, value=value), ends_at)
            if self._is_deleted(label):
                return
            back_off(attempt)
        raise ConcurrentChangeError(label_id)

    def _find_staying(self, workspace_id: str, label_id: str) -> Item:
        label = self.find(workspace_id, label_id)
        if LEAVING in label:
            raise ConcurrentChangeError(label_id)
        return label

    def _refuse_in_use(self, label: Item) -> None:
        """Raise LabelInUseError if links have a label, which then is not leaving."""
        if number := len(self._carriers(label["workspace_id"], self.kind.value_on_links(label))):
            if LEAVING in label:
                self._is_replaced(label, {name: value for name, value in label.items() if name != LEAVING})
            raise LabelInUseError(self.kind.noun, number)

    def _with_one_name(self, label: Item, ends_at: float) -> Item:
        """Bring the name of a renamed tag to the links that still have its former one, and return it without that."""
        former, name = label.get(FORMER_NAME), label["name"]
        if former is None:
            return label
        attribute = self.kind.attribute

        def rename(link: Item) -> Item:
            if former not in link[attribute]:
                return link
            return {**link, attribute: list(dict.fromkeys(name if one == former else one for one in link[attribute]))}

        try:
            self._sweep(label["workspace_id"], former, rename, ends_at)
        except InvalidFieldsError:  # the tag is being deleted
            raise ConcurrentChangeError(label["id"]) from None
        one_name = {attribute: value for attribute, value in label.items() if attribute != FORMER_NAME}
        key = self.kind.name_key(label["workspace_id"], former)
        is_held = key != self.kind.name_key(label["workspace_id"], name)
        free = [tables.deletion(self.links.links_table, key, {"label_id": label["id"]})] if is_held else []
        if not self._is_replaced(label, one_name, free):
            raise ConcurrentChangeError(label["id"])
        return {**one_name, "version": label["version"] + 1}

    def _sweep(self, workspace_id: str, value: str, change: Callable[[Item], Item], ends_at: float) -> None:
        """Change all links that have a label, and at least one. Raises LinksLeftError if the time runs out before."""
        left = self._carriers(workspace_id, value)
        while left:
            with suppress(NotFoundError):  # deleted meanwhile
                self.links.change_labels(workspace_id, left.pop(), self.kind.attribute, change)
            if left and epoch_seconds() >= ends_at:
                raise LinksLeftError(len(left))

    def _carriers(self, workspace_id: str, value: str) -> list[str]:
        entries = self.links.list_live(workspace_id, attributes=("id", self.kind.attribute))
        return [entry["id"] for entry in entries if value in self.kind.values_of(entry)]

    def _renaming(self, old: Item, label: Item) -> list[Action]:
        """Return the actions that hold a new name. That of a tag leads to it from both until its links have it."""
        before, after = (self.kind.name_key(label["workspace_id"], one["name"]) for one in (old, label))
        if not self.kind.has_unique_names or before == after:
            return []
        table = self.links.links_table
        taken = tables.insertion(table, {**after, "label_id": label["id"]}, "pk")
        return [taken] if self.kind.is_by_name else [taken, tables.deletion(table, before, {"label_id": label["id"]})]

    def _is_replaced(self, old: Item, label: Item, more: Iterable[Action] = ()) -> bool:
        """Write a changed label and more, and return whether nobody else has changed it meanwhile."""
        written = {**label, "version": old["version"] + 1}
        replacement = tables.replacement(self.links.links_table, written, {"version": old["version"]})
        try:
            self.links.database.transact(replacement, *more)
        except WriteRefusedError as failure:
            if failure.refused and 0 not in failure.refused:
                raise self._name_taken() from None
            return False
        return True

    def _is_deleted(self, label: Item) -> bool:
        table, workspace_id = self.links.links_table, label["workspace_id"]
        names = {label["name"], label.get(FORMER_NAME, label["name"])} if self.kind.has_unique_names else set()
        keys = {key["sk"]: key for key in (self.kind.name_key(workspace_id, name) for name in names)}
        gone = tables.deletion(table, self.kind.key(workspace_id, label["id"]), {"version": label["version"]})
        free = [tables.deletion(table, key, {"label_id": label["id"]}) for key in keys.values()]
        try:
            self.links.database.transact(gone, *free, self._audit(label, "deleted", ()))
        except WriteRefusedError:
            return False
        return True

    def _labels(self, workspace_id: str) -> Labels:
        return Labels(self.links.database, self.links.links_table, workspace_id)

    def _name_taken(self) -> AlreadyExistsError:
        return AlreadyExistsError(
            f"Another {self.kind.noun} of this workspace has this name; choose another one.", None
        )

    def _audit(self, label: Item, verb: str, names: Iterable[str]) -> Action:
        return audit_entry(
            self.links.workspace_table,
            label["workspace_id"],
            key_id=self.links.actor,
            action=f"{self.kind.path.removesuffix('s').replace('-', '_')}.{verb}",
            record=label["id"],
            websites=(),
            fields={name: label[name] for name in names if name in label},
        )


def _values_on_links(kind: LabelKind, label: Item) -> set[str]:
    """Return what links have of a label: its id, or its name and the one that it had until now."""
    former = {label[FORMER_NAME]} if FORMER_NAME in label else set()
    return {kind.value_on_links(label)} | former
