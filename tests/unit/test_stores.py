"""What one test leaves in AWS, the next one does not find: stores that are brought back are as if made anew."""

import json
from datetime import datetime
from typing import Any

import boto3
import pytest

from tests import dynamodb_engine
from tests.conftest import put_secret
from tests.environment import COUNTERS_TABLE, KEYS_TABLE, SECRETS_PATH, SPILL_QUEUE, TABLE_NAMES
from tests.stores import STACK, Stores

pytestmark = pytest.mark.skipif(dynamodb_engine.OTHER is not None, reason="what is brought back is moto's state")

_OF_THE_MOMENT = {"CreatedTimestamp", "LastModifiedTimestamp", "StackId", "TableId"}


@pytest.fixture
def aws(tables: object) -> dict[str, Any]:
    session: Any = boto3.Session()
    return {name: session.client(name) for name in ("apigateway", "cloudformation", "dynamodb", "sqs", "ssm")}


def test_nothing_of_a_test_reaches_the_next(stores: Stores, aws: dict[str, Any]) -> None:
    untouched = _all_that_is_seen(aws)
    _leave_traces(aws)
    assert all(seen != untouched[name] for name, seen in _all_that_is_seen(aws).items())

    stores.bring_back()

    assert _all_that_is_seen(aws) == untouched


def test_what_is_brought_back_is_what_cloudformation_creates(stores: Stores, aws: dict[str, Any]) -> None:
    brought_back = _all_that_is_seen(aws)

    stores.create()

    assert _all_that_is_seen(aws) == brought_back
    assert {*TABLE_NAMES.values()} == {*brought_back["tables"]}


def test_what_is_brought_back_twice_shares_nothing(stores: Stores, aws: dict[str, Any]) -> None:
    for _ in range(2):
        assert aws["dynamodb"].scan(TableName=KEYS_TABLE)["Count"] == 0
        aws["dynamodb"].put_item(TableName=KEYS_TABLE, Item=_an_item(aws, KEYS_TABLE))
        stores.bring_back()


def test_one_test_s_leavings_are_gone_in_another(aws: dict[str, Any], request: pytest.FixtureRequest) -> None:
    """By the fixture itself, as every test has it: the tests above and this one leave traces before it ends."""
    assert aws["ssm"].describe_parameters()["Parameters"] == []
    assert aws["dynamodb"].scan(TableName=COUNTERS_TABLE)["Count"] == 0
    _leave_traces(aws)


def test_and_the_other_way_round(aws: dict[str, Any]) -> None:
    assert aws["ssm"].describe_parameters()["Parameters"] == []
    assert aws["dynamodb"].scan(TableName=COUNTERS_TABLE)["Count"] == 0
    _leave_traces(aws)


def _leave_traces(aws: dict[str, Any]) -> None:
    """Write, change, create and delete something in every store that tests can reach."""
    queue = _queue(aws)
    for number in range(3):
        aws["sqs"].send_message(QueueUrl=queue, MessageBody=f"{number}")
    [held] = aws["sqs"].receive_message(QueueUrl=queue)["Messages"]
    aws["sqs"].set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    aws["sqs"].delete_message(QueueUrl=queue, ReceiptHandle=held["ReceiptHandle"])
    aws["sqs"].create_queue(QueueName="a-test-s-own")
    for table in TABLE_NAMES.values():
        aws["dynamodb"].put_item(TableName=table, Item=_an_item(aws, table))
    aws["dynamodb"].update_table(TableName=KEYS_TABLE, DeletionProtectionEnabled=False)
    aws["dynamodb"].delete_table(TableName=KEYS_TABLE)
    made = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    types = [{"AttributeName": "id", "AttributeType": "S"}]
    aws["dynamodb"].create_table(TableName="a-test-s-own", AttributeDefinitions=types, **made)
    put_secret("a-test-s-own", "value")
    plan = aws["apigateway"].create_usage_plan(name="a-test-s-own")["id"]
    key = aws["apigateway"].create_api_key(name="a-test-s-own", enabled=True)["id"]
    aws["apigateway"].create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    template = json.dumps({"Resources": {"Own": {"Type": "AWS::SQS::Queue"}}})
    aws["cloudformation"].create_stack(StackName="a-test-s-own", TemplateBody=template)


def _all_that_is_seen(aws: dict[str, Any]) -> dict[str, Any]:
    tables = aws["dynamodb"].list_tables()["TableNames"]
    queues = aws["sqs"].list_queues().get("QueueUrls", [])
    stacks = aws["cloudformation"].describe_stacks()["Stacks"]
    summaries = aws["cloudformation"].list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    seen: dict[str, Any] = _without_moments(
        {
            "tables": {name: aws["dynamodb"].describe_table(TableName=name)["Table"] for name in tables},
            "items": {name: aws["dynamodb"].scan(TableName=name)["Items"] for name in tables},
            "queues": {
                url: aws["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
                for url in queues
            },
            "stacks": {stack["StackName"]: [stack, summaries] for stack in stacks},
            "parameters": aws["ssm"].get_parameters_by_path(Path=SECRETS_PATH, Recursive=True)["Parameters"],
            "plans": aws["apigateway"].get_usage_plans()["items"],
            "keys": aws["apigateway"].get_api_keys()["items"],
        }
    )
    return seen


def _without_moments(seen: Any) -> Any:
    match seen:
        case dict():
            return {name: _without_moments(value) for name, value in seen.items() if name not in _OF_THE_MOMENT}
        case list():
            return [_without_moments(value) for value in seen]
        case datetime():
            return None
        case _:
            return seen


def _an_item(aws: dict[str, Any], table: str) -> dict[str, Any]:
    described = aws["dynamodb"].describe_table(TableName=table)["Table"]
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in described["AttributeDefinitions"]}
    return {entry["AttributeName"]: {types[entry["AttributeName"]]: "1"} for entry in described["KeySchema"]}


def _queue(aws: dict[str, Any]) -> str:
    return str(aws["sqs"].get_queue_url(QueueName=SPILL_QUEUE)["QueueUrl"])
