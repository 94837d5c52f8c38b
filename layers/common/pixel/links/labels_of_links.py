"""What a link says of labels when it is saved: those that it gets must exist, and new tags are made with it.

The transaction that writes the link checks each label that the link gets, so none can be one that is being deleted or
renamed. Labels that the link has already need no check: whoever takes one away raises the link's version.
"""

from collections.abc import Collection, Mapping
from itertools import batched
from typing import Any, Final, NamedTuple

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT
from pixel.aws.tables import Action, Database, Query
from pixel.foundation.clock import now, to_iso
from pixel.foundation.errors import FieldErrors
from pixel.foundation.ids import new_id
from pixel.links.labels import CAMPAIGN, FOLDER, LABELS_MAX, LEAVING, PIXEL, TAG, UTM_TEMPLATE, LabelKind
from pixel.links.models import UTM_FIELDS
from pixel.workspaces.models import InvalidFieldsError

_BY_ID: Final = (CAMPAIGN, FOLDER, UTM_TEMPLATE, PIXEL)
_TAGS_LEAVING: Final = "`tags` has a tag that is being deleted; send that DELETE again, or leave the tag out."
_TOO_MANY_TAGS: Final = (
    f"`tags` has new names, and there are {LABELS_MAX:,} tags, which is the limit; delete one first."
)


class LabelledLink(NamedTuple):
    """A link as it is to be saved, and the actions without which it must not be."""

    link: Item
    actions: list[Action]


class Labels(NamedTuple):
    """The labels of one workspace, as links need them."""

    database: Database
    table: str
    workspace_id: str

    def attach(self, old: Mapping[str, Any], link: Item, sent: Collection[str]) -> LabelledLink:
        """Return a link with the tags as they are spelled, and with the UTM parameters of its template or campaign.

        `old` is the link as it was, empty if it is new, and `sent` the names of the fields that were sent. Raises
        InvalidFieldsError if the link gets a label that does not exist or is being deleted.
        """
        gained = {kind: _gained(kind, old, link, sent) for kind in _BY_ID}
        tags = _gained(TAG, old, link, sent)
        if not tags and not any(gained.values()):
            return LabelledLink(link, [])
        keys = [kind.key(self.workspace_id, label_id) for kind, ids in gained.items() for label_id in ids]
        found = self._find([*keys, *(TAG.name_key(self.workspace_id, name) for name in tags)])
        faults = FieldErrors()
        for kind, ids in gained.items():
            if any(not _is_staying(found.get(kind.key(self.workspace_id, label_id)["sk"])) for label_id in ids):
                faults.add(kind.attribute, "unknown", f"`{kind.attribute}` must name {kind.plural} of this workspace.")
        spelled, actions = self._spell(tags, found, faults)
        if faults.found:
            raise InvalidFieldsError(faults)
        checks = [tables.check(self.table, key, {"pk": key["pk"], LEAVING: ABSENT}) for key in keys]
        labelled = {**link, **self._utm(gained, found, is_new=not old, sent=sent)}
        labelled[TAG.attribute] = list(dict.fromkeys(spelled.get(name, name) for name in link[TAG.attribute]))
        return LabelledLink(labelled, [*checks, *actions])

    def count(self, kind: LabelKind) -> int:
        query = Query(("pk", f"W#{self.workspace_id}"), sort_prefix=("sk", kind.item_prefix), attributes=("id",))
        return len(self.database.query(self.table, query, items_max=LABELS_MAX))

    def _find(self, keys: Collection[tables.Key]) -> dict[str, Item]:
        """Return those of these items that exist, by their sort keys."""
        distinct = {key["sk"]: key for key in keys}
        return {
            item["sk"]: item
            for batch in batched(distinct.values(), tables.READS_AT_ONCE, strict=False)
            for item in self.database.get_all(self.table, batch)
        }

    def _spell(
        self, names: Collection[str], found: Mapping[str, Item], faults: FieldErrors
    ) -> tuple[dict[str, str], list[Action]]:
        """Return how tags are spelled, by the names that were sent, and the actions that check or create the tags."""
        holders = {name: found.get(TAG.name_key(self.workspace_id, name)["sk"]) for name in names}
        ids = {str(holder["label_id"]) for holder in holders.values() if holder}
        tags = self._find([TAG.key(self.workspace_id, tag_id) for tag_id in ids]) if ids else {}
        spelled: dict[str, str] = {}
        actions: dict[str, list[Action]] = {}
        for name, holder in holders.items():
            if holder is None:
                created = self._new_tag(name)
                spelled[name] = str(created["name"])
                actions.setdefault(name.lower(), self.insertions(TAG, created))
                continue
            key = TAG.key(self.workspace_id, holder["label_id"])
            tag = tags.get(key["sk"])  # None: deleted since its name was read, so that the check will fail
            if tag is not None and LEAVING in tag:
                faults.add(TAG.attribute, "invalid", _TAGS_LEAVING)
                break
            spelled[name] = str(tag["name"]) if tag else name
            actions[key["sk"]] = [tables.check(self.table, key, {"name": spelled[name], LEAVING: ABSENT})]
        new = {name.lower() for name, holder in holders.items() if holder is None}
        if new and self.count(TAG) + len(new) > LABELS_MAX:
            faults.add(TAG.attribute, "invalid", _TOO_MANY_TAGS)
        first = {name.lower(): spelling for name, spelling in reversed(spelled.items())}
        return {name: first[name.lower()] for name in spelled}, [one for many in actions.values() for one in many]

    def insertions(self, kind: LabelKind, label: Item) -> list[Action]:
        """Return the actions that create a label, and that hold its name if names may be once."""
        created = [tables.insertion(self.table, label, "pk")]
        if kind.has_unique_names:
            holder = {**kind.name_key(self.workspace_id, label["name"]), "label_id": label["id"]}
            created.append(tables.insertion(self.table, holder, "pk"))
        return created

    def _new_tag(self, name: str) -> Item:
        return new_label(TAG, self.workspace_id, {"name": name})

    def _utm(
        self,
        gained: Mapping[LabelKind, Collection[str]],
        found: Mapping[str, Item],
        *,
        is_new: bool,
        sent: Collection[str],
    ) -> dict[str, str]:
        """Return what the template fills of the parameters that were not sent, or the campaign if none was sent."""
        for template_id in gained[UTM_TEMPLATE]:
            template = found[UTM_TEMPLATE.key(self.workspace_id, template_id)["sk"]]
            return {name: template[name] for name in UTM_FIELDS if name in template and name not in sent}
        if is_new and not {*UTM_FIELDS} & {*sent}:
            for campaign_id in gained[CAMPAIGN]:
                campaign = found[CAMPAIGN.key(self.workspace_id, campaign_id)["sk"]]
                return {f"utm_{name}": value for name, value in campaign.get("utm", {}).items()}
        return {}


def new_label(kind: LabelKind, workspace_id: str, given: Mapping[str, Any]) -> Item:
    """Return a label that has not been written. Raises InvalidFieldsError if its fields do not fit each other."""
    moment, label_id = to_iso(now()), new_id(kind.id_prefix)
    base = {**kind.key(workspace_id, label_id), "id": label_id, "workspace_id": workspace_id, "version": 1}
    return kind.with_changes({**base, **kind.defaults, "created_at": moment, "updated_at": moment}, given)


def _gained(kind: LabelKind, old: Mapping[str, Any], link: Item, sent: Collection[str]) -> list[str]:
    """Return what a link gets of this kind. A template that is sent is applied, even if the link has it already."""
    had = () if kind is UTM_TEMPLATE and kind.attribute in sent else kind.values_of(old)
    return [value for value in kind.values_of(link) if value not in had]


def _is_staying(label: Mapping[str, Any] | None) -> bool:
    return label is not None and LEAVING not in label
