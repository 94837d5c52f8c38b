"""Tables of the template in an engine other than moto, such as Amazon's DynamoDB Local."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

Properties = Mapping[str, Any]

_SCHEMA = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")
"""The properties to create; test engines lack or refuse protection, recovery, encryption and TTL."""
_WAIT = {"Delay": 1}


def create_missing(dynamodb: Any, tables: Mapping[str, Properties]) -> None:
    """Create missing tables, and missing indexes of tables from an earlier run."""
    for name, properties in tables.items():
        try:
            existing = dynamodb.describe_table(TableName=name)["Table"]
        except dynamodb.exceptions.ResourceNotFoundException:
            _create(dynamodb, name, properties)
        else:
            _add_indexes(dynamodb, existing, properties)


def create_empty(dynamodb: Any, tables: Mapping[str, Properties]) -> None:
    """Create empty tables, replacing any existing ones of the same names."""
    for name, properties in tables.items():
        with suppress(dynamodb.exceptions.ResourceNotFoundException):
            dynamodb.delete_table(TableName=name)
            dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig=_WAIT)
        _create(dynamodb, name, properties)


def _create(dynamodb: Any, name: str, properties: Properties) -> None:
    dynamodb.create_table(TableName=name, **{part: properties[part] for part in _SCHEMA if part in properties})
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig=_WAIT)


def _add_indexes(dynamodb: Any, existing: Mapping[str, Any], properties: Properties) -> None:
    """Add indexes one after the other, as DynamoDB requires."""
    there = {index["IndexName"] for index in existing.get("GlobalSecondaryIndexes", [])}
    for index in properties.get("GlobalSecondaryIndexes", []):
        if index["IndexName"] not in there:
            dynamodb.update_table(
                TableName=existing["TableName"],
                AttributeDefinitions=properties["AttributeDefinitions"],
                GlobalSecondaryIndexUpdates=[{"Create": index}],
            )
            dynamodb.get_waiter("table_exists").wait(TableName=existing["TableName"], WaiterConfig=_WAIT)
