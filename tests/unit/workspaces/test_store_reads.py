"""Where records lie, what of them may be shown, and whose websites can be asked about."""

from typing import TYPE_CHECKING

import pytest

from pixel.aws.tables import Database
from pixel.foundation import JsonObject
from pixel.foundation.errors import ApiError
from pixel.workspaces.kinds import GOAL, KINDS_OF_A_WEBSITE, WEBSITE, RecordKind
from pixel.workspaces.store import Store, function_store, require_website
from tests.environment import WORKSPACE_TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

_KINDS = (WEBSITE, *KINDS_OF_A_WEBSITE)
each_kind = pytest.mark.parametrize("kind", _KINDS, ids=lambda kind: kind.noun)


class _Asked:
    """A service that notes what it is asked and finds nothing."""

    def __init__(self) -> None:
        self.payloads: list[JsonObject] = []

    def call(self, _operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:
        assert idempotent
        self.payloads.append(payload)
        return {"Items": []}


def _asked(kind: RecordKind, website_id: str | None) -> JsonObject:
    service = _Asked()
    Store(Database(service), "keys", "workspaces").list_live(kind, "ws_1", website_id)
    return service.payloads[0]


def test_each_kind_lies_under_a_prefix_of_its_own() -> None:
    prefixes = [kind.sort_key_prefix for kind in _KINDS]

    assert prefixes == ["WEBSITE#", "GOAL#", "ALERT#", "REPORT#", "SHARE#"]


@each_kind
def test_what_is_asked_for_is_live_and_holds_no_secret(kind: RecordKind) -> None:
    payload = _asked(kind, None)

    assert payload["ExpressionAttributeValues"][":partition"] == {"S": "ws_1"}
    assert payload["FilterExpression"] == "attribute_not_exists(#deleted_at)"
    assert "hash" not in payload["ProjectionExpression"]
    assert {"#id", "#created_at"} <= {*payload["ProjectionExpression"].split(", ")}


@each_kind
def test_a_filter_compares_what_holds_the_website(kind: RecordKind) -> None:
    attribute = "id" if kind is WEBSITE else "website_id"
    payload = _asked(kind, "admx_1")

    assert payload["FilterExpression"] == f"attribute_not_exists(#deleted_at) AND #{attribute} = :is_{attribute}"
    assert payload["ExpressionAttributeValues"][f":is_{attribute}"] == {"S": "admx_1"}


def test_an_attribute_that_an_item_lacks_is_null(tables: "DynamoDBServiceResource") -> None:
    item = {**GOAL.key("ws_1", "goal_1"), "id": "goal_1", "created_at": "2026-01-01T00:00:00Z"}
    tables.Table(WORKSPACE_TABLE).put_item(Item=item)

    assert [GOAL.to_response(found) for found in function_store().list_live(GOAL, "ws_1")] == [
        {"id": "goal_1", "website_id": None, "name": None, "selector": None, "created_at": "2026-01-01T00:00:00Z"}
    ]


def test_a_live_website_of_the_workspace_is_let_pass_with_its_domain(tables: "DynamoDBServiceResource") -> None:
    tables.Table(WORKSPACE_TABLE).put_item(
        Item={**WEBSITE.key("ws_1", "admx_1"), "id": "admx_1", "domain": "example.com"}
    )

    assert require_website("ws_1", "admx_1") == "example.com"


def test_a_foreign_a_deleted_and_a_missing_website_are_one_failure(tables: "DynamoDBServiceResource") -> None:
    table = tables.Table(WORKSPACE_TABLE)
    table.put_item(Item=WEBSITE.key("ws_2", "admx_foreign"))
    table.put_item(Item={**WEBSITE.key("ws_1", "admx_gone"), "deleted_at": "2026-01-01T00:00:00Z"})

    failures = []
    for website_id in ("admx_foreign", "admx_gone", "admx_none"):
        with pytest.raises(ApiError) as caught:
            require_website("ws_1", website_id)
        failures.append((caught.value.error.code, caught.value.message, caught.value.details))

    assert {failure[0] for failure in failures} == {"website_not_found"}
    assert failures[0] == failures[1] == failures[2]
