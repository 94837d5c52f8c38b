"""What an operator writes for a record of each kind."""

from collections.abc import Mapping
from typing import NamedTuple

import boto3
import pytest

from pixel.aws.tables import Item, from_item
from pixelctl.record_kinds import ALERT, GOAL, REPORT, SHARE_LINK, WEBSITE, Kind
from pixelctl.records import create_record
from pixelctl.target import Target
from pixelctl.websites import create_website
from pixelctl.workspaces import Workspace
from tests.environment import WORKSPACE_TABLE


class Given(NamedTuple):
    kind: Kind
    options: tuple[str, ...]
    stored: Mapping[str, object]
    change: tuple[str, ...]
    changed: Mapping[str, object]


GIVEN = (
    Given(
        WEBSITE,
        ("--domain", "Shop.Example.com", "--name", "Shop"),
        {"domain": "shop.example.com", "name": "Shop"},
        ("--name", "Our shop"),
        {"name": "Our shop"},
    ),
    Given(
        GOAL,
        ("--name", "Sign-up", "--selector", "#signup"),
        {"name": "Sign-up", "selector": "#signup"},
        ("--selector", "/thanks*"),
        {"selector": "/thanks*"},
    ),
    Given(
        ALERT,
        ("--metric", "bounce_rate", "--threshold", "0.75", "--channel", "slack"),
        {"metric": "bounce_rate", "threshold": 0.75, "channel": "slack"},
        ("--metric", "visitors", "--threshold", "100"),
        {"metric": "visitors", "threshold": 100},
    ),
    Given(
        REPORT,
        ("--cadence", "weekly", "--channel", "email", "--recipients", "ann@example.com, bob@example.com"),
        {
            "cadence": "weekly",
            "channel": "email",
            "recipients": ["ann@example.com", "bob@example.com"],
            "last_sent_at": None,
        },
        ("--channel", "slack", "--recipients", "#sales"),
        {"channel": "slack", "recipients": ["#sales"]},
    ),
    Given(
        SHARE_LINK,
        ("--expires", "2099-12-31"),
        {"expires_at": "2099-12-31T00:00:00Z", "password_protected": False},
        ("--expires", "never"),
        {"expires_at": None},
    ),
)

each_kind = pytest.mark.parametrize("given", GIVEN, ids=lambda given: given.kind.command)


def new_website(target: Target, workspace: Workspace, domain: str = "example.com") -> str:
    values = WEBSITE.checked_new({"domain": domain, "name": "A site"})
    return str(create_website(target, workspace.workspace_id, values)["id"])


def new_goal(target: Target, workspace: Workspace, website_id: str) -> str:
    values = GOAL.checked_new({"name": "A goal", "selector": "#goal"})
    return str(create_record(target, GOAL, workspace.workspace_id, values, website_id=website_id)["id"])


def stored_items(kind: Kind | None = None) -> list[Item]:
    items = [from_item(item) for item in boto3.client("dynamodb").scan(TableName=WORKSPACE_TABLE)["Items"]]
    return [item for item in items if kind is None or item["item"].startswith(kind.stored.sort_key_prefix)]
