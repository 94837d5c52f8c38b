"""Where records lie, what of them may be shown, and whose websites can be asked about."""

from typing import TYPE_CHECKING

import pytest

from pixel.aws.tables import ABSENT
from pixel.foundation.errors import ApiError
from pixel.workspaces import records
from pixel.workspaces.records import RecordKind
from tests.environment import WORKSPACE_TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

_KINDS = [
    records.WEBSITE,
    records.GOAL,
    records.ALERT,
    records.REPORT,
    records.SHARE_LINK,
]


def test_no_kind_s_sort_key_begins_as_another_s_does() -> None:
    prefixes = [kind.sort_key_prefix for kind in _KINDS]

    assert prefixes == ["WEBSITE#", "GOAL#", "ALERT#", "REPORT#", "SHARE#"]


@pytest.mark.parametrize("kind", _KINDS, ids=lambda kind: kind.name)
def test_what_is_wanted_is_live_and_holds_no_secret(kind: RecordKind) -> None:
    wanted = records.wanted_records(kind, "ws_1", None)

    assert wanted.partition == ("workspace_id", "ws_1")
    assert wanted.where == {"deleted_at": ABSENT}
    assert not [name for name in wanted.attributes if "hash" in name]
    assert {"id", "created_at"} <= {*wanted.attributes}


@pytest.mark.parametrize("kind", _KINDS, ids=lambda kind: kind.name)
def test_a_filter_compares_what_holds_the_website(kind: RecordKind) -> None:
    attribute = "id" if kind is records.WEBSITE else "website_id"

    assert records.wanted_records(kind, "ws_1", "admx_1").where == {"deleted_at": ABSENT, attribute: "admx_1"}


def test_an_attribute_that_an_item_lacks_is_null(tables: "DynamoDBServiceResource") -> None:
    item = {**records.GOAL.key("ws_1", "goal_1"), "id": "goal_1", "created_at": "2026-01-01T00:00:00Z"}
    tables.Table(WORKSPACE_TABLE).put_item(Item=item)

    assert records.list_records(records.GOAL, "ws_1", None) == [
        {"id": "goal_1", "website_id": None, "name": None, "selector": None, "created_at": "2026-01-01T00:00:00Z"}
    ]


def test_a_live_website_of_the_workspace_is_let_pass_with_its_domain(tables: "DynamoDBServiceResource") -> None:
    tables.Table(WORKSPACE_TABLE).put_item(
        Item={**records.WEBSITE.key("ws_1", "admx_1"), "id": "admx_1", "domain": "example.com"}
    )

    assert records.require_website("ws_1", "admx_1") == "example.com"


def test_a_foreign_a_deleted_and_a_missing_website_are_one_failure(tables: "DynamoDBServiceResource") -> None:
    table = tables.Table(WORKSPACE_TABLE)
    table.put_item(Item=records.WEBSITE.key("ws_2", "admx_foreign"))
    table.put_item(Item={**records.WEBSITE.key("ws_1", "admx_gone"), "deleted_at": "2026-01-01T00:00:00Z"})

    failures = []
    for website_id in ("admx_foreign", "admx_gone", "admx_none"):
        with pytest.raises(ApiError) as caught:
            records.require_website("ws_1", website_id)
        failures.append((caught.value.error.code, caught.value.message, caught.value.details))

    assert {failure[0] for failure in failures} == {"website_not_found"}
    assert failures[0] == failures[1] == failures[2]
