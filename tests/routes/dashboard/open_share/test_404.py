"""POST /share/open answers alike, and makes the same calls, for every token that opens nothing."""

from typing import TYPE_CHECKING, Any

import pytest

from functions.dashboard.open_share.handler import handler
from pixel.workspaces.share_links import SHARE_LINKS
from pixel.workspaces.store import function_store
from pixel.workspaces.websites import WEBSITES
from tests.conftest import Frozen
from tests.environment import WORKSPACE_TABLE
from tests.routes.dashboard.dashboards import open_link, opening, share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")


def test_no_token_that_opens_nothing_is_told_from_another(
    tables: "DynamoDBServiceResource", frozen: Frozen, sent: list[str]
) -> None:
    store = function_store()
    deleted, rotated = share(tables, website_id="admx_1"), share(tables, website_id="admx_2")
    expired = share(tables, website_id="admx_3", expires_in_days=1)
    without_website = share(tables, "ws_2", "admx_4")
    foreign = share(tables, "ws_2", "admx_5", password="correct horse")
    SHARE_LINKS.delete(store, "ws_1", deleted.id)
    SHARE_LINKS.rotate(store, "ws_1", rotated.id, SHARE_LINKS.issue())
    tables.Table(WORKSPACE_TABLE).update_item(
        Key={"workspace_id": "ws_2", "item": "WEBSITE#admx_4"},
        UpdateExpression="SET deleted_at = :at",
        ExpressionAttributeValues={":at": "2026-03-04T05:06:10Z"},
    )
    frozen.move(86_400)
    tokens = {
        "unknown": f"share_{'0' * 43}",
        "another": f"share_{'z' * 43}",
        "deleted": deleted.token,
        "rotated": rotated.token,
        "expired": expired.token,
        "website": without_website.token,
        "changed": foreign.token[:-1] + ("0" if foreign.token[-1] != "0" else "1"),
    }
    open_link("share_warm")
    answers: dict[str, Any] = {}
    for name, token in tokens.items():
        sent.clear()
        answers[name] = (handler(opening({"token": token}, address=name), None), list(sent))

    for answer in answers.values():
        assert answer == answers["unknown"]
    response, calls = answers["unknown"]
    assert response["statusCode"] == 404
    assert "share_not_found" in response["body"]
    assert calls == ["UpdateItem", "Query", "GetItem", "GetItem"]


def test_a_token_of_another_form_is_not_even_looked_up(tables: "DynamoDBServiceResource", sent: list[str]) -> None:
    share(tables)
    open_link("share_warm")
    sent.clear()

    reply = open_link("share_'; DROP TABLE", address="198.51.100.1")

    assert (reply.status, reply.body["error"]["code"]) == (404, "share_not_found")
    assert sent == ["UpdateItem"]


def test_deleting_a_website_takes_its_links(tables: "DynamoDBServiceResource") -> None:
    link = share(tables)

    WEBSITES.delete(function_store(), "ws_1", "admx_1")

    assert open_link(link.token).status == 404
