"""Where the tables of tests are: in moto, or in the engine that DYNAMODB_ENDPOINT names (CONTRIBUTING.md)."""

import os
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.aws import dynamodb_tables
from tests.environment import CLAIMS_TABLE, REGION, TABLE_NAMES
from tests.stores import resource_of
from tests.template import document

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

OTHER = os.environ.get("DYNAMODB_ENDPOINT")
_VARIABLE = "AWS_ENDPOINT_URL_DYNAMODB"


def variables() -> dict[str, str]:
    """Return the variables that point code and boto3 to the other engine, if there is one."""
    return {_VARIABLE: OTHER} if OTHER else {}


def lead_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore the engine after a test that pointed code elsewhere."""
    monkeypatch.delenv(_VARIABLE)
    for name, value in variables().items():
        monkeypatch.setenv(name, value)


def asked_after_a_refusal() -> list[str]:
    """Return the calls after a refused claim: none, unless the engine does not return the existing item."""
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    probe: dict[str, Any] = {
        "TableName": CLAIMS_TABLE,
        "Item": {"claim": {"S": "probe"}},
        "ConditionExpression": "attribute_not_exists(claim)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    dynamodb.put_item(**probe)
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as refusal:
        dynamodb.put_item(**probe)
    return [] if "Item" in refusal.value.response else ["GetItem"]


def skip_unless_it_takes(writes: int) -> None:
    """Skip if the engine takes fewer writes in a transaction: AWS takes 100, DynamoDB Local of 2020 took 10."""
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    puts: list[Any] = [
        {"Put": {"TableName": CLAIMS_TABLE, "Item": {"claim": {"S": f"probe {number}"}}}} for number in range(writes)
    ]
    try:
        dynamodb.transact_write_items(TransactItems=puts)
    except dynamodb.exceptions.ClientError as refusal:
        if refusal.response["Error"]["Code"] != "ValidationException":
            raise
        pytest.skip(f"this engine refuses {writes} writes at once: {refusal.response['Error']['Message']}")


def open_tables(aws_server: str, monkeypatch: pytest.MonkeyPatch) -> "DynamoDBServiceResource":
    """Return moto's tables, or create empty ones in another engine."""
    endpoint = OTHER or aws_server
    database: DynamoDBServiceResource = resource_of("dynamodb", endpoint)
    for name, value in variables().items():
        monkeypatch.setenv(name, value)
        declared = document.of_type("AWS::DynamoDB::Table")
        tables = {table: declared[logical_id]["Properties"] for logical_id, table in TABLE_NAMES.items()}
        dynamodb_tables.create_empty(database.meta.client, tables)
    return database
