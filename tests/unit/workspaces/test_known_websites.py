"""A website is looked up once in a while, and known while the store is away."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pixel.aws.json_service import AwsError
from pixel.workspaces.known_websites import KnownWebsite, find_known_website, find_website_in_any_workspace
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

    assert [find_known_website("ws_1", "admx_1") for _ in range(3)] == [_WEBSITE] * 3
    frozen.move(60)
    find_known_website("ws_1", "admx_1")

    assert sent == ["GetItem", "GetItem"]


def test_a_website_that_was_missing_is_found_some_seconds_after_it_was_made(
    tables: "DynamoDBServiceResource", frozen: Frozen
) -> None:
    assert find_known_website("ws_1", "admx_1") is None
    add_website(tables, "ws_1", "admx_1")
    frozen.move(5)

    assert find_known_website("ws_1", "admx_1") == _WEBSITE


def test_one_workspace_s_website_is_not_another_s(tables: "DynamoDBServiceResource") -> None:
    add_website(tables, "ws_1", "admx_1")

    assert find_known_website("ws_1", "admx_1") == _WEBSITE
    assert find_known_website("ws_2", "admx_1") is None


def test_a_known_website_takes_events_while_the_store_is_away(
    tables: "DynamoDBServiceResource", frozen: Frozen, store_down: Callable[[], None], output: Output
) -> None:
    add_website(tables, "ws_1", "admx_1")
    find_known_website("ws_1", "admx_1")
    store_down()
    frozen.move(61)

    assert find_known_website("ws_1", "admx_1") == _WEBSITE
    assert output.logged("website could not be looked up; using the cached entry")
    with pytest.raises(AwsError):
        find_known_website("ws_1", "admx_2")


def test_whose_a_website_is_is_looked_up_once_a_minute_and_known_while_the_store_is_away(
    tables: "DynamoDBServiceResource",
    frozen: Frozen,
    sent: list[str],
    store_down: Callable[[], None],
) -> None:
    add_website(tables, "ws_1", "admx_1")

    assert [find_website_in_any_workspace("admx_1") for _ in range(3)] == [_WEBSITE] * 3
    assert sent == ["Query"]
    store_down()
    frozen.move(61)

    assert find_website_in_any_workspace("admx_1") == _WEBSITE


def test_a_deleted_website_is_nobody_s(tables: "DynamoDBServiceResource") -> None:
    add_website(tables, "ws_1", "admx_1", deleted=True)

    assert find_website_in_any_workspace("admx_1") is None
