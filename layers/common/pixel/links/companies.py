"""The company in whose name a workspace's links ask for consent: one item for each workspace."""

from typing import Annotated, Any

from pydantic import AfterValidator

from pixel.aws.attributes import Item
from pixel.aws.tables import Database
from pixel.http.field_checks import invalid
from pixel.links.models import Destination
from pixel.workspaces.models import Name, RecordModel


def _https(address: str) -> str:
    if not address.startswith("https:"):
        raise invalid("must begin with https://.")
    return address


class Company(RecordModel):
    """The name of a company, and where it says what becomes of visitors' data."""

    name: Name
    privacy_url: Annotated[Destination, AfterValidator(_https)]


def company_key(workspace_id: str) -> dict[str, str]:
    return {"pk": f"W#{workspace_id}", "sk": "-"}


def read_company(database: Database, table: str, workspace_id: str) -> Item | None:
    """Return a workspace's company, or None if it has none."""
    item: dict[str, Any] = database.get(table, company_key(workspace_id)) or {}
    return item.get("company")
