"""The look-up of live websites, for routes that change nothing in the workspace and so need no store."""

from pixel.auth.caller import Caller
from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.tables import Query
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.settings import settings
from pixel.workspaces.record_kind import DELETED_AT
from pixel.workspaces.website_kind import WEBSITE


def require_website(caller: Caller, website_id: str) -> None:
    """Require a website that the caller may see.

    The error is the same for a website of another workspace, one that the key is not bound to, a deleted one and one
    that never existed.
    """
    if not caller.reaches(website_id) or find_live_website(caller.workspace_id, website_id) is None:
        raise ApiError(ErrorCode.WEBSITE_NOT_FOUND)


def find_live_website(workspace_id: str, website_id: str) -> Item | None:
    """Return the item of a live website of the workspace, or None if there is none."""
    website = tables.database().get(settings().workspace_table, WEBSITE.key(workspace_id, website_id))
    return None if website is None or DELETED_AT in website else website


def find_owned_websites(website_id: str) -> list[Item]:
    """Return the live websites with this id in all workspaces, normally one or none."""
    query = Query(("owned_website_id", website_id), index_name="by_website")
    found = tables.database().query(settings().workspace_table, query, items_max=2)
    return [item for item in found if DELETED_AT not in item]
