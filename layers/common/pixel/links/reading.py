"""Links as they are read: without models and the parser of destinations, which only functions that save links need."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.tables import Database, Query
from pixel.foundation.settings import settings
from pixel.links.codes import code_key, has_form_of_code, listed_links
from pixel.links.rules_items import link_key
from pixel.workspaces.errors import InvalidIdError, NotFoundError
from pixel.workspaces.record_kind import DELETED_AT

ID_PREFIX: Final = "link"
_ID_CHARACTERS = len(ID_PREFIX) + 21


def require_link_id(link_id: str) -> None:
    """Refuse a text that has not the form of a link's id."""
    if not link_id.startswith(f"{ID_PREFIX}_") or len(link_id) != _ID_CHARACTERS:
        raise InvalidIdError(ID_PREFIX, ID_PREFIX)


class LinkReader(NamedTuple):
    """The links of one deployment, to read. What a workspace does not own is not found, as what does not exist."""

    database: Database
    links_table: str

    def find(self, workspace_id: str, link_id: str) -> Item:
        """Return a live link of a workspace."""
        link = self.find_any(workspace_id, link_id)
        if DELETED_AT in link:
            raise NotFoundError(ID_PREFIX, link_id, workspace_id, link[DELETED_AT])
        return link

    def find_any(self, workspace_id: str, link_id: str) -> Item:
        """Return a link of a workspace, also if it was deleted."""
        require_link_id(link_id)
        link = self.database.get(self.links_table, link_key(link_id))
        if link is None or link["workspace_id"] != workspace_id:
            raise NotFoundError(ID_PREFIX, link_id, workspace_id)
        return link

    def find_id(self, workspace_id: str, code: str) -> str:
        """Return the id of the live link of a workspace that has a code on the deployment's domain."""
        found = self.database.get(self.links_table, code_key(code)) if has_form_of_code(code) else None
        # A deleted link leaves an item that holds its code and has no id.
        if found is None or found["workspace_id"] != workspace_id or "link_id" not in found:
            raise NotFoundError(ID_PREFIX, "", workspace_id)
        return str(found["link_id"])

    def find_by_code(self, workspace_id: str, code: str) -> Item:
        """Return the live link of a workspace that has a code on the deployment's domain."""
        return self.find(workspace_id, self.find_id(workspace_id, code))

    def list_live(
        self, workspace_id: str, *, items_max: int | None = None, attributes: Sequence[str] = ()
    ) -> list[Item]:
        """Return the entries of a workspace's links, newest first, with these attributes or all."""
        partition, prefix = listed_links(workspace_id)
        query = Query(partition, sort_prefix=prefix, attributes=attributes, descending=True)
        return self.database.query(self.links_table, query, items_max=items_max)

    def find_all(self, workspace_id: str, link_ids: Sequence[str]) -> list[Item]:
        """Return those of up to a hundred links that are the workspace's and live, in the order of their ids given."""
        found = self.database.get_all(self.links_table, list(map(link_key, link_ids))) if link_ids else []
        links = {link["id"]: link for link in found if link["workspace_id"] == workspace_id and DELETED_AT not in link}
        return [links[link_id] for link_id in link_ids if link_id in links]


def function_reader() -> LinkReader:
    """Return the links of this function's deployment."""
    return LinkReader(tables.database(), settings().links_table)
