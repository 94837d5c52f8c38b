"""What a workspace says of itself, in one item: the company in whose name its links ask for consent, its time zone."""

from typing import Annotated

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
    company: Item | None = read_settings(database, table, workspace_id).get("company")
    return company


def read_settings(database: Database, table: str, workspace_id: str) -> Item:
    """Return what a workspace says of itself, as far as it does."""
    return database.get(table, company_key(workspace_id)) or {}


def set_timezone(database: Database, table: str, workspace_id: str, timezone: str) -> None:
    """Set the time zone in which a workspace reads its numbers."""
    database.set_attributes(table, company_key(workspace_id), {"timezone": timezone})
