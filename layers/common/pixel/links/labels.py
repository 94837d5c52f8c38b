"""Labels: what links are organised by. Each kind has its own fields; all else is the same for all of them.

A label is an item in the partition of its workspace. Where names may be once, another item holds the name; both are
written in one transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pixel.aws.attributes import Item
from pixel.foundation.errors import FieldErrors
from pixel.links import label_models as models
from pixel.workspaces.models import InvalidFieldsError, RecordModel

LABELS_MAX: Final = 1000
"""How many labels of a kind a workspace may have."""

LEAVING: Final = "leaving"
"""The attribute of a label that is being deleted: no link gets it any more."""
FORMER_NAME: Final = "former_name"
"""The name that a renamed tag still has on some of its links, and that leads to it until none is left."""


def _no_check(_label: Mapping[str, Any], _faults: FieldErrors) -> None:
    """Accept any combination of valid fields."""


@dataclass(frozen=True, eq=False)
class LabelKind:
    """A kind of labels."""

    noun: str
    plural: str
    path: str
    id_prefix: str
    item_prefix: str
    attribute: str
    """The attribute of a link: an id, or an array of several."""
    new: type[RecordModel]
    changes: type[RecordModel]
    defaults: Mapping[str, object] = field(default_factory=dict)
    check: Callable[[Mapping[str, Any], FieldErrors], None] = _no_check
    is_by_name: bool = False  # links have the names of tags, as clicks do
    has_unique_names: bool = True
    is_kept_in_use: bool = False  # deleted only once no link has it, unless the caller says otherwise

    def key(self, workspace_id: str, label_id: str) -> dict[str, str]:
        return {"pk": f"W#{workspace_id}", "sk": f"{self.item_prefix}{label_id}"}

    def name_key(self, workspace_id: str, name: str) -> dict[str, str]:
        """Return the key of the item that holds a name, which is the same in upper and lower case."""
        return {"pk": f"W#{workspace_id}", "sk": f"N#{self.id_prefix}#{name.lower()}"}

    def value_on_links(self, label: Mapping[str, Any]) -> str:
        """Return what a link has of a label."""
        return str(label["name" if self.is_by_name else "id"])

    def values_of(self, link: Mapping[str, Any]) -> list[str]:
        """Return what a link, or its entry of the list, has of the labels of this kind."""
        value = link.get(self.attribute, ())
        return [value] if isinstance(value, str) else list(value)

    def without(self, link: Item, value: str) -> Item:
        """Return a link without a label, or that very link if it has not got it."""
        values = self.values_of(link)
        if value not in values:
            return link
        others = {name: of_link for name, of_link in link.items() if name != self.attribute}
        if isinstance(link[self.attribute], str):
            return others
        return {**others, self.attribute: [one for one in values if one != value]}

    def with_changes(self, label: Mapping[str, Any], changes: Mapping[str, Any]) -> Item:
        """Return a label with changes, in which None removes a field. Raises InvalidFieldsError if it cannot be so."""
        merged = {name: value for name, value in {**label, **changes}.items() if value is not None}
        faults = FieldErrors()
        self.check(merged, faults)
        if faults.found:
            raise InvalidFieldsError(faults)
        return merged


CAMPAIGN: Final = LabelKind(
    noun="campaign",
    plural="campaigns",
    path="campaigns",
    id_prefix="camp",
    item_prefix="C#",
    attribute="campaign_id",
    new=models.NewCampaign,
    changes=models.CampaignChanges,
    check=models.check_campaign,
    is_kept_in_use=True,
)
TAG: Final = LabelKind(
    noun="tag",
    plural="tags",
    path="tags",
    id_prefix="tag",
    item_prefix="T#",
    attribute="tags",
    new=models.NewTag,
    changes=models.TagChanges,
    defaults={"color": "blue"},
    is_by_name=True,
)
FOLDER: Final = LabelKind(
    noun="folder",
    plural="folders",
    path="folders",
    id_prefix="fold",
    item_prefix="F#",
    attribute="folder_id",
    new=models.NewFolder,
    changes=models.FolderChanges,
)
UTM_TEMPLATE: Final = LabelKind(
    noun="UTM template",
    plural="UTM templates",
    path="utm-templates",
    id_prefix="utm",
    item_prefix="M#",
    attribute="utm_template_id",
    new=models.NewUtmTemplate,
    changes=models.UtmTemplateChanges,
)
PIXEL: Final = LabelKind(
    noun="pixel",
    plural="pixels",
    path="pixels",
    id_prefix="px",
    item_prefix="P#",
    attribute="pixel_ids",
    new=models.NewPixel,
    changes=models.PixelChanges,
    defaults={"conversion_tracking": False, "enabled": True, "capture_params": []},
    check=models.check_pixel,
    has_unique_names=False,
)
KINDS: Final = (CAMPAIGN, TAG, FOLDER, UTM_TEMPLATE, PIXEL)
