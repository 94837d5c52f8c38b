"""POST /share/open returns a session, and what its dashboard shares."""

from typing import TYPE_CHECKING

import pytest

from tests.conftest import Frozen
from tests.routes.dashboard.dashboards import SharedLink, open_link, share
from tests.routes.gateway import FIXED_HEADERS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")


def test_the_head_is_that_of_the_link(tables: "DynamoDBServiceResource", frozen: Frozen) -> None:
    link = share(
        tables,
        panels=["series", "summary"],
        periods=["custom", "7d"],
        filters={"country": "de"},
        theme="dark",
        min_visitors=5,
    )

    reply = open_link(link.token)

    assert (reply.status, reply.headers) == (200, FIXED_HEADERS)
    assert reply.body["data"].pop("session").count(".") == 1
    assert reply.body["data"] == {
        "expires_at": "2026-03-04T06:06:10Z",
        "website": {
            "id": "admx_1",
            "name": "Main site",
            "domain": "example.com",
            "timezone": "UTC",
            "currency": "USD",
            "pixel_mode": "cookieless",
        },
        "panels": ["summary", "series"],
        "periods": ["7d", "custom"],
        "filters": {"country": "DE"},
        "theme": "dark",
        "min_visitors": 5,
    }


def test_a_link_from_before_there_were_dashboards_shares_the_usual_panels(tables: "DynamoDBServiceResource") -> None:
    link = share(tables)
    table = tables.Table("test-workspace")
    key = {"workspace_id": link.workspace_id, "item": f"SHARE#{link.id}"}
    table.update_item(
        Key=key,
        UpdateExpression="REMOVE panels, filters, periods, embed_origins, theme, min_visitors, #steps",
        ExpressionAttributeNames={"#steps": "steps"},
    )

    head = open_link(link.token).body["data"]

    assert head["panels"] == ["summary", "series", "pages", "sources", "places", "devices", "goals", "realtime"]
    assert (head["filters"], head["min_visitors"], len(head["periods"])) == ({}, 0, 8)


def test_a_password_opens_its_link(tables: "DynamoDBServiceResource") -> None:
    link: SharedLink = share(tables, password="correct horse")

    assert open_link(link.token, "correct horse").status == 200
