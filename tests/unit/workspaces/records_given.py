"""Records that tests make, and what is stored of them."""

import boto3

from pixel.aws.attributes import Item, from_item
from pixel.workspaces.goals import GOALS, NewGoal
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.store import Store
from pixel.workspaces.websites import WEBSITES, NewWebsite
from pixel.workspaces.workspace import Workspace
from tests.environment import WORKSPACE_TABLE


def new_website(store: Store, workspace: Workspace, domain: str = "example.com") -> str:
    return str(WEBSITES.create(store, workspace.workspace_id, NewWebsite(domain=domain, name="A site"))["id"])


def new_goal(store: Store, workspace: Workspace, website_id: str, name: str = "A goal") -> str:
    new = NewGoal(website_id=website_id, name=name, selector="#goal")
    return str(GOALS.create(store, workspace.workspace_id, new)["id"])


def stored_items(kind: RecordKind | None = None) -> list[Item]:
    items = [from_item(item) for item in boto3.client("dynamodb").scan(TableName=WORKSPACE_TABLE)["Items"]]
    return [item for item in items if kind is None or item["item"].startswith(kind.sort_key_prefix)]


def stored_claims() -> dict[str, str]:
    """Return the website that claims each domain."""
    return {
        item["item"].removeprefix("DOMAIN#"): item["website_id"]
        for item in stored_items()
        if item["item"].startswith("DOMAIN#")
    }
