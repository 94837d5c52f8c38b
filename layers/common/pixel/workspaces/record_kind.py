"""What a kind of record is: its keys in the table, and its fields in responses.

Each kind has a module of its own, so that a function loads only those that it needs, and two responses there.
`<Kind>Response` is a row of a list that is not paged, and never changes. `<Kind>Record` is the whole record, as routes
of one record and pages have it, and may get more fields.

Responses are TypedDicts, which pydantic can read for OpenAPI, so that routes that only list do not import pydantic. The
hash of a token or a password is never part of a response, and lists read only the attributes of responses, so neither
can leak.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

DELETED_AT: Final = "deleted_at"
_IF_THERE: Final = (DELETED_AT, "recipient_states")


class RecordKind(NamedTuple):
    """A kind of record. The sort key of an item begins with its kind, so that one query reads one kind."""

    noun: str
    sort_key_prefix: str
    id_prefix: str
    response_attributes: Mapping[str, str]
    """The attribute of the item for each field of a row of a list."""
    record_attributes: Mapping[str, str]
    """The attribute of the item for each field of the whole record."""
    limit: int
    """How many live records a website may have, or a workspace if they are its websites."""
    website: str = "website_id"
    """The attribute that holds the website's id."""
    forgotten: tuple[str, ...] = ()
    """Secrets and addresses, which are removed some time after a record is deleted."""
    defaults: Mapping[str, object] = MappingProxyType({})
    """The attributes of new records unless they are given, and of those that were stored before there were any."""
    derived: Mapping[str, Callable[[Mapping[str, Any]], object]] = MappingProxyType({})
    """The fields of a record that are not stored, and how they follow from the item."""

    @property
    def path(self) -> str:
        """Return the name of the kind in paths, such as share-links."""
        return f"{self.noun}s".replace(" ", "-")

    @property
    def plural(self) -> str:
        """Return the name of a field that is about several records, such as share_links."""
        return f"{self.noun}s".replace(" ", "_")

    def key(self, workspace_id: str, record_id: str) -> dict[str, str]:
        return {"workspace_id": workspace_id, "item": f"{self.sort_key_prefix}{record_id}"}

    def to_response(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row of a list for an item, with null for missing attributes."""
        return {field: item.get(attribute) for field, attribute in self.response_attributes.items()}

    def to_record(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the whole record for an item."""
        item = {**self.defaults, "updated_at": item["created_at"], "revision": revision_of(item), **item}
        return {
            field: self.derived[field](item) if field in self.derived else item.get(attribute)
            for field, attribute in self.record_attributes.items()
            if field not in _IF_THERE or field in item
        }


def revision_of(item: Mapping[str, Any]) -> int:
    """Return the revision of an item, which counts its changes. Items stored before there were revisions have none."""
    return int(item.get("revision", 1))


def attributes_of(response: type, **renamed: str) -> dict[str, str]:
    """Return the attribute of the item for each field of a response."""
    return {field: renamed.get(field, field) for field in response.__annotations__}
