"""Tables in another engine than moto's: kept at a start, completed where the template has more, emptied on demand."""

from typing import Any

import boto3
import pytest

from local.aws import dynamodb_tables
from tests.environment import REGION

_PROPERTIES: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
}
_INDEXED = {
    **_PROPERTIES,
    "AttributeDefinitions": [*_PROPERTIES["AttributeDefinitions"], {"AttributeName": "kind", "AttributeType": "S"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_kind",
            "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


@pytest.fixture
def dynamodb(aws_server: str) -> Any:
    client: Any = boto3.client("dynamodb", endpoint_url=aws_server, region_name=REGION)
    dynamodb_tables.create_empty(client, {"other-engine": _PROPERTIES})
    client.put_item(TableName="other-engine", Item={"id": {"S": "a"}, "kind": {"S": "goal"}})
    return client


def test_a_table_that_is_there_keeps_its_items_and_a_missing_one_is_created(dynamodb: Any) -> None:
    dynamodb_tables.create_missing(dynamodb, {"other-engine": _PROPERTIES, "other-engine-new": _PROPERTIES})

    assert dynamodb.scan(TableName="other-engine")["Count"] == 1
    assert dynamodb.scan(TableName="other-engine-new")["Count"] == 0


def test_an_index_that_is_new_in_the_template_is_added_to_the_items_there_are(dynamodb: Any) -> None:
    for _ in range(2):
        dynamodb_tables.create_missing(dynamodb, {"other-engine": _INDEXED})

    found = dynamodb.query(
        TableName="other-engine",
        IndexName="by_kind",
        KeyConditionExpression="kind = :goal",
        ExpressionAttributeValues={":goal": {"S": "goal"}},
    )
    assert found["Count"] == 1


def test_a_table_is_emptied_on_demand(dynamodb: Any) -> None:
    dynamodb_tables.create_empty(dynamodb, {"other-engine": _PROPERTIES})

    assert dynamodb.scan(TableName="other-engine")["Count"] == 0
