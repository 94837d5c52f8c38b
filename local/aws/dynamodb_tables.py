"""Tables of the template in an engine other than moto's: Amazon's DynamoDB Local, for instance."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

Properties = Mapping[str, Any]

_SCHEMA = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")
"""Protection, recovery, encryption and TTL are left out: engines for tests have none, or refuse them."""


def create_empty(dynamodb: Any, tables: Mapping[str, Properties]) -> None:
    """By name, with the properties of the template. What lies there under these names is lost."""
    for name, properties in tables.items():
        with suppress(dynamodb.exceptions.ResourceNotFoundException):
            dynamodb.delete_table(TableName=name)
            dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
        dynamodb.create_table(TableName=name, **{part: properties[part] for part in _SCHEMA if part in properties})
        dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
