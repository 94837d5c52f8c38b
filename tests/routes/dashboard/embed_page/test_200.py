"""GET /share/{token}/embed may be framed by the origins of the link, and by nobody where there is none."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from functions.dashboard.embed_page.handler import handler
from pixel.workspaces.share_links import SHARE_LINKS
from pixel.workspaces.store import function_store
from tests.conftest import Output
from tests.routes.dashboard.dashboards import share
from tests.routes.dashboard.pages import assert_is_page, opened

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("no_sleep")


def test_the_origins_of_the_link_may_embed_it(tables: "DynamoDBServiceResource", output: Output) -> None:
    """One with a password too: its page is the same, and asks for it."""
    link = share(
        tables, embed_origins=["https://A.example.com/", "https://b.example.com:8443"], password="horse battery"
    )

    page = opened("embed_page", handler, {"token": link.token})

    assert_is_page(page, root="../../", origins="https://a.example.com https://b.example.com:8443")
    assert output.text


def test_nobody_may_embed_what_is_not_shared(tables: "DynamoDBServiceResource", output: Output) -> None:
    plain = share(tables)
    deleted = share(tables, website_id="admx_2", embed_origins=["https://a.example.com"])
    SHARE_LINKS.delete(function_store(), "ws_1", deleted.id)

    for token in (plain.token, deleted.token, f"share_{'0' * 43}", "x; frame-ancestors *"):
        assert_is_page(opened("embed_page", handler, {"token": token}), root="../../")
    assert output.text


def test_nobody_may_embed_while_links_cannot_be_read(
    tables: "DynamoDBServiceResource", store_down: Callable[[], None], output: Output
) -> None:
    link = share(tables, embed_origins=["https://a.example.com"])
    store_down()

    assert_is_page(opened("embed_page", handler, {"token": link.token}), root="../../")
    assert output.logged("who may embed is unknown, so nobody may")
