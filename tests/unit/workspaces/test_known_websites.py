"""A website is looked up once in a while, and known while the store is away."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pixel.aws.json_service import AwsError
from pixel.workspaces.known_websites import KnownWebsite, website_of, website_of_anybody
from tests.conftest import Frozen, Output
from tests.routes.asked_reports import add_website

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

_WEBSITE = KnownWebsite("ws_1", "example.com")

pytestmark = pytest.mark.usefixtures("output")


def test_a_live_website_is_looked_up_once_a_minute(
    tables: "DynamoDBServiceResource", frozen: Frozen, sent: list[str]
) -> None:
    add_website(tables, "ws_1", "admx_1")

    assert [website_of("ws_1", "admx_1") for _ in range(3)] == [_WEBSITE] * 3
    frozen.move(60)
    website_of("ws_1", "admx_1")

    assert sent == ["GetItem", "GetItem"]


def test_a_website_that_was_missing_is_found_some_seconds_after_it_was_made(
    tables: "DynamoDBServiceResource", frozen: Frozen
) -> None:
    assert website_of("ws_1", "admx_1") is None
    add_website(tables, "ws_1", "admx_1")
    frozen.move(5)

    assert website_of("ws_1", "admx_1") == _WEBSITE


def test_one_workspace_s_website_is_not_another_s(tables: "DynamoDBServiceResource") -> None:
    add_website(tables, "ws_1", "admx_1")

    assert website_of("ws_1", "admx_1") == _WEBSITE
    assert website_of("ws_2", "admx_1") is None


def test_a_known_website_takes_events_while_the_store_is_away(
    tables: "DynamoDBServiceResource", frozen: Frozen, store_down: Callable[[], None], output: Output
) -> None:
    add_website(tables, "ws_1", "admx_1")
    website_of("ws_1", "admx_1")
    store_down()
    frozen.move(61)

    assert website_of("ws_1", "admx_1") == _WEBSITE
    assert output.logged("website is known from memory")
    with pytest.raises(AwsError):
        website_of("ws_1", "admx_2")


def test_whose_a_website_is_is_looked_up_once_a_minute_and_known_while_the_store_is_away(
    tables: "DynamoDBServiceResource",
    frozen: Frozen,
    sent: list[str],
    store_down: Callable[[], None],
) -> None:
    add_website(tables, "ws_1", "admx_1")

    assert [website_of_anybody("admx_1") for _ in range(3)] == [_WEBSITE] * 3
    assert sent == ["Query"]
    store_down()
    frozen.move(61)

    assert website_of_anybody("admx_1") == _WEBSITE


def test_a_deleted_website_is_nobody_s(tables: "DynamoDBServiceResource") -> None:
    add_website(tables, "ws_1", "admx_1", deleted=True)

    assert website_of_anybody("admx_1") is None
