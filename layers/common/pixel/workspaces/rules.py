"""Creating, changing and deleting records, which is the same for all kinds except for what their `Rules` say.

A unique attribute, such as the domain of a website, is claimed by an item of its own. It is written and deleted
together with the record, so that two simultaneous calls cannot use a value twice (docs/decisions/0014).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pixel.auth.caller import covers
from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.json_service import AwsError
from pixel.aws.tables import Action
from pixel.foundation.errors import FieldErrors
from pixel.foundation.ids import new_id
from pixel.http.field_checks import sentence_about
from pixel.workspaces.errors import AlreadyExistsError
from pixel.workspaces.models import InvalidFieldsError, RecordModel
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.store import ExtraActions, Store
from pixel.workspaces.website_kind import WEBSITE


class Conflict(NamedTuple):
    """An attribute that does not fit another one: its path, and the end of the message that begins with it."""

    path: str
    ending: str


class UniqueValue(NamedTuple):
    """A value that only one record may have: the sort key of its claim, and what to say if it is taken."""

    sort_key: str
    taken: Callable[[str], str]
    """Returns the message, given the id of the record that has the value."""


class IssuedSecret(NamedTuple):
    """A new secret: what is shown once, what is stored of it, and the path that it opens, if there is one."""

    shown: Mapping[str, str]
    stored: Mapping[str, object]
    path: str | None = None

    def shown_at(self, base_url: str | None) -> dict[str, str | None]:
        """Return what is shown once, with the address that the secret opens: null if that of the API is unknown."""
        if self.path is None:
            return {**self.shown}
        return {**self.shown, "url": None if base_url is None else f"{base_url.rstrip('/')}{self.path}"}


class RecordDeletion(NamedTuple):
    """A deleted record, whether this call deleted it, and how many records of each kind went with it."""

    item: Item
    changed: bool
    went_with_it: list[tuple[RecordKind, int]]


def _no_conflicts(_item: Mapping[str, Any]) -> Iterator[Conflict]:
    return iter(())


def _nothing_unique(_item: Mapping[str, Any]) -> Iterable[UniqueValue]:
    return ()


def _nothing_follows(_store: Store, _old: Item | None, _new: Item) -> Iterable[Action]:
    return ()


def _as_given(values: dict[str, object]) -> dict[str, object]:
    return values


def _no_secret() -> IssuedSecret:
    return IssuedSecret({}, {})


class Rules(NamedTuple):
    """The rules for records of one kind."""

    kind: RecordKind
    new: type[RecordModel]
    changes: type[RecordModel]
    conflicts: Callable[[Mapping[str, Any]], Iterator[Conflict]] = _no_conflicts
    """The conflicts between the attributes of an item, which a change may cause although it is valid by itself."""
    initial: Mapping[str, object] = {}  # attributes of a new record unless they are given
    to_attributes: Callable[[dict[str, object]], dict[str, object]] = _as_given
    """Turns given fields into attributes."""
    unique: Callable[[Mapping[str, Any]], Iterable[UniqueValue]] = _nothing_unique
    issue: Callable[[], IssuedSecret] = _no_secret
    live_id: str | None = None
    """An attribute that holds the record's own id while it is live, for an index."""
    follow: Callable[[Store, Item | None, Item], Iterable[Action]] = _nothing_follows
    """Returns the actions by which something becomes due, given the record before its change, if any, and after it."""
    children: tuple[RecordKind, ...] = ()
    """The kinds that are deleted with a record."""

    def create(  # noqa: PLR0913 - what identifies a record and what it holds, the rarer ones by name
        self,
        store: Store,
        workspace_id: str,
        new: RecordModel,
        *,
        record_id: str | None = None,
        secret: IssuedSecret | None = None,
        also: ExtraActions = lambda _item: (),
    ) -> Item:
        """Create a record. The actions that `also` returns are part of the transaction, before those of the rules."""
        record_id = record_id or new_id(self.kind.id_prefix)
        values = {**self.initial, **self.to_attributes(new.given())}
        values |= {} if secret is None else secret.stored
        values |= {} if self.live_id is None else {self.live_id: record_id}
        website_id = values.pop("website_id", None)
        return store.create(
            self.kind,
            workspace_id,
            values,
            website_id=None if website_id is None else str(website_id),
            record_id=record_id,
            also=lambda item: [
                *also(item),
                *self._claims(store, item, self.unique(item)),
                *self.follow(store, None, item),
            ],
        )

    def update(
        self,
        store: Store,
        workspace_id: str,
        record_id: str,
        changes: RecordModel,
        *,
        revisions: Collection[int] | None = None,
    ) -> Item:
        """Change the fields that are set, and move the claims of unique values.

        The write requires that the record has not changed since it was read, because the new values were checked
        against the old ones.
        """
        return store.update(
            self.kind,
            workspace_id,
            record_id,
            self.to_attributes(changes.changed()),
            revisions=revisions,
            check=self.require_consistency,
            also=lambda old, new: [*self.move_claims(store, old, new), *self.follow(store, old, new)],
        )

    def rotate(self, store: Store, workspace_id: str, record_id: str, secret: IssuedSecret) -> Item:
        """Replace the secret of a record; the old one ends at once."""
        return store.update(self.kind, workspace_id, record_id, secret.stored, verb="rotated")

    def delete(
        self, store: Store, workspace_id: str, record_id: str, *, revisions: Collection[int] | None = None
    ) -> RecordDeletion:
        """Delete a record and then its children, to which none can be added any more.

        Calling it again completes a call that was interrupted, and returns the same.
        """
        item, changed = store.delete(
            self.kind,
            workspace_id,
            record_id,
            removed=[] if self.live_id is None else [self.live_id],
            revisions=revisions,
            also=lambda old: self.release_claims(store, old),
        )
        try:
            gone = [(kind, store.delete_all_of(kind, workspace_id, record_id)) for kind in self.children]
        except AwsError as failure:
            failure.add_note(
                f"The {self.kind.noun} is deleted, but some of its records are not; delete it again to finish."
            )
            raise
        return RecordDeletion(item, changed, gone)

    def move_claims(self, store: Store, old: Item, new: Item) -> list[Action]:
        """Return the actions that release the unique values which a changed record has no longer, and claim others."""
        held = {value.sort_key: value for value in self.unique(old)}
        needed = {value.sort_key: value for value in self.unique(new)}
        released = [value for key, value in held.items() if key not in needed]
        claimed = [value for key, value in needed.items() if key not in held]
        return [*self._releases(store, old, released), *self._claims(store, new, claimed)]

    def release_claims(self, store: Store, old: Item) -> list[Action]:
        """Return the actions that release all unique values of a record that is deleted."""
        return [*self._releases(store, old, self.unique(old))]

    def shows_secret(self, _given: Mapping[str, Any]) -> bool:
        """Return whether a record with these fields has the secret that is issued with it."""
        return True

    def require_consistency(self, item: Mapping[str, Any]) -> None:
        """Raise InvalidFieldsError if attributes of the item conflict."""
        faults = FieldErrors()
        for path, ending in self.conflicts(item):
            faults.add(path, "invalid", sentence_about(path, ending))
        if faults.found:
            raise InvalidFieldsError(faults)

    def _claims(self, store: Store, item: Item, values: Iterable[UniqueValue]) -> Iterator[Action]:
        for value in values:
            key = {"workspace_id": item["workspace_id"], "item": value.sort_key}
            existing = store.database.get(store.workspace_table, key)
            if existing is not None:
                holder = existing[self._holder]
                # Only websites have values that are unique beyond one website, and so may meet one that is not seen.
                is_seen = self.kind is not WEBSITE or covers(store.website_ids, holder)
                raise AlreadyExistsError(value.taken(holder), holder if is_seen else None)
            yield tables.insertion(store.workspace_table, {**key, self._holder: item["id"]}, "workspace_id")

    def _releases(self, store: Store, item: Item, values: Iterable[UniqueValue]) -> Iterator[Action]:
        for value in values:
            key = {"workspace_id": item["workspace_id"], "item": value.sort_key}
            existing = store.database.get(store.workspace_table, key)
            if existing is not None and existing[self._holder] == item["id"]:  # older records may have no claim
                yield tables.deletion(store.workspace_table, key, {self._holder: item["id"]})

    @property
    def _holder(self) -> str:
        """Return the attribute of a claim that has the id of the record."""
        return f"{self.kind.noun}_id"
