"""Items are found, written and changed under conditions."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pixel.aws.conditions import ABSENT, PRESENT
from pixel.aws.json_service import AwsError
from pixel.aws.tables import Query, database
from pixel.foundation import container
from tests.environment import COUNTERS_TABLE, KEYS_TABLE
from tests.unit.foundation.misbehaving_server import Act, MisbehavingServer, answer, close, running

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

_QUERY = Query(
    ("owner", "o_1"),
    sort_prefix=("item", "THING#"),
    where={"gone_at": ABSENT, "colour": "red", "size": PRESENT},
    attributes=("id", "name"),
)


@pytest.fixture
def misbehaving(monkeypatch: pytest.MonkeyPatch) -> Iterator[MisbehavingServer]:
    """Run a server in the place of DynamoDB."""
    with running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
        container.forget_environment()
        yield server


def test_an_item_is_found_by_its_key(tables: "DynamoDBServiceResource") -> None:
    tables.Table(KEYS_TABLE).put_item(Item={"key_hash": "h", "key_id": "k", "scopes": ["a"], "rate_limit": 60})

    found = database().get(KEYS_TABLE, {"key_hash": "h"})

    assert found == {"key_hash": "h", "key_id": "k", "scopes": ["a"], "rate_limit": 60}


def test_an_item_that_is_not_there_is_none(tables: "DynamoDBServiceResource") -> None:
    assert database().get(KEYS_TABLE, {"key_hash": "h"}) is None


def test_a_read_is_strongly_consistent(misbehaving: MisbehavingServer) -> None:
    """Moto is always consistent, so the request itself is looked at."""
    misbehaving.will(answer())

    database().get("keys", {"key_hash": "h"})

    assert misbehaving.received[0].target == "DynamoDB_20120810.GetItem"
    assert misbehaving.received[0].body == b'{"TableName":"keys","Key":{"key_hash":{"S":"h"}},"ConsistentRead":true}'


def test_a_read_that_failed_is_repeated(misbehaving: MisbehavingServer, no_sleep: list[float]) -> None:
    misbehaving.will(close, answer(b'{"Item":{"key_hash":{"S":"h"}}}'))

    assert database().get("keys", {"key_hash": "h"}) == {"key_hash": "h"}


def test_a_count_that_may_have_taken_effect_is_not_repeated(
    misbehaving: MisbehavingServer, no_sleep: list[float]
) -> None:
    misbehaving.will(close, answer(b'{"Attributes":{"hits":{"N":"1"}}}'))

    with pytest.raises(AwsError):
        _add_one(expires_at=100)

    assert len(misbehaving.received) == 1


def test_a_counter_starts_at_one_and_goes_up_by_one(tables: "DynamoDBServiceResource") -> None:
    counted = [_add_one(expires_at=100) for _ in range(3)]

    assert counted == [1, 2, 3]


def test_a_counter_keeps_the_end_of_life_that_it_began_with(tables: "DynamoDBServiceResource") -> None:
    for expires_at in (100, 200):
        _add_one(expires_at=expires_at)

    assert database().get(COUNTERS_TABLE, {"workspace_minute": "w#1"}) == {
        "workspace_minute": "w#1",
        "hits": 2,
        "expires_at": 100,
    }


def test_a_query_asks_for_what_is_wanted_and_no_more(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(answer(b'{"Items":[]}'))

    assert database().query("things", _QUERY, items_max=10) == []

    (asked,) = misbehaving.received
    assert asked.target == "DynamoDB_20120810.Query"
    assert json.loads(asked.body) == {
        "TableName": "things",
        "ConsistentRead": True,
        "KeyConditionExpression": "#owner = :partition AND begins_with(#item, :prefix)",
        "FilterExpression": "attribute_not_exists(#gone_at) AND #colour = :is_colour AND attribute_exists(#size)",
        "ProjectionExpression": "#id, #name",
        "ExpressionAttributeNames": {
            f"#{name}": name for name in ("owner", "item", "gone_at", "colour", "size", "id", "name")
        },
        "ExpressionAttributeValues": {
            ":partition": {"S": "o_1"},
            ":prefix": {"S": "THING#"},
            ":is_colour": {"S": "red"},
        },
    }


def test_a_query_goes_on_from_where_a_page_ended(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(_page("a", "b", last="b"), _page(last="c"), _page("d"))

    found = database().query("things", _QUERY, items_max=10)

    assert [item["id"] for item in found] == ["a", "b", "d"]
    starts = [json.loads(asked.body).get("ExclusiveStartKey") for asked in misbehaving.received]
    assert starts == [None, {"item": {"S": "b"}}, {"item": {"S": "c"}}]


@pytest.mark.parametrize("last", [None, "c"])
def test_a_query_stops_when_it_has_enough(misbehaving: MisbehavingServer, last: str | None) -> None:
    misbehaving.will(_page("a", "b", "c", last=last))

    found = database().query("things", _QUERY, items_max=2)

    assert [item["id"] for item in found] == ["a", "b"]
    assert len(misbehaving.received) == 1


def test_a_page_that_failed_is_asked_for_again(misbehaving: MisbehavingServer, no_sleep: list[float]) -> None:
    misbehaving.will(_page("a", last="a"), close, _page("b"))

    assert [item["id"] for item in database().query("things", _QUERY, items_max=10)] == ["a", "b"]


def test_an_index_is_read_as_far_as_asked_and_not_consistently(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(_page("a", "b", last="b"))

    database().query("things", Query(("owner", "o_1"), index_name="by_owner"), items_max=2)

    (asked,) = misbehaving.received
    assert json.loads(asked.body) == {
        "TableName": "things",
        "IndexName": "by_owner",
        "Limit": 2,
        "KeyConditionExpression": "#owner = :partition",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":partition": {"S": "o_1"}},
    }


def test_a_scan_reads_consistently_to_the_last_page(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(_page("a", last="a"), _page(last="b"), _page("c"))

    assert [item["id"] for item in database().scan("things", {"owner": "o_1"})] == ["a", "c"]

    bodies = [json.loads(asked.body) for asked in misbehaving.received]
    assert all(body["ConsistentRead"] for body in bodies)
    assert bodies[0]["FilterExpression"] == "#owner = :is_owner"


def _page(*ids: str, last: str | None = None) -> Act:
    page: dict[str, object] = {"Items": [{"id": {"S": name}} for name in ids]}
    if last is not None:
        page["LastEvaluatedKey"] = {"item": {"S": last}}
    return answer(json.dumps(page).encode())


def _add_one(*, expires_at: int) -> int:
    return database().add(COUNTERS_TABLE, {"workspace_minute": "w#1"}, "hits", expires_at=expires_at)


def test_an_item_is_replaced_where_it_has_the_values(tables: "DynamoDBServiceResource") -> None:
    database().put(KEYS_TABLE, {"key_hash": "h", "owner": "a", "name": 1})

    ours = {"key_hash": "h", "owner": "b"}
    assert database().replace_if(KEYS_TABLE, ours, "key_hash", {"owner": "a", "name": 1}) is None
    assert database().get(KEYS_TABLE, {"key_hash": "h"}) == ours


def test_an_item_with_other_values_is_told_and_stays(tables: "DynamoDBServiceResource") -> None:
    there = {"key_hash": "h", "owner": "a"}
    database().put(KEYS_TABLE, there)

    assert database().replace_if(KEYS_TABLE, {"key_hash": "h", "owner": "c"}, "key_hash", {"owner": "b"}) == there
    assert database().get(KEYS_TABLE, {"key_hash": "h"}) == there


def test_an_item_that_is_not_there_is_not_replaced(tables: "DynamoDBServiceResource") -> None:
    assert database().replace_if(KEYS_TABLE, {"key_hash": "h"}, "key_hash", {"owner": "b"}) == {}
    assert database().get(KEYS_TABLE, {"key_hash": "h"}) is None


def test_members_join_and_leave_a_set_which_ends_with_the_last(tables: "DynamoDBServiceResource") -> None:
    key = {"key_hash": "h"}
    database().put(KEYS_TABLE, {**key, "is_open": True})

    joined = [database().add_to_set(KEYS_TABLE, key, "members", member, {"is_open": True}) for member in "abb"]
    left = [database().remove_from_set(KEYS_TABLE, key, "members", member, {"is_open": True}) for member in ("a", "b")]

    assert joined[2] == {**key, "is_open": True, "members": frozenset({"a", "b"})}
    assert left == [{**key, "is_open": True, "members": frozenset({"b"})}, {**key, "is_open": True}]


def test_a_set_of_an_item_that_fails_the_condition_stays(tables: "DynamoDBServiceResource") -> None:
    key, there = {"key_hash": "h"}, {"key_hash": "h", "is_open": False, "members": frozenset({"a"})}
    database().put(KEYS_TABLE, there)

    assert database().add_to_set(KEYS_TABLE, key, "members", "b", {"is_open": True}) is None
    assert database().remove_from_set(KEYS_TABLE, key, "members", "a", {"is_open": True}) is None
    assert database().add_to_set(KEYS_TABLE, {"key_hash": "none"}, "members", "b", {"is_open": PRESENT}) is None
    assert database().get(KEYS_TABLE, key) == there


def test_a_change_of_a_set_that_fails_for_another_reason_is_an_error(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(answer(b'{"__type":"a#ValidationException"}', status=400))

    with pytest.raises(AwsError, match="ValidationException"):
        database().add_to_set("keys", {"key_hash": "h"}, "members", "a", {"is_open": True})


def test_a_replacement_that_fails_for_another_reason_is_an_error(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(answer(b'{"__type":"a#ValidationException"}', status=400))

    with pytest.raises(AwsError, match="ValidationException"):
        database().replace_if("keys", {"key_hash": "h"}, "key_hash", {"owner": "b"})


def test_several_items_are_found_in_one_call(tables: "DynamoDBServiceResource", sent: list[str]) -> None:
    for name in ("a", "b"):
        tables.Table(KEYS_TABLE).put_item(Item={"key_hash": name, "rate_limit": 60})

    found = database().get_all(KEYS_TABLE, [{"key_hash": name} for name in ("b", "nothing", "a")])

    assert sorted(found, key=lambda item: item["key_hash"]) == [
        {"key_hash": "a", "rate_limit": 60},
        {"key_hash": "b", "rate_limit": 60},
    ]
    assert sent == ["BatchGetItem"]


def test_keys_that_were_left_are_asked_for_again(misbehaving: MisbehavingServer) -> None:
    left = b'{"claims":{"Keys":[{"claim":{"S":"b"}}],"ConsistentRead":true}}'
    misbehaving.will(
        answer(b'{"Responses":{"claims":[{"claim":{"S":"a"}}]},"UnprocessedKeys":%s}' % left),
        answer(b'{"Responses":{"claims":[{"claim":{"S":"b"}}]},"UnprocessedKeys":{}}'),
        *[answer(b'{"Responses":{},"UnprocessedKeys":%s}' % left)] * 5,
    )
    keys = [{"claim": "a"}, {"claim": "b"}]

    assert database().get_all("claims", keys) == [{"claim": "a"}, {"claim": "b"}]
    assert json.loads(misbehaving.received[1].body) == {"RequestItems": json.loads(left)}
    with pytest.raises(AwsError, match="left unprocessed"):
        database().get_all("claims", keys)


_REFUSED = answer(b'{"__type":"a#ConditionalCheckFailedException"}', status=400)
_FOUND = answer(b'{"Item":{"claim":{"S":"c"},"by":{"S":"another"}}}')
_NOTHING = answer()


def test_an_engine_that_does_not_say_what_is_there_is_asked(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(_REFUSED, _FOUND)

    found = database().put_if_absent("claims", {"claim": "c", "by": "us"}, "claim")

    assert found == {"claim": "c", "by": "another"}
    assert [asked.target.rpartition(".")[2] for asked in misbehaving.received] == ["PutItem", "GetItem"]


def test_an_item_that_goes_while_it_is_asked_for_leaves_its_place(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(_REFUSED, _NOTHING, answer())

    assert database().put_if_absent("claims", {"claim": "c"}, "claim") is None


def test_an_engine_that_contradicts_itself_is_not_asked_for_ever(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(*[_REFUSED, _NOTHING] * 3)

    with pytest.raises(AwsError, match="created and deleted again and again"):
        database().put_if_absent("claims", {"claim": "c"}, "claim")
