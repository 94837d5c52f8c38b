"""Where records lie, what of them may be shown, and whose websites can be asked about."""

from typing import TYPE_CHECKING

import pytest

from pixel.auth.caller import Caller
from pixel.aws.tables import Database
from pixel.foundation import JsonObject
from pixel.foundation.errors import ApiError
from pixel.workspaces.errors import NotFoundError
from pixel.workspaces.goal_kind import GOAL
from pixel.workspaces.kinds import KINDS_OF_A_WEBSITE
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.store import Store, function_store
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.website_lookup import find_live_website, require_website
from tests.environment import WORKSPACE_TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

_CALLER = Caller("ws_1", "key_1", "Backend", (), 60, None)
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


def test_a_live_website_of_the_workspace_is_found_with_its_domain(tables: "DynamoDBServiceResource") -> None:
    tables.Table(WORKSPACE_TABLE).put_item(
        Item={**WEBSITE.key("ws_1", "admx_1"), "id": "admx_1", "domain": "example.com"}
    )

    website = find_live_website("ws_1", "admx_1")
    assert website is not None
    assert website["domain"] == "example.com"
    require_website(_CALLER, "admx_1")
    require_website(_CALLER._replace(website_ids=("admx_0", "admx_1")), "admx_1")


def test_a_foreign_a_deleted_and_a_missing_website_are_one_failure(tables: "DynamoDBServiceResource") -> None:
    table = tables.Table(WORKSPACE_TABLE)
    table.put_item(Item=WEBSITE.key("ws_2", "admx_foreign"))
    table.put_item(Item={**WEBSITE.key("ws_1", "admx_gone"), "deleted_at": "2026-01-01T00:00:00Z"})
    table.put_item(Item={**WEBSITE.key("ws_1", "admx_outside"), "id": "admx_outside", "domain": "example.com"})
    bound = _CALLER._replace(website_ids=("admx_inside",))

    failures = []
    for caller, website_id in (
        (_CALLER, "admx_foreign"),
        (_CALLER, "admx_gone"),
        (_CALLER, "admx_none"),
        (bound, "admx_outside"),
    ):
        with pytest.raises(ApiError) as caught:
            require_website(caller, website_id)
        failures.append((caught.value.error.code, caught.value.message, caught.value.details))

    assert {failure[0] for failure in failures} == {"website_not_found"}
    assert failures == [failures[0]] * 4


def test_a_bound_store_shows_and_changes_only_what_belongs_to_its_websites(tables: "DynamoDBServiceResource") -> None:
    table = tables.Table(WORKSPACE_TABLE)
    table.put_item(Item={"workspace_id": "ws_1", "item": "META"})
    for number in (1, 2, 3):
        site, goal = f"admx_{number}", f"goal_{number}"
        moment = "2026-01-01T00:00:00Z"
        table.put_item(Item={**WEBSITE.key("ws_1", site), "id": site, "domain": "a.example", "created_at": moment})
        table.put_item(Item={**GOAL.key("ws_1", goal), "id": goal, "website_id": site, "created_at": moment})
    store = function_store(_CALLER._replace(website_ids=("admx_1", "admx_3")))

    assert [item["id"] for item in store.list_live(WEBSITE, "ws_1")] == ["admx_1", "admx_3"]
    assert [item["id"] for item in store.list_live(GOAL, "ws_1", items_max=1)] == ["goal_1"]
    assert [item["id"] for item in store.list_live(GOAL, "ws_1", "admx_3")] == ["goal_3"]
    assert store.list_live(GOAL, "ws_1", "admx_2") == []
    assert store.find(GOAL, "ws_1", "goal_1")["website_id"] == "admx_1"
    with pytest.raises(NotFoundError):
        store.find(GOAL, "ws_1", "goal_2")
    with pytest.raises(NotFoundError):
        store.update(GOAL, "ws_1", "goal_2", {"name": "x"})
    with pytest.raises(NotFoundError):
        store.delete(GOAL, "ws_1", "goal_2")
    with pytest.raises(NotFoundError):
        store.create(GOAL, "ws_1", {"name": "x"}, website_id="admx_2")
    with pytest.raises(ApiError, match="not_grantable"):
        store.create(WEBSITE, "ws_1", {"domain": "b.example"})
